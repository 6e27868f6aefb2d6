/**
 * From pieces of lines to citations. Pure.
 * 1. A quote is text of the document, letter by letter: pieces that follow one another are one quote. Inner quotation marks are written
 *    as typographic ones, and no `|` goes into a table.
 * 2. Words that cannot be quoted whole are shown as they are, beside the longest part that can.
 * 3. Nothing that a document says can pass for a citation of ours.
 */
import { citation, citationsIn, isCitable } from "../../../../engine/policy/prompts/citation-rule.ts";

/** A part of one line of a document. */
export interface Piece {
  path: string;
  line: number;
  text: string;
}

const LONGEST_QUOTE = 900;

/** One citation for each stretch of pieces; plain words before it where they cannot be quoted whole. */
export function quoted(pieces: readonly Piece[], place: "text" | "cell" = "text"): string {
  const quotes = stretchesOf(pieces).map(({ text, ...at }) => {
    const whole = typographic(clipped(text.trim()));
    const spans = place === "cell" ? whole.split("|").map((span) => span.trim()) : [whole];
    const span = spans.reduce((best, one) => (one.length > best.length ? one : best), "");
    const shown = span === whole ? "" : plain(whole, place);
    if (span === "" || !isCitable(at.path)) return shown;
    return shown === "" ? citation(span, at) : `${shown} (${citation(span, at)})`;
  });
  return quotes.filter((quote) => quote !== "").join(" ");
}

/** Text of lines that follow one another. */
function stretchesOf(pieces: readonly Piece[]) {
  const stretches: { path: string; first: number; last: number; text: string }[] = [];
  for (const { path, line, text } of pieces) {
    const open = stretches.at(-1);
    const isNext = open?.path === path && line - open.last <= 1 && line >= open.last;
    if (isNext && open.text.length + text.length < LONGEST_QUOTE)
      Object.assign(open, { last: line, text: `${open.text} ${text.trim()}` });
    else stretches.push({ path, first: line, last: line, text: text.trim() });
  }
  return stretches;
}

/** Citations of the spans between quotes and pipes, for values such as `^18 || >=20`. */
export function quotedValue({ path, line, text }: Piece): string {
  const spans = isCitable(path) ? text.split(/["|\\]+/).map((span) => span.trim()) : [];
  const at = { path, first: line, last: line };
  return spans.flatMap((span) => (span === "" ? [] : [citation(clipped(span), at)])).join(" or ");
}

/** A heading's words, which stand before a quote and are none. */
export function titleText(text: string): string {
  return text
    .replace(/["[\]]|:$/g, "")
    .slice(0, 90)
    .trim();
}

/** Text that is not a citation and does not read as one; empty where it would. */
function plain(text: string, place: "text" | "cell"): string {
  if (citationsIn(text).length > 0 || citationsIn(`${text} "x" [x:1]`).length > 1) return "";
  return place === "cell" ? text.replaceAll("|", "/") : text;
}

/** Straight quotation marks would end the quote. */
function typographic(text: string): string {
  return text.split('"').reduce((quote, part, at) => `${quote}${at % 2 === 1 ? "“" : "”"}${part}`);
}

function clipped(text: string): string {
  return text.length <= LONGEST_QUOTE ? text : text.slice(0, LONGEST_QUOTE).replace(/\s+\S*$|[\uD800-\uDBFF]$/, "");
}
