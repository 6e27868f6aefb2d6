/**
 * A counting semaphore whose waiters are served by priority, fairly between runs: the calls of an endpoint, and the lanes that work
 * at once. It has no clock.
 *
 * 1. At most `capacity` slots are held, except after the capacity was lowered: then none is given until enough came back.
 * 2. A waiter that aborts leaves no trace and takes no slot.
 * 3. Urgent waiters (the coordinators) go first; among them, as among the rest, the runs take turns; within a run the higher
 *    priority goes first, then who came first.
 * 4. Nobody starves: one slot in `oneByAge` goes to whoever has waited longest.
 * 5. Whoever is next may have to wait for something else than a slot: nobody overtakes, until `serve` is called again.
 */
export interface Asking {
  /** Whose turn it is when runs share the slots. */
  run: string;
  priority: number;
  /** Before everybody who is not. */
  isUrgent: boolean;
}

export interface Serving<A> {
  /** Infinity: strictly by priority. */
  oneByAge?: number;
  /** How long whoever is next must wait with a slot free; 0: not at all. */
  waitMs?: (asking: A) => number;
  /** Told of that time whenever something has changed; undefined: nobody waits for it. */
  onWait?: (ms: number | undefined) => void;
  /** Told of each slot at the moment in which it is given. */
  onGrant?: (asking: A) => void;
}

export const ONE_BY_AGE = 8;

interface Waiter<A> {
  asking: A;
  grant: () => void;
}

export class Semaphore<A extends Asking = Asking> {
  readonly #serving: Required<Serving<A>>;
  #capacity: number;
  #held = 0;
  /** In the order of their arrival. */
  readonly #waiting: Waiter<A>[] = [];
  /** Kept until somebody comes or goes. */
  #next: Waiter<A> | undefined;
  #granted = 0;
  /** When a run that waits was last served, or came: in slots given. */
  readonly #servedAt = new Map<string, number>();

  constructor(capacity: number, serving: Serving<A> = {}) {
    const { oneByAge = ONE_BY_AGE, waitMs = () => 0, onWait = () => undefined, onGrant = () => undefined } = serving;
    this.#capacity = capacity;
    this.#serving = { oneByAge, waitMs, onWait, onGrant };
  }

  get held(): number {
    return this.#held;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with the slot held; rejects with the signal's reason if that comes first. */
  acquire(asking: A, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(asError(signal.reason));
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#remove(waiter);
        reject(asError(signal?.reason));
        // It may have been the one that kept the others waiting.
        this.serve();
      };
      const grant = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const waiter = { asking, grant };
      signal?.addEventListener("abort", abort, { once: true });
      this.#add(waiter);
      this.serve();
    });
  }

  release(): void {
    this.#held -= 1;
    this.serve();
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.serve();
  }

  serve(): void {
    let waitMs: number | undefined;
    while (this.#held < this.#capacity && this.#waiting.length > 0) {
      const waiter = (this.#next ??= this.#choose());
      waitMs = this.#serving.waitMs(waiter.asking);
      if (waitMs > 0) break;
      waitMs = undefined;
      this.#grant(waiter);
    }
    this.#serving.onWait(waitMs);
  }

  #grant(waiter: Waiter<A>): void {
    this.#held += 1;
    this.#granted += 1;
    this.#servedAt.set(waiter.asking.run, this.#granted);
    this.#remove(waiter);
    this.#serving.onGrant(waiter.asking);
    waiter.grant();
  }

  #add(waiter: Waiter<A>): void {
    const { run } = waiter.asking;
    if (!this.#servedAt.has(run)) this.#servedAt.set(run, this.#granted);
    this.#waiting.push(waiter);
    this.#next = undefined;
  }

  #remove(waiter: Waiter<A>): void {
    const { run } = waiter.asking;
    this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
    if (!this.#waiting.some(({ asking }) => asking.run === run)) this.#servedAt.delete(run);
    this.#next = undefined;
  }

  #choose(): Waiter<A> {
    const { oneByAge } = this.#serving;
    const isByAge = this.#granted % oneByAge === oneByAge - 1;
    return this.#waiting.reduce((best, other) =>
      !isByAge && this.#isBefore(other.asking, best.asking) ? other : best,
    );
  }

  #isBefore(one: A, other: A): boolean {
    if (one.isUrgent !== other.isUrgent) return one.isUrgent;
    const { run } = one;
    const sooner = run === other.run ? 0 : (this.#servedAt.get(run) ?? 0) - (this.#servedAt.get(other.run) ?? 0);
    return sooner === 0 ? one.priority > other.priority : sooner < 0;
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new DOMException("The wait was aborted", "AbortError");
}
