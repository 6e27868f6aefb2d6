/**
 * Passages as text for a model: a tag that says where they stand, then each line behind its number, so that nothing in a
 * document can pass for a tag and every line can be cited as `path:line`. Pure.
 */
import type { Passage } from "../engine/ports/documents.ts";
import { escapeAttribute } from "../engine/policy/prompts/markup.ts";
import { oneLine } from "../state/plain-text.ts";

/** Characters of one answer: some 6,000 tokens. */
export const MOST_CHARACTERS = 24_000;
/** Of one line: a minified file is one line. */
const LONGEST_LINE = 1_500;

export interface ShownPassage {
  text: string;
  /** Lines shown: less than the passage has where the room did not suffice. */
  shownLines: number;
}

export interface PassageTextOptions {
  /** Characters that may be used; at least one line is shown. */
  room: number;
  totalLines?: number;
  /** Lower-case words that the shown part of a very long line should contain. */
  words?: readonly string[];
}

export function passageText(
  { path, firstLine, lines, heading }: Passage,
  { room, totalLines, words = [] }: PassageTextOptions,
): ShownPassage {
  const total = totalLines === undefined ? "" : ` total="${totalLines}"`;
  const section = heading === undefined ? "" : ` section="${escapeAttribute(oneLine(heading))}"`;
  const opening = `<passage place="${escapeAttribute(`${path}:${firstLine}`)}"${section}${total}>`;
  const rows = [opening];
  let used = opening.length + "\n</passage>".length;
  for (const [index, line] of lines.entries()) {
    const row = `${firstLine + index}: ${shortened(line, words)}`;
    if (index > 0 && used + row.length + 1 > room) break;
    rows.push(row);
    used += row.length + 1;
  }
  return { text: [...rows, "</passage>"].join("\n"), shownLines: rows.length - 1 };
}

/** In the place of a passage whose lines all stand in the conversation already. */
export function shownAbove({ path, firstLine, lines }: Passage): string {
  const last = firstLine + lines.length - 1;
  return `<passage place="${escapeAttribute(`${path}:${firstLine}-${last}`)}" shown="above"/>`;
}

/** A very long line is cut around the first of the words, and says so. */
function shortened(line: string, words: readonly string[]): string {
  if (line.length <= LONGEST_LINE) return line;
  const lower = line.toLowerCase();
  const places = words.map((word) => lower.indexOf(word)).filter((place) => place >= 0);
  const start = Math.max(0, Math.min(...(places.length > 0 ? places : [0])) - 300);
  const part = line.slice(start, start + LONGEST_LINE).toWellFormed();
  return `${start > 0 ? "… " : ""}${part} … [characters ${start + 1} to ${start + part.length} of a line of ${line.length}]`;
}
