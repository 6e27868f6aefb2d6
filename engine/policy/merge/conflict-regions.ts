/**
 * The places of a conflict as people and models see them: bounded, so that a conflict record stays small however large the contents
 * are. The whole contents lie on the board. Pure.
 */
import type { ConflictRegion } from "../../../state/artifact.ts";

const MOST_REGIONS = 50;
const LONGEST_TEXT = 2000;

/** Collects regions; beyond the most it only counts. */
export class RegionList {
  readonly #regions: ConflictRegion[] = [];
  #more = 0;

  /** `make` is called only where the region is kept. */
  add(make: () => ConflictRegion): void {
    if (this.#regions.length >= MOST_REGIONS) {
      this.#more += 1;
      return;
    }
    const { at, base, committed, incoming } = make();
    this.#regions.push({ at: cut(at), base: cut(base), committed: cut(committed), incoming: cut(incoming) });
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
