/**
 * Anchors of a three-way comparison: elements that occur exactly once in each of the three and stand in the same order in all, as in
 * patience diff. Where none occurs once, elements with those that follow them are tried: two together, four, up to `LONGEST_RUN`.
 * Committed and incoming are treated alike: what is in the longest common order of base and committed, and in that of base and
 * incoming. O(n log n). Pure.
 */
import { mapSides, type Sides, type Span } from "./sides.ts";

/** Where the element stands in each. */
export type Anchor = Sides<number>;

/** Longer ones would seldom be free of changes. */
const LONGEST_RUN = 64;
/** Two numbers below it make one that a double holds exactly. */
const MOST_NUMBERS = 2 ** 26;

export function anchorsOf(all: Sides<readonly number[]>, within: Sides<Span>): Anchor[] {
  let runs = mapSides(within, ({ start, end }, side) => all[side].slice(start, end));
  for (let length = 1; length <= LONGEST_RUN; length *= 2) {
    const anchors = uniqueInOrder(runs);
    if (anchors.length > 0)
      return anchors.map((anchor) => mapSides(anchor, (place, side) => within[side].start + place));
    runs = pairRuns(runs, length);
  }
  return [];
}

/** From the numbers of runs of a length to those of twice the length; equal runs get equal numbers. */
function pairRuns(runs: Sides<number[]>, length: number): Sides<number[]> {
  const numbers = new Map<number, number>();
  return mapSides(runs, (side) => {
    const paired: number[] = [];
    for (let at = 0; at + length < side.length; at += 1) {
      const both = (side[at] ?? 0) * MOST_NUMBERS + (side[at + length] ?? 0);
      const number = numbers.get(both) ?? numbers.size;
      numbers.set(both, number);
      paired.push(number);
    }
    return paired;
  });
}

function uniqueInOrder(runs: Sides<readonly number[]>): Anchor[] {
  const { base: places, committed, incoming } = mapSides(runs, placesOfUnique);
  const candidates: Anchor[] = [];
  for (const [element, base] of places) {
    const anchor = { base, committed: committed.get(element) ?? -1, incoming: incoming.get(element) ?? -1 };
    if (base >= 0 && anchor.committed >= 0 && anchor.incoming >= 0) candidates.push(anchor);
  }
  const inOrder = longestIncreasing(candidates.map((anchor) => anchor.committed));
  const alsoInOrder = longestIncreasing(candidates.map((anchor) => anchor.incoming));
  return candidates.filter((_anchor, index) => inOrder.has(index) && alsoInOrder.has(index));
}

/** In the order of their first places; -1 for what occurs again. */
function placesOfUnique(elements: readonly number[]): Map<number, number> {
  const places = new Map<number, number>();
  for (const [at, element] of elements.entries()) places.set(element, places.has(element) ? -1 : at);
  return places;
}

/** The indices of a longest increasing subsequence, by patience sorting; the values differ from each other. */
function longestIncreasing(values: readonly number[]): Set<number> {
  const topOfPile: number[] = [];
  const before: number[] = [];
  for (const [index, value] of values.entries()) {
    const pile = firstPileAbove(topOfPile, values, value);
    before.push(topOfPile[pile - 1] ?? -1);
    topOfPile[pile] = index;
  }
  const chosen = new Set<number>();
  for (let index = topOfPile.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) chosen.add(index);
  return chosen;
}

function firstPileAbove(tops: readonly number[], values: readonly number[], value: number): number {
  let [low, high] = [0, tops.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[tops[middle] ?? -1] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
