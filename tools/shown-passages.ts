/**
 * Which lines of documents searches have brought into a lane's conversation: nobody pays for them again with each search. Read from
 * the answers as they are there, so that what was taken out to make room is shown again.
 */
import { ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { unescapeAttribute } from "../engine/policy/prompts/markup.ts";

interface Lines {
  path: string;
  first: number;
  last: number;
}

const SEARCH = "search_documents";
const OPENING = /^<passage place="([^"]+):(\d+)"/;
const NUMBERED = /^(\d+):/;
/** As `passage-text.ts` marks a line of which a part is shown. */
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

  /** Whether all of these lines stand there, whole. */
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
  if (!ToolMessage.isInstance(message) || message.name !== SEARCH) return [];
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
