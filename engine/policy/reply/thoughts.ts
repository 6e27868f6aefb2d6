/** What a model has thought aloud, told from what it says. Pure. */
import { escapeRegExp } from "../../../state/plain-text.ts";

/** Marks of thinking, opening and closing, as models write them into their text. */
const MARKS: readonly (readonly [open: string, close: string])[] = [
  ["<think>", "</think>"],
  ["<thinking>", "</thinking>"],
  ["<thought>", "</thought>"],
  ["<reasoning>", "</reasoning>"],
  ["<scratchpad>", "</scratchpad>"],
  ["<seed:think>", "</seed:think>"],
  ["[THINK]", "[/THINK]"],
  ["◁think▷", "◁/think▷"],
  ["<|begin_of_thought|>", "<|end_of_thought|>"],
  ["<|START_THINKING|>", "<|END_THINKING|>"],
  ["<|channel|>analysis<|message|>", "<|end|>"],
];
const CLOSING = new Map(MARKS.map(([open, close]) => [open.toLowerCase(), close.toLowerCase()]));
/** Closing marks that say by themselves that all before them was thought. */
const ENDS = new Set([...CLOSING.values()].filter((close) => close !== "<|end|>"));
/** A mark, or the first or last line of a code block, in which marks are only quoted. */
const TOKENS = new RegExp(`^[ \\t]*(?:\`\`\`|~~~)|(?<mark>${MARKS.flat().map(escapeRegExp).join("|")})`, "gim");
/** Of gpt-oss: what stands around the text of its last channel. */
const CHANNELS = /<\|start\|>assistant(?=<\|channel\|>)|<\|channel\|>final(?: [^<]*)?<\|message\|>|<\|return\|>/g;
/** Amid a line a block is thinking when it holds more than the words between two marks that are spoken of. */
const LEAST_CHARACTERS = 20;

/**
 * The text without what was thought: closed blocks, all behind a mark at the beginning of a line that is never closed, and all
 * before a closing mark whose opening one stood in the model's template. A mark that is quoted (in a code block, within quotes,
 * amid a sentence) is text.
 */
export function withoutThoughts(text: string): string {
  if (!/think|thought|<\|channel\|>|reasoning>|scratchpad>/i.test(text)) return text;
  const scan = new Scan(text);
  for (const { 0: token, index, groups } of text.matchAll(TOKENS))
    scan.take(token.toLowerCase(), index, groups?.["mark"]);
  return scan.said() ?? text;
}

/** Characters before a reply begins that may be blanks and the beginning of a mark. */
const MOST_HELD = 1000;

/** A reply while it comes, without what is thought before it begins: whoever reads along is shown no thought that is taken out later. */
export class SpokenText {
  #held = "";
  #closing: string | undefined;
  #hasThought = false;
  #hasBegun: boolean;

  /** `isRead`: somebody reads along; else all is handed on as it is. */
  constructor({ isRead = true } = {}) {
    this.#hasBegun = !isRead;
  }

  /** The next piece; returns what of it, and of what was held back, is said. */
  take(piece: string): string {
    if (this.#hasBegun) return piece;
    this.#held += piece;
    for (;;) {
      const lower = this.#held.toLowerCase();
      if (this.#closing !== undefined) {
        const at = lower.indexOf(this.#closing);
        if (at < 0) {
          // As much as the closing mark may have begun with.
          this.#held = this.#held.slice(-this.#closing.length);
          return "";
        }
        this.#held = this.#held.slice(at + this.#closing.length);
        this.#closing = undefined;
        this.#hasThought = true;
        continue;
      }
      const begun = lower.trimStart();
      const mark = [...CLOSING.keys()].find((open) => begun.startsWith(open));
      if (mark === undefined) {
        if (this.#held.length < MOST_HELD && [...CLOSING.keys()].some((open) => open.startsWith(begun))) return "";
        this.#hasBegun = true;
        return this.#hasThought ? this.rest().trimStart() : this.rest();
      }
      this.#closing = CLOSING.get(mark);
      this.#held = this.#held.trimStart().slice(mark.length);
    }
  }

  /** What was held back and turns out to be said, at the end. */
  rest(): string {
    const rest = this.#closing === undefined ? this.#held : "";
    this.#held = "";
    return rest;
  }
}

class Scan {
  readonly #text: string;
  /** What is said, in pieces: a reply may have a hundred thousand of them. */
  #said: string[] = [];
  /** What is before it is dealt with. */
  #from = 0;
  #closing: string | undefined;
  #isFenced = false;
  /** Closing marks whose opening ones are quoted in this code block. */
  readonly #quoted = new Set<string>();
  #hasThought = false;
  /** Where each closing mark comes next, as far as it was looked for. */
  readonly #ahead = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  take(token: string, index: number, mark: string | undefined): void {
    if (index < this.#from) return;
    const end = index + token.length;
    if (this.#closing !== undefined) {
      if (token === this.#closing) this.#goOnFrom(end);
    } else if (mark === undefined) {
      this.#isFenced = !this.#isFenced;
      this.#quoted.clear();
    } else if (CLOSING.has(token)) this.#open(token, index, end);
    else if (ENDS.has(token) && !this.#quoted.delete(token) && !isSpokenOf(this.#text, index, end)) {
      // Its opening mark was never shown: all before it was thought.
      this.#said = [];
      this.#goOnFrom(end);
    }
  }

  /** Undefined: nothing was thought. */
  said(): string | undefined {
    const rest = this.#closing === undefined ? this.#text.slice(this.#from) : "";
    const said = [...this.#said, rest].join("").replace(CHANNELS, "");
    return this.#hasThought || said.length !== this.#text.length ? said.trim() : undefined;
  }

  #open(token: string, index: number, end: number): void {
    const closing = CLOSING.get(token) ?? "";
    if (this.#isFenced) return void this.#quoted.add(closing);
    if (!this.#beginsLine(index) && !this.#isAmidLine(index, end, closing)) {
      this.#quoted.add(closing);
      return;
    }
    this.#said.push(this.#text.slice(this.#from, index));
    this.#closing = closing;
    this.#from = end;
    this.#hasThought = true;
  }

  /** Whether nothing but blanks is said before it in its line. */
  #beginsLine(index: number): boolean {
    let piece = this.#text;
    let [at, from] = [index, this.#from];
    for (let next = this.#said.length - 1; ; next -= 1) {
      while (at > from && (piece[at - 1] === " " || piece[at - 1] === "\t")) at -= 1;
      if (at > from) return piece[at - 1] === "\n";
      if (next < 0) return true;
      piece = this.#said[next] ?? "";
      [at, from] = [piece.length, 0];
    }
  }

  #isAmidLine(index: number, end: number, closing: string): boolean {
    if (/[`"']/.test(this.#text[index - 1] ?? "")) return false;
    return this.#next(closing, end) - end >= LEAST_CHARACTERS;
  }

  /** Where the mark comes next; -1: no more. Places only grow, so that the text is gone through once for each mark. */
  #next(mark: string, from: number): number {
    const known = this.#ahead.get(mark);
    if (known !== undefined && (known === -1 || known >= from)) return known;
    const pattern = new RegExp(escapeRegExp(mark), "gi");
    pattern.lastIndex = from;
    const place = pattern.exec(this.#text)?.index ?? -1;
    this.#ahead.set(mark, place);
    return place;
  }

  #goOnFrom(end: number): void {
    this.#closing = undefined;
    this.#from = end;
    this.#isFenced = false;
    this.#quoted.clear();
    this.#hasThought = true;
  }
}

/**
 * Within quotes, or between blanks of one sentence. A thought may end on a quote, and what is said may begin with one or with a
 * capital: that is no mark that is spoken of.
 */
function isSpokenOf(text: string, start: number, end: number): boolean {
  const [before, after] = [text[start - 1] ?? "\n", text[end] ?? "\n"];
  if (/[`"'“‘]/.test(before) && /[`"'”’]/.test(after)) return true;
  if (before !== " ") return false;
  return /[,.;:)]/.test(after) || (after === " " && !ENDS_SENTENCE.test(text.slice(Math.max(0, start - 4), start)));
}

const ENDS_SENTENCE = /[.!?…。！？:]["'”’)*]?\s*$/;
