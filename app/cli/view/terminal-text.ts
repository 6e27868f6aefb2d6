/**
 * Text that others wrote (tasks, titles, tools, models), made fit for one terminal line: cleaned, measured in cells, clipped.
 * Pure.
 *
 * 1. What `cleanText` returns holds no control character, no escape sequence, no newline and no bidirectional override.
 * 2. `clip` never returns more cells than asked for, and never half a character.
 */
import { stripVTControlCharacters } from "node:util";
import { hideSecrets } from "./hide-secrets.ts";

/** Characters that are looked at; what is shown of one text is far less. */
const LONGEST = 2000;
/** Controls, separators, invisible formatting (bidirectional marks too); the joiner of emoji is left. */
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}]|(?!\u200d)\p{Cf}/gu;
/** One cell each, one grapheme each: most of what is ever shown. */
const NARROW = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2015\u2018-\u2027\u2190-\u2193\u2580-\u259f\u25c6]*$/;
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[#*0-9]\ufe0f?\u20e3/u;
/** East Asian wide and full-width blocks (Unicode 16, UAX #11), coarse to whole blocks. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;

/** Splitting into graphemes is slow, and a frame shows much the same texts as the one before. */
const MEMORY = 4000;
const widths = new Map<string, number>();
const clipped = new Map<string, string>();

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** One line without anything that a terminal would obey; secrets that show by their form are hidden. */
export function cleanText(text: string): string {
  const visible = stripVTControlCharacters(text.slice(0, LONGEST)).toWellFormed().replace(INVISIBLE, " ");
  return hideSecrets(visible.replace(/\s+/g, " ").trim());
}

/** Terminal cells that a cleaned text takes. */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  return remembered(widths, text, () => {
    let width = 0;
    for (const { segment } of graphemes.segment(text)) width += cellsOf(segment);
    return width;
  });
}

/** The text itself where it fits, else its beginning with an ellipsis. */
export function clip(text: string, width: number): string {
  if (width <= 0) return "";
  if (NARROW.test(text)) return text.length <= width ? text : `${text.slice(0, width - 1).trimEnd()}…`;
  if (widthOf(text) <= width) return text;
  return remembered(clipped, `${width} ${text}`, () => beginningOf(text, width - 1));
}

/** Exactly `width` cells: clipped or filled up with spaces. */
export function column(text: string, width: number): string {
  const shown = clip(text, width);
  return shown + " ".repeat(Math.max(0, width - widthOf(shown)));
}

function beginningOf(text: string, width: number): string {
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const cells = cellsOf(segment);
    if (used + cells > width) break;
    kept += segment;
    used += cells;
  }
  return `${kept.trimEnd()}…`;
}

function remembered<Value>(memory: Map<string, Value>, key: string, compute: () => Value): Value {
  const known = memory.get(key);
  if (known !== undefined) return known;
  if (memory.size >= MEMORY) memory.clear();
  const value = compute();
  memory.set(key, value);
  return value;
}

function cellsOf(grapheme: string): number {
  if (NARROW.test(grapheme)) return grapheme.length;
  if (ZERO.test(grapheme)) return 0;
  return EMOJI.test(grapheme) || WIDE.test(grapheme) ? 2 : 1;
}
