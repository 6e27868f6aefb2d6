/** The machine's clock; where it is set back, time goes on from where it was, so that nothing takes less than no time. */
import type { Clock } from "../../engine/ports/clock.ts";

/** What the machine's clock was ahead of the time since the process began, at most. */
let ahead = -Infinity;

export const SYSTEM_CLOCK: Clock = {
  now: () => {
    const elapsed = performance.now();
    ahead = Math.max(ahead, Date.now() - elapsed);
    return Math.floor(elapsed + ahead);
  },
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Holds the whole thread: where a file is waited for that only synchronous calls reach. */
export function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
