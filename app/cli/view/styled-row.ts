/**
 * One line of a frame as spans of text with a tone each: measured and clipped before it is coloured. Pure.
 * `\x1b` is written here and in `live-view.ts` alone.
 */
import { clip, widthOf } from "./terminal-text.ts";

export type Tone = "plain" | "strong" | "faint" | "good" | "warn" | "bad" | "accent";

export interface Span {
  text: string;
  tone: Tone;
}

export type Row = readonly Span[];

const CODES: Readonly<Record<Tone, string>> = {
  plain: "",
  strong: "1",
  faint: "2",
  good: "32",
  warn: "33",
  bad: "31",
  accent: "36",
};

export function span(text: string, tone: Tone = "plain"): Span {
  return { text, tone };
}

export function plainText(row: Row): string {
  return row.map(({ text }) => text).join("");
}

export function rowWidth(row: Row): number {
  return row.reduce((sum, { text }) => sum + widthOf(text), 0);
}

export function fitRow(row: Row, width: number): Row {
  if (rowWidth(row) <= width) return row;
  const fitted: Span[] = [];
  let left = width;
  for (const { text, tone } of row) {
    const cells = widthOf(text);
    // The last cell is kept for the ellipsis: something follows, or this span does not fit.
    if (cells < left) {
      fitted.push({ text, tone });
      left -= cells;
      continue;
    }
    fitted.push({ text: cells === left ? clip(`${text}…`, left) : clip(text, left), tone });
    break;
  }
  return fitted;
}

/** Left part and right part at the two edges; the left one gives way. */
export function justify(left: Row, right: Row, width: number): Row {
  const room = width - rowWidth(right) - 2;
  if (room < 8) return fitRow([...left, span("  "), ...right], width);
  const fitted = fitRow(left, room);
  return [...fitted, span(" ".repeat(width - rowWidth(fitted) - rowWidth(right))), ...right];
}

/** Items with ` · ` between them, on as many lines as they need, at most `lines`. */
export function flow(items: readonly Row[], width: number, lines: number): Row[] {
  const rows: Span[][] = [];
  let current: Span[] | undefined;
  for (const item of items) {
    if (current !== undefined && rowWidth(current) + 3 + rowWidth(item) <= width) {
      current.push(span(" · ", "faint"), ...item);
      continue;
    }
    current = [...item];
    rows.push(current);
  }
  return rows.slice(0, lines).map((row) => fitRow(row, width));
}

export function paint(row: Row, color: boolean): string {
  if (!color) return plainText(row);
  return row.map(({ text, tone }) => (CODES[tone] === "" ? text : `\x1b[${CODES[tone]}m${text}\x1b[0m`)).join("");
}
