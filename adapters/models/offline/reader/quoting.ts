/**
 * From pieces of lines to citations. Pure.
 * 1. A quote is a part of one line, letter by letter; it never holds `"`, and no `|` where it goes into a table.
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

/** One citation for each piece; plain words before it where a piece cannot be quoted whole. */
export function quoted(pieces: readonly Piece[], place: "text" | "cell" = "text"): string {
  const quotes = pieces.map(({ path, line, text }) => {
    const whole = clipped(text.trim());
    const spans = whole.split(place === "cell" ? /["|]/ : /"/).map((span) => span.trim());
    const span = spans.reduce((best, one) => (one.length > best.length ? one : best), "");
    const shown = span === whole ? "" : plain(whole, place);
    if (span.length < 1 || !isCitable(path)) return shown;
    return shown === "" ? citation(span, path, line) : `${shown} (${citation(span, path, line)})`;
  });
  return quotes.filter((quote) => quote !== "").join(" ");
}

/** Citations of the spans between quotes and pipes, for values such as `^18 || >=20`. */
export function quotedValue({ path, line, text }: Piece): string {
  const spans = isCitable(path) ? text.split(/["|\\]+/).map((span) => span.trim()) : [];
  return spans.flatMap((span) => (span === "" ? [] : [citation(clipped(span), path, line)])).join(" or ");
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

/** Cut between words. */
function clipped(text: string): string {
  return text.length <= LONGEST_QUOTE ? text : text.slice(0, LONGEST_QUOTE).replace(/\s+\S*$|[\uD800-\uDBFF]$/, "");
}
