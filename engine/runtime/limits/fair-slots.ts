/**
 * A counting semaphore over a fair queue: model slots, shared by all runs that use an endpoint. No clock.
 *
 * 1. At most `capacity` slots are held, except after the capacity was lowered: then none is given until enough came back.
 * 2. A waiter that aborts leaves no trace and takes no slot.
 * 3. Whoever is next is asked of `mayGo`; where it says no, nobody overtakes until `serve` is called again.
 */
import { FairQueue, type Asking } from "./fair-queue.ts";

interface Waiter<A> {
  asking: A;
  serve: () => void;
}

export class FairSlots<A extends Asking> {
  readonly #queue = new FairQueue<Waiter<A>>();
  readonly #mayGo: (asking: A) => boolean;
  readonly #onGrant: (asking: A) => void;
  #capacity: number;
  #held = 0;

  /** `onGrant` is told of each slot at the moment in which it is given. */
  constructor(capacity: number, mayGo: (asking: A) => boolean, onGrant: (asking: A) => void) {
    this.#capacity = capacity;
    this.#mayGo = mayGo;
    this.#onGrant = onGrant;
  }

  get held(): number {
    return this.#held;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Resolves with the slot held; rejects with the signal's reason if that comes first. */
  acquire(asking: A, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(asError(signal.reason));
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        leave();
        reject(asError(signal.reason));
        // It may have been the one that kept the others waiting.
        this.serve();
      };
      const serve = (): void => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const leave = this.#queue.add(asking, { asking, serve });
      signal.addEventListener("abort", abort, { once: true });
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

  /** Who would be given the next free slot. */
  next(): A | undefined {
    return this.#held < this.#capacity ? this.#queue.peek()?.asking : undefined;
  }

  serve(): void {
    for (let next = this.next(); next !== undefined && this.#mayGo(next); next = this.next()) {
      const waiter = this.#queue.take() as Waiter<A>;
      this.#held += 1;
      this.#onGrant(waiter.asking);
      waiter.serve();
    }
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new DOMException("The wait was aborted", "AbortError");
}
