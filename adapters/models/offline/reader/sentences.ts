/** Where sentences end, and what of which line each of them is. Pure. */
import type { Block } from "./lines.ts";
import type { Piece } from "./quoting.ts";

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

/** One list of pieces for each unit: a sentence of prose or of an item, a line that is a row, all of what is code. */
export function piecesOf({ kind, lines }: Pick<Block, "kind" | "lines">, path: string): Piece[][] {
  if (kind === "code") {
    const code = lines.filter(({ text }) => text.length <= LONGEST_CODE_LINE);
    return code.length === 0 ? [] : [code.map(({ number, text }) => ({ path, line: number, text }))];
  }
  if (kind === "row") return lines.map(({ number, text }) => [{ path, line: number, text: text.trim() }]);
  const found: Piece[][] = [];
  let [at, offset] = [0, 0];
  for (const { start, end } of sentenceSpans(lines.map(({ text }) => text).join("\n"))) {
    const last = Math.min(end, start + LONGEST_SENTENCE);
    const pieces: Piece[] = [];
    for (; at < lines.length; at += 1) {
      const { number = 0, text = "" } = lines[at] ?? {};
      const words = text.slice(Math.max(0, start - offset), Math.max(0, last - offset)).trim();
      if (words !== "") pieces.push({ path, line: number, text: words });
      if (offset + text.length >= end) break;
      offset += text.length + 1;
    }
    if (pieces.length > 0) found.push(pieces);
  }
  return found;
}
