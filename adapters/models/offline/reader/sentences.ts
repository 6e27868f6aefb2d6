/** Where sentences end, and what of which line each of them is. Pure. */
import type { Line } from "./documents.ts";
import type { Piece } from "./quoting.ts";

/** Lines that belong together; sentences are told apart in prose and items alone. */
interface Lines {
  kind: "prose" | "item" | "row" | "pair" | "label" | "code";
  lines: readonly Line[];
}

interface Span {
  start: number;
  /** Exclusive. */
  end: number;
}

const LONGEST_SENTENCE = 900;
const LONGEST_CODE_LINE = 400;
const END = /(?:(?<![.!?…])[.!?…]+["'”’)\]`*_]*(?=\s)|[。！？]+[」』”]?)\s*/gu;
const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|resp|incl|no|fig|mr|mrs|ms|dr|st|\p{L}|\d{1,2})\.$/iu;
const OPENS_SENTENCE = /^[\p{Lu}\p{Lo}\p{N}`*_/~[("'“‘<@$#\-–]/u;

/** The sentences of a text that may run over several lines, without outer white space. */
export function sentenceSpans(text: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  const push = (end: number): void => {
    const body = text.slice(start, end);
    const first = start + (body.length - body.trimStart().length);
    if (body.trim() !== "") spans.push({ start: first, end: first + body.trim().length });
    start = end;
  };
  for (const match of text.matchAll(END)) {
    const end = match.index + match[0].length;
    const tail = text.slice(Math.max(start, match.index - 12), match.index + match[0].trimEnd().length);
    const isOpen = end < text.length && !OPENS_SENTENCE.test(text.slice(end, end + 2));
    if (!ABBREVIATION.test(tail) && !isOpen) push(end);
  }
  push(text.length);
  return spans;
}

/** One list of pieces for each unit. */
export function piecesOf({ kind, lines }: Lines, path: string): Piece[][] {
  if (kind === "code") {
    const code = lines.filter(({ text }) => text.length <= LONGEST_CODE_LINE);
    return code.length === 0 ? [] : [code.map(({ number, text }) => ({ path, line: number, text }))];
  }
  if (kind === "pair" || kind === "row")
    return lines.map(({ number, text }) => [{ path, line: number, text: text.trim() }]);
  const found: Piece[][] = [];
  let at = 0;
  let offset = 0;
  for (const { start, end } of sentenceSpans(lines.map(({ text }) => text).join("\n"))) {
    const last = Math.min(end, start + LONGEST_SENTENCE);
    const pieces: Piece[] = [];
    for (; at < lines.length; at += 1) {
      const { number, text } = lines[at] as Line;
      const words = text.slice(Math.max(0, start - offset), Math.max(0, last - offset)).trim();
      if (words !== "") pieces.push({ path, line: number, text: words });
      if (offset + text.length >= end) break;
      offset += text.length + 1;
    }
    if (pieces.length > 0) found.push(pieces);
  }
  return found;
}

export function textOf(kind: Lines["kind"], pieces: readonly Piece[]): string {
  if (kind === "code") return pieces.map(({ text }) => text).join("\n");
  return pieces
    .map(({ text }) => `${text} `)
    .join("")
    .replace(/‐ (?=\p{Ll})/gu, "")
    .replace(/\s+/g, " ")
    .trim();
}
