/**
 * What turns one content into the next, as one replaced range: so 10,000 appends to a large artifact are not 10,000 copies of it.
 *
 * 1. `applyDelta(from, deltaBetween(from, to)) === to`, for any two strings.
 * 2. No half of a surrogate pair is in a delta of well-formed strings: it survives storage as UTF-8.
 *
 * Strings are compared by slices, which the engine does at the speed of memory; a loop over units would take a second for 50 MB. Pure.
 */

import type { Splice } from "../../../state/artifact.ts";

const LARGEST_SLICE = 1 << 16;

/** The common beginning and the common end are left out. */
export function deltaBetween(from: string, to: string): Splice {
  const shorter = Math.min(from.length, to.length);
  let at = longest(shorter, (start, end) => from.slice(start, end) === to.slice(start, end));
  if (at < Math.max(from.length, to.length) && endsInHalf(from, at)) at -= 1;
  let same = longest(
    shorter - at,
    (start, end) => from.slice(from.length - end, from.length - start) === to.slice(to.length - end, to.length - start),
  );
  if (beginsWithHalf(from, from.length - same)) same -= 1;
  return { at, removed: from.length - same - at, inserted: to.slice(at, to.length - same) };
}

export function applyDelta(from: string, { at, removed, inserted }: Splice): string {
  return from.slice(0, at) + inserted + from.slice(at + removed);
}

/** Whether the unit before `at` is the first half of a pair. */
function endsInHalf(text: string, at: number): boolean {
  return at > 0 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}

/** Whether the unit at `at` is the second half of a pair. */
function beginsWithHalf(text: string, at: number): boolean {
  return at < text.length && (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}

/** The greatest length up to which all is the same: whole slices first, then halves of the slice that differs. */
function longest(most: number, isSame: (start: number, end: number) => boolean): number {
  let length = 0;
  for (let step = LARGEST_SLICE; step >= 1; step /= 2) {
    while (length + step <= most && isSame(length, length + step)) length += step;
  }
  return length;
}
