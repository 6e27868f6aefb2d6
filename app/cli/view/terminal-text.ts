/**
 * Text that others wrote (tasks, titles, tools, models), made fit for one terminal line: cleaned, measured in cells, clipped.
 * Pure.
 *
 * 1. What `cleanText` returns holds no control character, no escape sequence, no newline and no bidirectional override.
 * 2. `clip` never returns more cells than asked for, and never half a character.
 */
import { stripVTControlCharacters } from "node:util";
import cellsOf from "fast-string-width";
import { hideSecrets } from "../../../adapters/text/hide-secrets.ts";
import { withoutKeys } from "../terminal.ts";
import { oneLine } from "../../../state/plain-text.ts";

/** Characters that are looked at; what is shown of one text is far less. */
const LONGEST = 2000;
/** Controls, separators, invisible formatting (bidirectional marks too); the joiner of emoji is left. */
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}]|(?!\u200d)\p{Cf}/gu;
/** Cells and characters are the same in it. */
const ASCII = /^[\x20-\x7e]*$/;
/** Made when the first text needs it: that takes 20 ms. */
let graphemes: Intl.Segmenter | undefined;

/** One line without anything that a terminal would obey; secrets that show by their form are hidden. Of `most` characters. */
export function cleanText(text: string, most = LONGEST): string {
  const visible = stripVTControlCharacters(text.slice(0, Math.max(most, LONGEST)))
    .toWellFormed()
    .replace(INVISIBLE, " ");
  return hideSecrets(withoutKeys(oneLine(visible)));
}

export function widthOf(text: string): number {
  return cellsOf(text);
}

/** The text itself where it fits, else its beginning with an ellipsis. */
export function clip(text: string, width: number): string {
  if (width <= 0) return "";
  if (widthOf(text) <= width) return text;
  if (ASCII.test(text)) return `${text.slice(0, width - 1).trimEnd()}…`;
  let kept = "";
  let left = width - 1;
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Exactly `width` cells: clipped or filled up with spaces. */
export function column(text: string, width: number): string {
  const shown = clip(text, width);
  return shown + " ".repeat(Math.max(0, width - widthOf(shown)));
}

/** Each once, cleaned. */
export function namesOf(names: readonly string[]): string {
  return [...new Set(names.slice(0, 20).map((name) => cleanText(name)))].filter((name) => name !== "").join(", ");
}
