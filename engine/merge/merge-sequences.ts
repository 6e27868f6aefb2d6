/**
 * Three-way merge of sequences (diff3): lines of a text, items of an array. It says which ranges are taken from which side and where
 * both changed the same; what the ranges hold is the caller's.
 *
 * 1. A range that one side alone changed is taken from that side; the same change on both sides is no conflict. Changes that touch,
 *    with no unchanged element between them, are one place, as in git.
 * 2. Exchanging committed and incoming exchanges the two in the result, and nothing else.
 * 3. The cost is bounded: `node-diff3` compares in quadratic time and sees short stretches alone. Longer ones are cut at anchors,
 *    elements that occur once in all three (patience diff); a long stretch without any is compared by its ends.
 *
 * Sources: S. Khanna, K. Kunal, B. C. Pierce, "A Formal Investigation of Diff3", FSTTCS 2007; B. Cohen, patience diff. Pure.
 */
import { diff3MergeRegions } from "node-diff3";
import { type Anchor, anchorsOf } from "./anchors.ts";

/** From `start` up to `end`, without it. */
export interface Span {
  start: number;
  end: number;
}

export interface Sides<T> {
  base: T;
  committed: T;
  incoming: T;
}

export type Piece = { kind: "taken"; from: keyof Sides<unknown>; span: Span } | ({ kind: "conflict" } & Sides<Span>);

/** Comparisons, about: up to here `node-diff3` sees the whole stretch at once, so that usual texts are merged by it alone. */
const SHORT = 1_000_000;
/** Without anchors it sees stretches up to this size, some tenths of a second; longer ones are compared by their ends. */
const LONGEST = 25_000_000;

/** Pieces in their order; together they are the merged sequence. */
export function mergeSequences(sides: Sides<readonly string[]>): Piece[] {
  const numbered = numberElements(sides);
  const whole = {
    base: spanOf(numbered.base),
    committed: spanOf(numbered.committed),
    incoming: spanOf(numbered.incoming),
  };
  const pieces: Piece[] = [];
  mergeStretch(numbered, whole, pieces);
  return pieces;
}

/** Equal elements get equal numbers: they are compared often, and texts are slow to compare. */
function numberElements(sides: Sides<readonly string[]>): Sides<number[]> {
  const numbers = new Map<string, number>();
  const numberOf = (element: string): number => {
    const number = numbers.get(element) ?? numbers.size;
    numbers.set(element, number);
    return number;
  };
  return {
    base: sides.base.map(numberOf),
    committed: sides.committed.map(numberOf),
    incoming: sides.incoming.map(numberOf),
  };
}

function spanOf(elements: readonly number[]): Span {
  return { start: 0, end: elements.length };
}

function lengthOf(span: Span): number {
  return span.end - span.start;
}

/** The common ends are unchanged; between them the shortest way that is good enough. */
function mergeStretch(all: Sides<number[]>, stretch: Sides<Span>, pieces: Piece[]): void {
  const inner = withoutCommonEnds(all, stretch);
  take(pieces, "base", { start: stretch.base.start, end: inner.base.start });
  mergeInner(all, inner, pieces);
  take(pieces, "base", { start: inner.base.end, end: stretch.base.end });
}

function mergeInner(all: Sides<number[]>, inner: Sides<Span>, pieces: Piece[]): void {
  const { base, committed, incoming } = inner;
  if (isSame(all.base, base, all.committed, committed)) return take(pieces, "incoming", incoming);
  if (isSame(all.base, base, all.incoming, incoming)) return take(pieces, "committed", committed);
  if (isSame(all.committed, committed, all.incoming, incoming)) return take(pieces, "committed", committed);
  const cost = (lengthOf(base) + 1) * (lengthOf(committed) + lengthOf(incoming));
  if (cost <= SHORT) return mergeShort(all, inner, pieces);
  const anchors = anchorsOf(all, inner);
  if (anchors.length > 0) return mergeBetween(all, inner, { anchors, pieces });
  if (cost <= LONGEST) mergeShort(all, inner, pieces);
  else mergeByEnds(all, inner, pieces);
}

/** Each anchor is unchanged, so that the stretches around it are merged apart from each other. */
function mergeBetween(all: Sides<number[]>, inner: Sides<Span>, found: { anchors: Anchor[]; pieces: Piece[] }): void {
  let { base, committed, incoming } = inner;
  for (const anchor of found.anchors) {
    const before = {
      base: { start: base.start, end: anchor.base },
      committed: { start: committed.start, end: anchor.committed },
      incoming: { start: incoming.start, end: anchor.incoming },
    };
    mergeStretch(all, before, found.pieces);
    take(found.pieces, "base", { start: anchor.base, end: anchor.base + 1 });
    base = { start: anchor.base + 1, end: base.end };
    committed = { start: anchor.committed + 1, end: committed.end };
    incoming = { start: anchor.incoming + 1, end: incoming.end };
  }
  mergeStretch(all, { base, committed, incoming }, found.pieces);
}

/** The library's regions, moved to where the stretch begins. */
function mergeShort(all: Sides<number[]>, inner: Sides<Span>, pieces: Piece[]): void {
  const [a, o, b] = [
    slice(all.committed, inner.committed),
    slice(all.base, inner.base),
    slice(all.incoming, inner.incoming),
  ];
  const sideOf = { a: "committed", o: "base", b: "incoming" } as const;
  for (const region of diff3MergeRegions(a, o, b)) {
    if (region.stable) {
      const from = sideOf[region.buffer];
      take(pieces, from, moved(inner[from], region.bufferStart, region.bufferLength));
    } else {
      addConflict(all, pieces, {
        base: moved(inner.base, region.oStart, region.oLength),
        committed: moved(inner.committed, region.aStart, region.aLength),
        incoming: moved(inner.incoming, region.bStart, region.bLength),
      });
    }
  }
}

function moved(within: Span, start: number, length: number): Span {
  return { start: within.start + start, end: within.start + start + length };
}

function slice(elements: readonly number[], span: Span): number[] {
  return elements.slice(span.start, span.end);
}

/** Each side's change as one range from its first to its last difference: coarse, but never wrong, and linear. */
function mergeByEnds(all: Sides<number[]>, inner: Sides<Span>, pieces: Piece[]): void {
  const byCommitted = changedRange(all, inner, "committed");
  const byIncoming = changedRange(all, inner, "incoming");
  const isCommittedFirst = byCommitted.base.end < byIncoming.base.start;
  if (!isCommittedFirst && byIncoming.base.end >= byCommitted.base.start) return addConflict(all, pieces, inner);
  const [first, second] = isCommittedFirst ? [byCommitted, byIncoming] : [byIncoming, byCommitted];
  take(pieces, "base", { start: inner.base.start, end: first.base.start });
  take(pieces, first.from, first.span);
  take(pieces, "base", { start: first.base.end, end: second.base.start });
  take(pieces, second.from, second.span);
  take(pieces, "base", { start: second.base.end, end: inner.base.end });
}

function changedRange(
  all: Sides<number[]>,
  inner: Sides<Span>,
  from: "committed" | "incoming",
): { from: "committed" | "incoming"; base: Span; span: Span } {
  const pair = { base: inner.base, committed: inner[from], incoming: inner[from] };
  const changed = withoutCommonEnds({ base: all.base, committed: all[from], incoming: all[from] }, pair);
  return { from, base: changed.base, span: changed.committed };
}

function withoutCommonEnds(all: Sides<number[]>, stretch: Sides<Span>): Sides<Span> {
  const { base, committed, incoming } = stretch;
  const most = Math.min(lengthOf(base), lengthOf(committed), lengthOf(incoming));
  let head = 0;
  const isCommon = (atBase: number, atCommitted: number, atIncoming: number): boolean =>
    all.base[atBase] === all.committed[atCommitted] && all.base[atBase] === all.incoming[atIncoming];
  while (head < most && isCommon(base.start + head, committed.start + head, incoming.start + head)) head += 1;
  let tail = 0;
  while (head + tail < most && isCommon(base.end - tail - 1, committed.end - tail - 1, incoming.end - tail - 1))
    tail += 1;
  const cut = (span: Span): Span => ({ start: span.start + head, end: span.end - tail });
  return { base: cut(base), committed: cut(committed), incoming: cut(incoming) };
}

function isSame(one: readonly number[], span: Span, other: readonly number[], otherSpan: Span): boolean {
  if (lengthOf(span) !== lengthOf(otherSpan)) return false;
  for (let index = 0; index < lengthOf(span); index += 1) {
    if (one[span.start + index] !== other[otherSpan.start + index]) return false;
  }
  return true;
}

/** Both sides may say the same: then it is no conflict. */
function addConflict(all: Sides<number[]>, pieces: Piece[], spans: Sides<Span>): void {
  if (isSame(all.committed, spans.committed, all.incoming, spans.incoming)) take(pieces, "committed", spans.committed);
  else pieces.push({ kind: "conflict", ...spans });
}

function take(pieces: Piece[], from: keyof Sides<unknown>, span: Span): void {
  if (span.end > span.start) pieces.push({ kind: "taken", from, span });
}
