/**
 * How anything is waited for: something that comes, a signal that ends the wait, one's turn. No wait leaves a listener behind, and none
 * keeps a process alive.
 */

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts; leaves no listener behind. */
export async function until<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    // Nobody waits for it any more: its failure must not bring the process down.
    promise.catch(() => undefined);
    throw signal.reason;
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const release = onAbort(signal, () => reject(signal.reason));
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    release();
  }
}

/** Waits for something that any of `stops` ends: the wait is told by one signal, and rejects with the reason of the first. */
export async function stoppable<T>(
  stops: readonly AbortSignal[],
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { controller, release } = joined(stops);
  try {
    controller.signal.throwIfAborted();
    return await wait(controller.signal);
  } finally {
    release();
  }
}

/** Aborts with the first of these. By listeners that are taken away: what `AbortSignal.any` leaves with signals that outlive the work is freed much later. */
export function joined(stops: readonly AbortSignal[]): { controller: AbortController; release: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort(stops.find(({ aborted }) => aborted)?.reason);
  const releases = stops.map((one) => onAbort(one, stop));
  if (stops.some(({ aborted }) => aborted)) stop();
  return { controller, release: () => releases.forEach((release) => release()) };
}

/** Who waits for the abort of a signal, and the one listener that tells them. */
const waiting = new WeakMap<AbortSignal, { waiters: Set<() => void>; tellAll: () => void }>();

/**
 * One listener a signal, however many wait for it: an EventTarget goes through all that it has for each that comes or goes, and what
 * stops a run has hundreds. Returns the way to stop waiting; the last one takes the listener away.
 */
function onAbort(signal: AbortSignal, stop: () => void): () => void {
  const { waiters, tellAll } = waiting.get(signal) ?? listening(signal);
  waiters.add(stop);
  return () => {
    waiters.delete(stop);
    if (waiters.size > 0 || waiting.get(signal)?.waiters !== waiters) return;
    waiting.delete(signal);
    signal.removeEventListener("abort", tellAll);
  };
}

function listening(signal: AbortSignal): { waiters: Set<() => void>; tellAll: () => void } {
  const waiters = new Set<() => void>();
  const tellAll = (): void => waiters.forEach((waiter) => waiter());
  signal.addEventListener("abort", tellAll, { once: true });
  waiting.set(signal, { waiters, tellAll });
  return { waiters, tellAll };
}

/** A signal that may be absent, for a list of them. */
export function given(signal: AbortSignal | undefined): AbortSignal[] {
  return signal === undefined ? [] : [signal];
}

/** Work of one key is done one after the other, that of different keys side by side. What fails holds nobody up. */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Settles as the work does, which begins once all that was added under this key before it has ended. */
  async add<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const mine = (this.#last.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
    this.#last.set(key, mine);
    return mine.finally(() => this.#last.get(key) === mine && this.#last.delete(key));
  }
}
