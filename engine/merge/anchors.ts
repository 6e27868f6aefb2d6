/**
 * Anchors of a three-way comparison: elements that occur exactly once in each of the three and stand in the same order in all, as in
 * patience diff. Committed and incoming are treated alike: what is in the longest common order of base and committed, and in that of
 * base and incoming. O(n log n). Pure.
 */
import type { Sides, Span } from "./sides.ts";

/** Where the element stands in each. */
export type Anchor = Sides<number>;

export function anchorsOf(all: Sides<readonly number[]>, within: Sides<Span>): Anchor[] {
  const committed = placesOfUnique(all.committed, within.committed);
  const incoming = placesOfUnique(all.incoming, within.incoming);
  const candidates: Anchor[] = [];
  for (const [element, base] of placesOfUnique(all.base, within.base)) {
    const [inCommitted, inIncoming] = [committed.get(element) ?? -1, incoming.get(element) ?? -1];
    if (base >= 0 && inCommitted >= 0 && inIncoming >= 0)
      candidates.push({ base, committed: inCommitted, incoming: inIncoming });
  }
  const inOrder = longestIncreasing(candidates.map((anchor) => anchor.committed));
  const alsoInOrder = longestIncreasing(candidates.map((anchor) => anchor.incoming));
  return candidates.filter((_anchor, index) => inOrder.has(index) && alsoInOrder.has(index));
}

/** In the order of their first places; -1 for what occurs again. */
function placesOfUnique(elements: readonly number[], span: Span): Map<number, number> {
  const places = new Map<number, number>();
  for (let at = span.start; at < span.end; at += 1) {
    const element = elements[at] as number;
    places.set(element, places.has(element) ? -1 : at);
  }
  return places;
}

/** The indices of a longest increasing subsequence, by patience sorting; the values differ from each other. */
function longestIncreasing(values: readonly number[]): Set<number> {
  const topOfPile: number[] = [];
  const before: number[] = [];
  for (const [index, value] of values.entries()) {
    const pile = firstPileAbove(topOfPile, values, value);
    before.push(pile > 0 ? (topOfPile[pile - 1] as number) : -1);
    topOfPile[pile] = index;
  }
  const chosen = new Set<number>();
  for (let index = topOfPile.at(-1) ?? -1; index >= 0; index = before[index] as number) chosen.add(index);
  return chosen;
}

function firstPileAbove(tops: readonly number[], values: readonly number[], value: number): number {
  let [low, high] = [0, tops.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[tops[middle] as number] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
