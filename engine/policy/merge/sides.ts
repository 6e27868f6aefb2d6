/** The three of a three-way merge, and the places where the two that changed clash. Pure. */
import type { ConflictRegion } from "../../../state/artifact.ts";

export interface Sides<T> {
  base: T;
  committed: T;
  incoming: T;
}
export type Side = keyof Sides<unknown>;

export function mapSides<T, R>(sides: Sides<T>, of: (value: T, side: Side) => R): Sides<R> {
  return {
    base: of(sides.base, "base"),
    committed: of(sides.committed, "committed"),
    incoming: of(sides.incoming, "incoming"),
  };
}

/** From `start` up to `end`, without it. */
export interface Span {
  start: number;
  end: number;
}

/** Both have everything merged that can be; in the conflicting places the one side or the other. */
export interface BothWays<T> {
  committedFirst: T;
  incomingFirst: T;
}

const MOST_REGIONS = 50;
const LONGEST_TEXT = 2000;

/**
 * The places of a conflict as people and models see them: bounded, so that a conflict record stays small however large the contents
 * are. Beyond the most it only counts.
 */
export class RegionList {
  readonly #regions: ConflictRegion[] = [];
  #more = 0;

  /** `shown` is called only where the region is kept. */
  add<T>(at: string, sides: Sides<T>, shown: (value: T, side: Side) => string): void {
    if (this.#regions.length >= MOST_REGIONS) this.#more += 1;
    else this.#regions.push({ at: cut(at), ...mapSides(sides, (value, side) => cut(shown(value, side))) });
  }

  get isEmpty(): boolean {
    return this.#regions.length === 0;
  }

  all(): ConflictRegion[] {
    if (this.#more === 0) return [...this.#regions];
    return [...this.#regions, { at: `and ${this.#more} more`, base: "", committed: "", incoming: "" }];
  }
}

/** Never in the middle of a surrogate pair. */
function cut(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  const kept = text.slice(0, LONGEST_TEXT);
  const whole = kept.isWellFormed() ? kept : kept.slice(0, -1);
  return `${whole}… (${text.length - whole.length} more characters)`;
}
