/**
 * From pieces of lines to citations.
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

const LONGEST_QUOTE = 600;
const SHORTEST_SPAN = 2;

/** One citation for each piece, in reading order; plain words before it where a piece cannot be quoted whole. Pure. */
export function quoted(pieces: readonly Piece[], place: "text" | "cell" = "text"): string {
  return pieces
    .map((piece) =>
      pieces.length > 1 && isScrap(piece.text) ? plain(piece.text.trim(), place) : quotedPiece(piece, place),
    )
    .filter((part) => part !== "")
    .join(" ");
}

/** A word or two that a line break left over: shown, not worth a citation of their own. */
function isScrap(text: string): boolean {
  return text.length <= 14 && text.trim().split(/\s+/).length <= 2 && !/[\d"]/.test(text);
}

function quotedPiece(piece: Piece, place: "text" | "cell"): string {
  const whole = clipped(piece.text.trim());
  if (!isCitable(piece.path)) return plain(whole, place);
  const span = longestSpan(whole, place === "cell" ? /["|]/ : /"/);
  if (span === whole) return whole === "" ? "" : citation(whole, piece.path, piece.line);
  if (span.length < SHORTEST_SPAN) return "";
  const shown = plain(whole, place);
  return shown === "" ? citation(span, piece.path, piece.line) : `${shown} (${citation(span, piece.path, piece.line)})`;
}

/** Citations of the spans between quotes and pipes, for values such as `^18 || >=20`. Pure. */
export function quotedValue(piece: Piece): string {
  const spans = piece.text
    .split(/["|\\]+/)
    .map((span) => span.trim())
    .filter((span) => span !== "");
  return isCitable(piece.path) ? spans.map((span) => citation(clipped(span), piece.path, piece.line)).join(" or ") : "";
}

/** Text that is not a citation and does not read as one; empty where it would. Pure. */
export function plain(text: string, place: "text" | "cell"): string {
  if (citationsIn(text).length > 0 || citationsIn(`${text} "x" [x:1]`).length > 1) return "";
  const cleaned = text.replace(/<\/?(?:result|results|input|inputs|task|subtask)\b[^>]*>/gi, "").trim();
  return place === "cell" ? cleaned.replaceAll("|", "/") : cleaned;
}

function longestSpan(text: string, breaks: RegExp): string {
  let best = "";
  for (const span of text.split(breaks)) if (span.trim().length > best.length) best = span.trim();
  return best;
}

/** At most `LONGEST_QUOTE` characters, cut between words. Pure. */
export function clipped(text: string, limit: number = LONGEST_QUOTE): string {
  if (text.length <= limit) return text;
  const head = text.slice(0, limit);
  const space = head.lastIndexOf(" ");
  return (space > limit / 2 ? head.slice(0, space) : head.replace(/[\uD800-\uDBFF]$/, "")).trimEnd();
}
