/**
 * Shortens texts by need: which of several give up how much, and where each is cut: at the end of a paragraph, else of a line, a
 * sentence or a word; never within a citation or a character. Pure.
 */
import { findCitations } from "../prompts/citation-rule.ts";

/** The longest stretch that a citation can take. */
const CITATION_CHARACTERS = 3200;
/** What a text is cut back to at most for each kind of end, as a share of what it may keep. */
const ENDS: readonly [RegExp, number][] = [
  [/\n[ \t]*\n/g, 0.5],
  [/\n/g, 0.7],
  [/[.!?。！？]\s/g, 0.8],
  [/\s/g, 0.9],
];
/** So much of each is kept before any other has to give up something. */
const LEAST_BYTES = 300;

export interface Size {
  bytes: number;
  /** It has gone into another one: it gives up first. */
  isBuiltOn: boolean;
}

/** How many bytes each may keep so that all take at most about `room`. */
export function allowances(sizes: readonly Size[], room: number): number[] {
  const sum = (some: readonly Size[], level = Infinity): number =>
    some.reduce((bytes, size) => bytes + Math.min(size.bytes, level), 0);
  if (sum(sizes) <= room) return sizes.map(() => Infinity);
  const [own, builtOn] = [sizes.filter((size) => !size.isBuiltOn), sizes.filter((size) => size.isBuiltOn)];
  const least = sum(builtOn, LEAST_BYTES);
  const levels =
    sum(own, LEAST_BYTES) + least > room
      ? [levelOf(sizes, room), levelOf(sizes, room)]
      : [levelOf(own, room - least), levelOf(builtOn, Math.max(least, room - sum(own)))];
  return sizes.map(({ isBuiltOn }) => levels[isBuiltOn ? 1 : 0] ?? Infinity);
}

/** What each may keep where those with less than that keep all. */
function levelOf(sizes: readonly Size[], room: number): number {
  let left = Math.max(0, room);
  const ascending = sizes.map(({ bytes }) => bytes).toSorted((one, other) => one - other);
  for (const [index, bytes] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (bytes > share) return Math.floor(share);
    left -= bytes;
  }
  return Infinity;
}

/** So much more than it may keep has to be read of a text, for its cut to be found. */
export function readFor(bytes: number): number {
  return bytes + CITATION_CHARACTERS;
}

/** Its beginning, in at most so many bytes with what is said behind it; undefined: all of it fits. */
export function beginningWithin(text: string, bytes: number, noteBytes = 0): string | undefined {
  if (Buffer.byteLength(text) <= bytes) return undefined;
  const whole = Buffer.from(text);
  let end = Math.floor(Math.max(bytes / 2, bytes - noteBytes));
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  const most = whole.subarray(0, end).toString().length;
  return text.slice(0, breakBefore(text, most));
}

/** Where a text is best cut at or before `most` characters: above 0 wherever `most` is. */
export function breakBefore(text: string, most: number): number {
  const at = outsideCitation(text, endBefore(text, most));
  return at > 0 ? at : Math.max(1, characterBefore(text, most));
}

function endBefore(text: string, most: number): number {
  for (const [end, share] of ENDS) {
    const from = Math.floor(most * share);
    const last = [...text.slice(from, most).matchAll(end)].at(-1);
    if (last !== undefined) return from + last.index + last[0].length;
  }
  return characterBefore(text, most);
}

/** Never half of a surrogate pair. */
function characterBefore(text: string, at: number): number {
  return /[\uDC00-\uDFFF]/.test(text.charAt(at)) ? at - 1 : at;
}

function outsideCitation(text: string, at: number): number {
  const from = Math.max(0, at - CITATION_CHARACTERS);
  const around = findCitations(text.slice(from, at + CITATION_CHARACTERS));
  const within = around.find((citation) => from + citation.from < at && from + citation.to > at);
  return within === undefined ? at : from + within.from;
}
