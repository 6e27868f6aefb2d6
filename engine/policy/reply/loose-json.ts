/**
 * JSON as models write it: with commas behind the last member, comments, single quotes, line ends within strings, names of Python,
 * in a code block, encoded twice, with something behind it. What is cut off is not made whole. Pure.
 */

import { isDeeper } from "../../../state/nesting.ts";
import { isRecord } from "../../../state/is-record.ts";

/** Levels of nesting that arguments may have. */
const DEEPEST = 200;

export interface LooseValue {
  value: unknown;
  /** What stands behind it. */
  rest: string;
}

const WORDS: Readonly<Record<string, string>> = { True: "true", False: "false", None: "null", undefined: "null" };
const MOST_ENCODINGS = 3;
/** Characters of the mark that begins or ends a code block. */
const FENCE = 3;

/**
 * The first JSON object or list in a text that begins with one. Undefined: it is cut off, nests too deep, or is no JSON even so.
 * What stands behind it is not looked at: there may be thousands more.
 */
export function readLoosely(text: string): LooseValue | undefined {
  const mended = new Mending(text.trimStart()).mend();
  if (mended === undefined) return undefined;
  try {
    return { value: JSON.parse(mended.json), rest: mended.rest };
  } catch {
    return undefined;
  }
}

/** The object that arguments are meant to be; undefined where that is not clear. */
export function readArguments(text: string, encodings = 0): Record<string, unknown> | undefined {
  const bare = withoutFence(text.trim());
  if (bare === "" || bare === "null") return {};
  if (isDeeper(bare, DEEPEST)) return undefined;
  const value = parsed(bare) ?? looseObject(bare);
  if (typeof value === "string" && encodings < MOST_ENCODINGS) return readArguments(value, encodings + 1);
  if (Array.isArray(value)) return value.length === 1 ? asObject(value[0]) : undefined;
  return value === undefined ? undefined : asObject(value);
}

/** The content of the code block that a text is; else the text. */
export function withoutFence(text: string): string {
  const opening = /^(?:```|~~~)[\w+-]*/.exec(text)?.[0];
  if (opening === undefined || text.length < opening.length + FENCE || !/^(?:```|~~~)$/.test(text.slice(-FENCE)))
    return text;
  return text.slice(opening.length, -FENCE).trim();
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return value === null ? {} : isRecord(value) ? value : undefined;
}

/**
 * Behind the object may stand brackets too many, or the same object again, and an empty one beside it, with which a server began; anything
 * else would be lost.
 */
function looseObject(text: string): unknown {
  if (!text.startsWith("{") && !text.startsWith("[")) return undefined;
  const first = readLoosely(text);
  if (first === undefined) return undefined;
  const rest = first.rest.trim();
  if (/^[\s}\];,]*$/.test(rest)) return first.value;
  const second = readLoosely(rest);
  if (second?.rest.trim() !== "") return undefined;
  const [one, other] = [JSON.stringify(first.value), JSON.stringify(second.value)];
  if (one === "{}") return second.value;
  return other === one || other === "{}" ? first.value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One pass over a text, from its first bracket to the one that closes it. */
class Mending {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  readonly #out: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  mend(): { json: string; rest: string } | undefined {
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (character === '"' || character === "'") {
        if (!this.#takeString(character)) return undefined;
      } else if (character === "/" && /[/*]/.test(this.#text[this.#at + 1] ?? "")) this.#skipComment();
      else if (/[A-Za-z_$]/.test(character)) this.#takeWord();
      else {
        this.#takeSign(character);
        if (this.#depth === 0) return { json: this.#out.join(""), rest: this.#text.slice(this.#at) };
      }
    }
    return undefined;
  }

  #takeSign(character: string): void {
    this.#at += 1;
    if (character === "{" || character === "[") this.#depth += 1;
    if (this.#depth > DEEPEST) this.#at = this.#text.length;
    if (character === "}" || character === "]") {
      this.#depth -= 1;
      if (this.#out.at(-1) === ",") this.#out.pop();
    }
    if (!/\s/.test(character)) this.#out.push(character);
  }

  /** A word that is none of JSON's is the name of a member, or spoils the whole. */
  #takeWord(): void {
    const word = /^[\w$]+/.exec(this.#text.slice(this.#at, this.#at + 200))?.[0] ?? "";
    this.#at += word.length;
    const before = this.#out.at(-1);
    if (/\d/.test(before ?? "")) return void this.#out.push(word);
    const isName = (before === "{" || before === ",") && /^\s*:/.test(this.#text.slice(this.#at, this.#at + 50));
    this.#out.push(isName ? JSON.stringify(word) : ((Object.hasOwn(WORDS, word) ? WORDS[word] : word) as string));
  }

  #skipComment(): void {
    const isLine = this.#text[this.#at + 1] === "/";
    const end = this.#text.indexOf(isLine ? "\n" : "*/", this.#at + 2);
    this.#at = end === -1 ? this.#text.length : end + (isLine ? 1 : 2);
  }

  /** False: it has no end. */
  #takeString(quote: string): boolean {
    const from = this.#at + 1;
    let at = from;
    while (at < this.#text.length && this.#text[at] !== quote) at += this.#text[at] === "\\" ? 2 : 1;
    if (at >= this.#text.length) return false;
    this.#at = at + 1;
    this.#out.push(`"${jsonBody(this.#text.slice(from, at), quote)}"`);
    return true;
  }
}

/** What stands between two quotes, as JSON has it. */
function jsonBody(body: string, quote: string): string {
  const plain = body.replace(/\p{Cc}/gu, (odd) => JSON.stringify(odd).slice(1, -1));
  return quote === '"' ? plain : plain.replace(/\\'/g, "'").replace(/\\.|"/g, (part) => (part === '"' ? '\\"' : part));
}
