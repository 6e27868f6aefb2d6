/** A bar of all subtasks: done, ended otherwise, at work, still to come. Each part has a glyph of its own, for want of colour. Pure. */
import { span, type Row, type Tone } from "./styled-row.ts";

export interface BarParts {
  done: number;
  ended: number;
  working: number;
  waiting: number;
}

const PARTS: readonly { part: keyof BarParts; glyph: string; tone: Tone }[] = [
  { part: "done", glyph: "█", tone: "good" },
  { part: "ended", glyph: "▓", tone: "bad" },
  { part: "working", glyph: "▒", tone: "accent" },
  { part: "waiting", glyph: "░", tone: "faint" },
];

/** Exactly `width` cells; whatever is there has at least one, as long as there is room. */
export function progressBar(parts: BarParts, width: number): Row {
  const total = PARTS.reduce((sum, { part }) => sum + parts[part], 0);
  if (total === 0) return [span("░".repeat(width), "faint")];
  const cells = PARTS.map(({ part }) =>
    parts[part] === 0 ? 0 : Math.max(1, Math.floor((parts[part] * width) / total)),
  );
  let over = cells.reduce((sum, cell) => sum + cell, 0) - width;
  while (over !== 0) {
    const widest = cells.indexOf(Math.max(...cells));
    const change = over > 0 ? 1 : -1;
    cells[widest] = (cells[widest] ?? 0) - change;
    over -= change;
  }
  return PARTS.flatMap(({ glyph, tone }, index) => {
    const length = cells[index] ?? 0;
    return length > 0 ? [span(glyph.repeat(length), tone)] : [];
  });
}
