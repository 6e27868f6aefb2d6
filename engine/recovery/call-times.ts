/**
 * How long model calls take, by agent: what a straggler is measured against. Keeps the newest durations of each group.
 */
import type { Detection } from "../../state/recovery-policy.ts";

/** Durations kept of a group. */
const KEPT = 200;

export class CallTimes {
  readonly #durations = new Map<string, number[]>();
  #calls = 0;
  #extra = 0;

  /** Counts a call that ended with a reply. */
  record(group: string, ms: number): void {
    const durations = this.#durations.get(group) ?? [];
    durations.push(ms);
    if (durations.length > KEPT) durations.shift();
    this.#durations.set(group, durations);
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
    const durations = this.#durations.get(group);
    if (durations === undefined || durations.length < limits.leastCalls) return undefined;
    const medianMs = durations.toSorted((one, other) => one - other)[durations.length >> 1] as number;
    return { afterMs: Math.max(limits.leastMs, medianMs * limits.factor), medianMs, calls: durations.length };
  }
}
