/**
 * Three-way merge of sequences (diff3): lines of a text, items of an array. It says which ranges are taken from which side and where
 * both changed the same; what the ranges hold is the caller's.
 *
 * 1. A range that one side alone changed is taken from that side; the same change on both sides is no conflict. Changes that touch,
 *    with no unchanged element between them, are one place, as in git.
 * 2. Exchanging committed and incoming exchanges the two in the result, and nothing else.
 * 3. The cost is bounded: `node-diff3` compares in quadratic time and is shown short stretches alone. Longer ones are cut at anchors,
 *    elements or runs of them that occur once in all three (patience diff); what has none and is too long, or comes after too many
 *    comparisons, is compared by its ends: coarser, so that changes may conflict that a finer look would tell apart, never wrong.
 *
 * Sources: S. Khanna, K. Kunal, B. C. Pierce, "A Formal Investigation of Diff3", FSTTCS 2007; B. Cohen, patience diff. Pure.
 */
import { diff3MergeRegions } from "node-diff3";
import { mapSides, type BothWays, type RegionList, type Side, type Sides, type Span } from "./sides.ts";

type Piece = { from: Side; span: Span } | { from: "both"; spans: Sides<Span> };

/** Comparisons, about: up to here `node-diff3` sees the whole stretch at once, so that usual texts are merged by it alone. */
const SHORT = 1_000_000;
/** The most comparisons of one stretch that has no anchors. */
const LONGEST = 25_000_000;
/** The most of all such stretches together: about a second. */
const MOST_COMPARED = 200_000_000;
/** Anchors within stretches between anchors. Texts take two or three levels; one made for it could take as many as it has lines. */
const DEEPEST = 10;

interface Elements<T> {
  /** Elements with the same key are the same. */
  keyOf: (element: T) => string;
  /** What conflicts, as it is shown, and where it stands in the base. */
  shown: (elements: T[]) => string;
  nameOf: (base: Span) => string;
  regions: RegionList;
}

export function mergeElements<T>(sides: Sides<readonly T[]>, facts: Elements<T>): BothWays<T[]> {
  const merge = new SequenceMerge(numberElements(sides, facts.keyOf));
  merge.stretch(
    mapSides(sides, ({ length }) => ({ start: 0, end: length })),
    0,
  );
  const elements = (side: Side, { start, end }: Span): T[] => sides[side].slice(start, end);
  const { nameOf, shown, regions } = facts;
  for (const piece of merge.pieces)
    if (piece.from === "both")
      regions.add(nameOf(piece.spans.base), piece.spans, (span, side) => shown(elements(side, span)));
  const merged = (first: Side): T[] =>
    merge.pieces.flatMap((piece) =>
      piece.from === "both" ? elements(first, piece.spans[first]) : elements(piece.from, piece.span),
    );
  return { committedFirst: merged("committed"), incomingFirst: merged("incoming") };
}

/** Equal elements get equal numbers: they are compared often, and texts are slow to compare. */
function numberElements<T>(sides: Sides<readonly T[]>, keyOf: (element: T) => string): Sides<number[]> {
  const numbers = new Map<string, number>();
  return mapSides(sides, (elements) =>
    elements.map((element) => {
      const key = keyOf(element);
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      return number;
    }),
  );
}

class SequenceMerge {
  readonly pieces: Piece[] = [];
  readonly #all: Sides<number[]>;
  #compared = 0;

  constructor(all: Sides<number[]>) {
    this.#all = all;
  }

  /** The common ends are unchanged; between them the shortest way that is good enough. */
  stretch(stretch: Sides<Span>, depth: number): void {
    const inner = withoutCommonEnds(this.#all, stretch);
    this.#take("base", { start: stretch.base.start, end: inner.base.start });
    this.#inner(inner, depth);
    this.#take("base", { start: inner.base.end, end: stretch.base.end });
  }

  #inner(inner: Sides<Span>, depth: number): void {
    if (this.#isSame(inner, "base", "committed")) return this.#take("incoming", inner.incoming);
    if (this.#isSame(inner, "base", "incoming")) return this.#take("committed", inner.committed);
    const cost = (lengthOf(inner.base) + 1) * (lengthOf(inner.committed) + lengthOf(inner.incoming));
    const isAffordable = cost <= LONGEST && this.#compared + cost <= MOST_COMPARED;
    if (isAffordable && cost <= SHORT) return this.#short(inner, cost);
    const anchors = depth < DEEPEST ? anchorsOf(this.#all, inner) : [];
    if (anchors.length > 0) return this.#between(inner, anchors, depth + 1);
    if (isAffordable) this.#short(inner, cost);
    else this.#byEnds(inner);
  }

  /** Each anchor is unchanged, so that the stretches around it are merged apart from each other. */
  #between(inner: Sides<Span>, anchors: readonly Anchor[], depth: number): void {
    let rest = inner;
    for (const anchor of anchors) {
      this.stretch(
        mapSides(rest, ({ start }, side) => ({ start, end: anchor[side] })),
        depth,
      );
      this.#take("base", { start: anchor.base, end: anchor.base + 1 });
      rest = mapSides(rest, ({ end }, side) => ({ start: anchor[side] + 1, end }));
    }
    this.stretch(rest, depth);
  }

  /** The library's regions, moved to where the stretch begins. */
  #short(inner: Sides<Span>, cost: number): void {
    this.#compared += cost;
    const elements = mapSides(inner, ({ start, end }, side) => this.#all[side].slice(start, end));
    const sideOf = { a: "committed", o: "base", b: "incoming" } as const;
    for (const region of diff3MergeRegions(elements.committed, elements.base, elements.incoming)) {
      if (region.stable) {
        const from = sideOf[region.buffer];
        this.#take(from, moved(inner[from], region.bufferStart, region.bufferLength));
      } else {
        this.#bothChanged({
          base: moved(inner.base, region.oStart, region.oLength),
          committed: moved(inner.committed, region.aStart, region.aLength),
          incoming: moved(inner.incoming, region.bStart, region.bLength),
        });
      }
    }
  }

  /** Each side's change as one range from its first to its last difference: linear. */
  #byEnds(inner: Sides<Span>): void {
    const committed = this.#changedRange(inner, "committed");
    const incoming = this.#changedRange(inner, "incoming");
    const isCommittedBefore = committed.base.end < incoming.base.start;
    if (!isCommittedBefore && incoming.base.end >= committed.base.start) return this.#bothChanged(inner);
    const [first, second] = isCommittedBefore ? [committed, incoming] : [incoming, committed];
    this.#take("base", { start: inner.base.start, end: first.base.start });
    this.#take(first.from, first.span);
    this.#take("base", { start: first.base.end, end: second.base.start });
    this.#take(second.from, second.span);
    this.#take("base", { start: second.base.end, end: inner.base.end });
  }

  #changedRange(inner: Sides<Span>, from: "committed" | "incoming"): { from: typeof from; base: Span; span: Span } {
    const elements = { base: this.#all.base, committed: this.#all[from], incoming: this.#all[from] };
    const pair = { base: inner.base, committed: inner[from], incoming: inner[from] };
    const changed = withoutCommonEnds(elements, pair);
    return { from, base: changed.base, span: changed.committed };
  }

  /** Both may have changed it to the same: then it is no conflict. */
  #bothChanged(spans: Sides<Span>): void {
    if (this.#isSame(spans, "committed", "incoming")) this.#take("committed", spans.committed);
    else this.pieces.push({ from: "both", spans });
  }

  #isSame(spans: Sides<Span>, one: Side, other: Side): boolean {
    const [span, otherSpan] = [spans[one], spans[other]];
    if (lengthOf(span) !== lengthOf(otherSpan)) return false;
    for (let index = 0; index < lengthOf(span); index += 1) {
      if (this.#all[one][span.start + index] !== this.#all[other][otherSpan.start + index]) return false;
    }
    return true;
  }

  #take(from: Side, span: Span): void {
    if (span.end > span.start) this.pieces.push({ from, span });
  }
}

function lengthOf(span: Span): number {
  return span.end - span.start;
}

function moved(within: Span, start: number, length: number): Span {
  return { start: within.start + start, end: within.start + start + length };
}

function withoutCommonEnds(all: Sides<number[]>, spans: Sides<Span>): Sides<Span> {
  const { base, committed, incoming } = spans;
  const most = Math.min(lengthOf(base), lengthOf(committed), lengthOf(incoming));
  const isCommon = (inBase: number, inCommitted: number, inIncoming: number): boolean =>
    all.base[inBase] === all.committed[inCommitted] && all.base[inBase] === all.incoming[inIncoming];
  let head = 0;
  while (head < most && isCommon(base.start + head, committed.start + head, incoming.start + head)) head += 1;
  let tail = 1;
  while (head + tail <= most && isCommon(base.end - tail, committed.end - tail, incoming.end - tail)) tail += 1;
  return mapSides(spans, ({ start, end }) => ({ start: start + head, end: end - tail + 1 }));
}

/** Where the element stands in each. */
type Anchor = Sides<number>;

/** Longer ones would seldom be free of changes. */
const LONGEST_RUN = 64;
/** Two numbers below it make one that a double holds exactly. */
const MOST_NUMBERS = 2 ** 26;

/**
 * Anchors of a three-way comparison: elements that occur exactly once in each of the three and stand in the same order in all, as in
 * patience diff. Where none occurs once, elements with those that follow them are tried: two together, four, up to `LONGEST_RUN`.
 * Committed and incoming are treated alike: what is in the longest common order of base and committed, and in that of base and
 * incoming. O(n log n). Pure.
 */
function anchorsOf(all: Sides<readonly number[]>, within: Sides<Span>): Anchor[] {
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
