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
        end();
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const end = after(ms, wake);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Node takes a longer time than this for one millisecond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Acts once, however late. Returns the way to stop it. `isIdle`: it keeps no process alive. */
export function after(ms: number, act: () => void, { isIdle = false } = {}): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const now = Math.min(left, LONGEST_TIMER_MS);
    timer = setTimeout(() => (left > now ? wait(left - now) : act()), Math.max(0, now));
    if (isIdle) timer.unref();
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** Holds the whole thread: where a file is waited for that only synchronous calls reach. */
export function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
