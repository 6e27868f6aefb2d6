/**
 * Words of any script. Identifiers count whole and by their parts (`idleTimeoutMs`, `Node.js`); scripts that put no spaces
 * between words (Han, Kana, Thai …) count by pairs of characters.
 */
import { stem } from "./stem.ts";
import { isStopWord } from "./stop-words.ts";

const WORD = /[\p{L}\p{N}\p{M}_$]+(?:[.'’+#-][\p{L}\p{N}\p{M}_]+)*/gu;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
/** `(sub)commands` */
const OPTIONAL_BEGINNING = /(?<![\p{L}\p{N}])\((\p{L}{2,5})\)(?=\p{L})/gu;
const VERSION = /^v?(\d+(?:\.\d+)+)$/;
const PARTS = /\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+(?!\p{Ll})|\p{N}+|[\p{Lo}\p{Lt}\p{Lm}]+/gu;

/** The words as written, in order. Pure. */
export function surfaceWords(text: string): string[] {
  return text.replace(OPTIONAL_BEGINNING, "$1").match(WORD) ?? [];
}

/** Stems of a word as written: itself, and its parts where it is made of several. Pure. */
export function stemsOf(word: string): string[] {
  const lower = word.toLowerCase().replace(/[’']s$/u, "");
  if (UNSPACED.test(lower)) return pairs(lower);
  const version = VERSION.exec(lower)?.[1];
  if (version !== undefined) return beginnings(version);
  const parts = word.match(PARTS) ?? [];
  if (parts.length < 2) return [stem(lower)];
  return [lower, ...parts.map((part) => stem(part.toLowerCase())).filter((part) => part.length > 1)];
}

/** Stems of a text without stop words, in order, repeats kept. Pure. */
export function stemsIn(text: string): string[] {
  return surfaceWords(text).flatMap((word) => (isStopWord(word.toLowerCase()) ? [] : stemsOf(word)));
}

/** The same as a set. Pure. */
export function stemSet(text: string): Set<string> {
  return new Set(stemsIn(text));
}

/** `1.1.0` is also a `1.1`. */
function beginnings(version: string): string[] {
  const numbers = version.split(".");
  return numbers.slice(1).map((_, at) => numbers.slice(0, numbers.length - at).join("."));
}

function pairs(word: string): string[] {
  const characters = [...word];
  if (characters.length < 2) return characters;
  return characters.slice(0, -1).map((character, at) => character + (characters[at + 1] as string));
}
