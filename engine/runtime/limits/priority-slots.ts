/**
 * A counting semaphore whose waiters are served by priority, then in the order of their arrival. Holds agent slots (lanes
 * working at once) and model slots (calls in flight). No clock; fair among equals.
 *
 * Invariants:
 * 1. At most `capacity` slots are held, except after the capacity was lowered: then none is given until enough came back.
 * 2. A waiter that aborts leaves no trace and takes no slot.
 */
interface Waiter {
  priority: number;
  order: number;
  serve: () => void;
}

export class PrioritySlots {
  #capacity: number;
  #held = 0;
  #order = 0;
  #waiting: Waiter[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get held(): number {
    return this.#held;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with the slot held; rejects with the signal's reason if that comes first. Higher `priority` goes first. */
  acquire(priority: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(asError(signal.reason));
    if (this.#held < this.#capacity && this.#waiting.length === 0) {
      this.#held += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.#enqueue(priority, signal, resolve, reject));
  }

  release(): void {
    this.#held -= 1;
    this.#serve();
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#serve();
  }

  #enqueue(
    priority: number,
    signal: AbortSignal | undefined,
    resolve: () => void,
    reject: (reason: Error) => void,
  ): void {
    const abort = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      reject(asError(signal?.reason));
    };
    const serve = (): void => {
      signal?.removeEventListener("abort", abort);
      resolve();
    };
    const waiter: Waiter = { priority, order: this.#order++, serve };
    signal?.addEventListener("abort", abort, { once: true });
    this.#waiting.splice(this.#position(waiter), 0, waiter);
  }

  /** Binary search: the queue is sorted, best last, so that serving is a pop. */
  #position(waiter: Waiter): number {
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(waiter, this.#waiting[middle] as Waiter)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #serve(): void {
    while (this.#held < this.#capacity) {
      const next = this.#waiting.pop();
      if (next === undefined) return;
      this.#held += 1;
      next.serve();
    }
  }
}

/** Whether `left` is to be served before `right`. */
function isBefore(left: Waiter, right: Waiter): boolean {
  return left.priority === right.priority ? left.order < right.order : left.priority > right.priority;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new DOMException("The wait was aborted", "AbortError");
}
