/** What an answer can be made of: sentences, items, rows, pairs, labels, code; each with its place and what it stands under. */
import type { Pace } from "../pace.ts";
import { blocksOf, type Block } from "./blocks.ts";
import type { Line, ReadDocument } from "./documents.ts";
import type { Piece } from "./quoting.ts";

export interface Unit extends Omit<Block, "lines"> {
  path: string;
  /** Its text with line breaks as blanks. */
  text: string;
  pieces: Piece[];
  /** The number of its block in the document, and its own in the block. */
  block: number;
  index: number;
  /** The document's place among those found. */
  rank: number;
}

interface Span {
  start: number;
  /** Exclusive. */
  end: number;
}

const END = /(?:(?<![.!?…])[.!?…]+["'”’)\]`*_]*(?=\s)|[。！？]+[」』”]?)\s*/gu;
const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|resp|incl|no|fig|mr|mrs|ms|dr|st|\p{L}|\d{1,2})\.$/iu;
const OPENS_SENTENCE = /^[\p{Lu}\p{Lo}\p{N}`*_[("'“‘<@$#\-–]/u;
const LONGEST_SENTENCE = 900;
const LONGEST_CODE_LINE = 400;
/** Of one block; a text without any paragraph is cut between lines. */
const LONGEST_BLOCK = 20_000;

/** In reading order; linear in the length of the document. */
export async function unitsOf(document: ReadDocument, pace: Pace): Promise<Unit[]> {
  const units: Unit[] = [];
  for (const [number, block] of (await blocksOf(document, pace)).entries()) {
    for (const lines of partsOf(block.lines)) {
      await pace.step();
      const { headings, label, names, indent, kind } = block;
      const base = { kind, headings, label, names, indent, path: document.path, block: number, rank: document.rank };
      for (const [index, pieces] of piecesOf(kind, lines, document.path).entries())
        units.push({ ...base, index, pieces, text: pieces.map(({ text }) => text).join(kind === "code" ? "\n" : " ") });
    }
  }
  return units.map((unit, at) => (unit.kind === "label" && !hasBelow(units, at) ? asText(unit) : unit));
}

/** A label with nothing below it names nothing: it is what the place has to say. */
function hasBelow(units: readonly Unit[], at: number): boolean {
  const [unit, next] = [units[at] as Unit, units[at + 1]];
  return next !== undefined && next.label === unit.label && next.headings.join("\n") === unit.headings.join("\n");
}

function asText(unit: Unit): Unit {
  return { ...unit, kind: "prose", label: "" };
}

function* partsOf(lines: readonly Line[]): Generator<Line[]> {
  let part: Line[] = [];
  let length = 0;
  for (const line of lines) {
    if (length + line.text.length > LONGEST_BLOCK && part.length > 0) {
      yield part;
      [part, length] = [[], 0];
    }
    part.push(line);
    length += line.text.length;
  }
  yield part;
}

/** One list of pieces for each unit. */
function piecesOf(kind: Block["kind"], lines: readonly Line[], path: string): Piece[][] {
  const whole = lines.map(({ number, text }) => ({ path, line: number, text: text.trim() }));
  if (kind === "code") {
    const code = lines.filter(({ text }) => text.length <= LONGEST_CODE_LINE);
    return code.length === 0 ? [] : [code.map(({ number, text }) => ({ path, line: number, text }))];
  }
  if (kind === "pair" || kind === "row") return whole.map((piece) => [piece]);
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

/** The sentences of a text that may run over several lines, without outer white space. Pure. */
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
