/** Text made plain: as it can be typed, on one line, no longer than there is room. Pure. */

import type { BaseMessage } from "@langchain/core/messages";

const TYPED = /^[\t\n\r -~]*$/;

/** What looks the same and means the same is the same: composed letters (a Mac's file names have them in parts), one kind of blank, nothing of no width. */
export function plainText(text: string): string {
  if (TYPED.test(text)) return text;
  return text
    .normalize("NFC")
    .replace(/\p{Zs}/gu, " ")
    .replace(/\p{Cf}|\p{Variation_Selector}/gu, "");
}

/** Blanks, line ends and controls in a row become one blank; cut where it is longer than `most`. */
export function oneLine(text: string, most = Infinity): string {
  return cutTo(text.replace(/[\s\p{Cc}]+/gu, " ").trim(), most);
}

/** Its first characters, and the mark where there are more. Never half of a surrogate pair. */
export function cutTo(text: string, most: number, mark = "…"): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}${mark}`;
}

/** The first of them, and how many more there are: `a, b and 3 more`, `a; b; and 3 more`. */
export function listed(items: readonly string[], most: number, separator: ", " | "; " = ", "): string {
  const shown = items.slice(0, most).join(separator);
  const more = `and ${items.length - most} more`;
  return items.length <= most ? shown : separator === ", " ? `${shown} ${more}` : `${shown}; ${more}`;
}

/** The first of them; where there are more, then a line that says how many. */
export function firstOf(lines: readonly string[], most: number, more: (left: number) => string): string[] {
  return lines.length <= most ? [...lines] : [...lines.slice(0, most), more(lines.length - most)];
}

/** For a pattern that matches the text itself. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** All that a message says, its text parts one after the other; parts of other kinds are left out. */
export function messageText(message: BaseMessage): string {
  return typeof message.content === "string" ? message.content : message.text;
}

/** Percent-encoding undone; the text itself where it is none. Pure. */
export function uriDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
