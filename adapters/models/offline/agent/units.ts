/**
 * A document taken apart into what an answer can be made of: sentences, list items, table rows, code. Each knows the headings
 * it stands under and the block it belongs to.
 */
import { sentenceSpans } from "../text/sentences.ts";
import { readBlocks, type Block } from "./blocks.ts";
import type { Piece } from "./quoting.ts";
import type { ReadDocument } from "./reading.ts";

export interface Unit {
  kind: "prose" | "item" | "row" | "code";
  path: string;
  /** Its text with line breaks as blanks. */
  text: string;
  pieces: Piece[];
  headings: readonly string[];
  /** Number of its block in the document, and its own in the block. */
  block: number;
  index: number;
  /** The document's place among those found. */
  rank: number;
}

const LONGEST_SENTENCE = 700;
const LONGEST_CODE_LINE = 400;

/** The units of a document, in reading order. Pure. */
export function unitsOf(document: ReadDocument): Unit[] {
  return readBlocks(document).flatMap((block, number) => unitsOfBlock(block, number, document));
}

function unitsOfBlock(block: Block, number: number, document: ReadDocument): Unit[] {
  const base = { path: document.path, headings: block.headings, block: number, rank: document.rank };
  if (block.kind === "code") {
    const pieces = block.lines
      .filter(({ text }) => text.length <= LONGEST_CODE_LINE)
      .map((line) => ({ path: document.path, ...line }));
    return pieces.length === 0
      ? []
      : [{ ...base, kind: "code", index: 0, pieces, text: pieces.map((piece) => piece.text).join("\n") }];
  }
  const kind = block.kind;
  const text = block.lines.map((line) => line.text).join("\n");
  const spans = kind === "row" ? [{ start: 0, end: text.length }] : sentenceSpans(text);
  return spans.map((span, index) => {
    const end = Math.min(span.end, span.start + LONGEST_SENTENCE);
    const pieces = piecesWithin(block, document.path, { start: span.start, end });
    return { ...base, kind, index, pieces, text: pieces.map((piece) => piece.text).join(" ") };
  });
}

function piecesWithin(block: Block, path: string, span: { start: number; end: number }): Piece[] {
  const pieces: Piece[] = [];
  let offset = 0;
  for (const { line, text } of block.lines) {
    const words = text
      .slice(Math.max(0, span.start - offset), Math.max(0, span.end - offset))
      .trim()
      .replace(/\s*\\$/, "");
    if (words !== "") pieces.push({ path, line, text: words });
    offset += text.length + 1;
  }
  return pieces;
}
