/** Time that a test moves by hand: sleepers wake in the order of their times, each before the next. */
import type { Clock } from "../../../../../engine/ports/clock.ts";

interface Sleeper {
  at: number;
  wake: () => void;
}

export class HandClock implements Clock {
  #now = 1_000_000;
  /** Who wakes next comes first. */
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  /** Sleepers whose time has not come. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const sleeper = { at: this.#now + ms, wake: resolve };
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason as Error);
      });
      const after = this.#sleepers.findLastIndex(({ at }) => at <= sleeper.at);
      this.#sleepers.splice(after + 1, 0, sleeper);
    });
  }

  /** Moves on by `ms`; whoever wakes has done what he does next before time goes on. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const [next] = this.#sleepers;
      if (next === undefined || next.at > end) break;
      this.#sleepers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}

/** All promises that wait for no time have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
