/**
 * Which lines of documents stand in a lane's conversation, found or read: nobody pays for them again with each search. Read from the
 * answers as they are there, so that what was taken out to make room is shown again.
 */
import { ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { escapeAttribute, unescapeAttribute } from "../engine/policy/prompts/markup.ts";
import type { DocumentLibrary, Passage } from "../engine/ports/documents.ts";
import { cutTo, oneLine } from "../state/plain-text.ts";
import { DOCUMENT_TOOLS } from "./tool-names.ts";

interface Lines {
  path: string;
  first: number;
  last: number;
}

const OPENING = /^<passage place="([^"]+):(\d+)"/;
const NUMBERED = /^(\d+):/;
/** As a line is marked of which a part is shown. */
export const PART_OF_LINE = / … \[characters \d+ to \d+ of a line of \d+\]$/;

/** By message: a conversation is read again at each step. */
const known = new WeakMap<BaseMessage, readonly Lines[]>();

export class ShownPassages {
  readonly #byPath = new Map<string, Lines[]>();

  constructor(messages: readonly BaseMessage[]) {
    for (const message of messages) this.learn(message);
  }

  /** What a tool has answered stands there from now on. */
  learn(message: BaseMessage): void {
    for (const lines of linesOf(message)) {
      const of = this.#byPath.get(lines.path);
      if (of === undefined) this.#byPath.set(lines.path, [lines]);
      else of.push(lines);
    }
  }

  has({ path, first, last }: Lines): boolean {
    const shown = this.#byPath.get(path) ?? [];
    let line = first;
    while (line <= last) {
      const at = line;
      const covering = shown.find((lines) => lines.first <= at && at <= lines.last);
      if (covering === undefined) return false;
      line = covering.last + 1;
    }
    return true;
  }
}

function linesOf(message: BaseMessage): readonly Lines[] {
  if (!ToolMessage.isInstance(message) || !DOCUMENT_TOOLS.has(message.name ?? "")) return [];
  const before = known.get(message);
  if (before !== undefined) return before;
  const found = linesIn(message.text);
  known.set(message, found);
  return found;
}

/** A document's own text stands behind its line's number, so nothing in it passes for a tag. Linear. */
function linesIn(answer: string): Lines[] {
  const found: Lines[] = [];
  let path: string | undefined;
  for (const row of answer.split("\n")) {
    const opening = row.startsWith("<passage ") ? OPENING.exec(row) : null;
    if (opening !== null) path = row.endsWith("/>") ? undefined : unescapeAttribute(opening[1] ?? "");
    else if (row === "</passage>") path = undefined;
    const number = path === undefined ? undefined : NUMBERED.exec(row)?.[1];
    if (path === undefined || number === undefined || PART_OF_LINE.test(row)) continue;
    const line = Number(number);
    const last = found.at(-1);
    if (last?.path === path && last.last === line - 1) last.last = line;
    else found.push({ path, first: line, last: line });
  }
  return found;
}

const KEY = "glasshive_shown";

/** Hands the tool what stands there, beside the call's arguments. */
export function withShown(config: RunnableConfig, shown: ShownPassages): RunnableConfig {
  return { ...config, configurable: { ...config.configurable, [KEY]: shown } };
}

export function shownIn(config: RunnableConfig | undefined): ShownPassages {
  const shown: unknown = config?.configurable?.[KEY];
  return shown instanceof ShownPassages ? shown : new ShownPassages([]);
}

const NEAREST = 5;
const LONGEST_SHOWN = 200;

/** One sentence. Says of a file that was left out why; else looks for the file's name, then for its name without the extension, then for the folder. */
export function unknownPath(path: string, documents: DocumentLibrary): string {
  const shown = cutTo(path, LONGEST_SHOWN);
  const left = documents.overview(0).leftOut.find(({ names }) => names.includes(path));
  if (left !== undefined) return `"${shown}" was left out of the documents (${left.reason}); it cannot be read.`;
  const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  const name = parts.at(-1) ?? "";
  for (const attempt of [name, name.replace(/\.[^.]*$/, ""), ...parts.slice(0, -1).toReversed()]) {
    const nearest = attempt.length < 2 ? [] : documents.list(attempt, NEAREST);
    if (nearest.length > 0)
      return `There is no document "${shown}"; the nearest are: ${nearest.map((found) => found.path).join(", ")}.`;
  }
  return `There is no document "${shown}"; list_documents shows those there are.`;
}

/** Characters of one answer: some 6,000 tokens. */
export const MOST_CHARACTERS = 24_000;
/** Of one line: a minified file is one line. */
const LONGEST_LINE = 1_500;

interface ShownPassage {
  text: string;
  /** Lines shown: less than the passage has where the room did not suffice. */
  shownLines: number;
}

interface PassageTextOptions {
  /** Characters that may be used; at least one line is shown. */
  room: number;
  totalLines?: number;
  /** Lower-case words that the shown part of a very long line should contain. */
  words?: readonly string[];
}

/**
 * Passages as text for a model: a tag that says where they stand, then each line behind its number, so that nothing in a
 * document can pass for a tag and every line can be cited as `path:line`. Pure.
 */
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
