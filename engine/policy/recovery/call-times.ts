/**
 * How long model calls take, by agent: what a straggler is measured against. Keeps the newest durations of each group.
 */
import type { Detection } from "../../../state/recovery-policy.ts";

const KEPT = 200;

/** The same durations twice: as they came, and sorted, since every call asks for their median. */
interface Durations {
  newest: number[];
  sorted: number[];
}

export class CallTimes {
  readonly #durations = new Map<string, Durations>();
  #calls = 0;
  #extra = 0;

  record(group: string, ms: number): void {
    const { newest, sorted } = this.#durations.get(group) ?? { newest: [], sorted: [] };
    this.#durations.set(group, { newest, sorted });
    newest.push(ms);
    sorted.splice(placeOf(ms, sorted), 0, ms);
    if (newest.length > KEPT) sorted.splice(placeOf(newest.shift() ?? ms, sorted), 1);
    this.#calls += 1;
  }

  /** Takes one second attempt out of their allowance; false: it is used up. */
  takeExtra(limits: Detection["straggler"]): boolean {
    if (this.#extra + 1 > Math.max(1, this.#calls * limits.mostExtraCalls)) return false;
    this.#extra += 1;
    return true;
  }

  /** When a call of the group is a straggler, and against what; undefined while too few have ended. */
  threshold(
    group: string,
    limits: Detection["straggler"],
  ): { afterMs: number; medianMs: number; calls: number } | undefined {
    const calls = this.#durations.get(group)?.sorted ?? [];
    const medianMs = calls[calls.length >> 1];
    if (medianMs === undefined || calls.length < limits.leastCalls) return undefined;
    return { afterMs: Math.max(limits.leastMs, medianMs * limits.factor), medianMs, calls: calls.length };
  }
}

/** The first place in ascending numbers before which all are smaller. */
function placeOf(value: number, sorted: readonly number[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
