/**
 * So many a minute, as the user allows them: a bucket that holds no more than a second's worth, so that what goes out in any
 * minute stays within the figure (but for one call that is larger than a second's worth, which goes into debt). Time is given.
 */
const MINUTE_MS = 60_000;
const SECONDS_A_MINUTE = 60;

export class TokenBucket {
  readonly perMinute: number;
  readonly #capacity: number;
  readonly #perMs: number;
  #credit: number;
  #at: number;

  constructor(perMinute: number, now: number) {
    this.perMinute = perMinute;
    this.#capacity = Math.max(1, Math.floor(perMinute / SECONDS_A_MINUTE));
    // What the bucket holds at the start of a minute is a part of that minute's allowance.
    this.#perMs = (perMinute - (this.#capacity - 1)) / MINUTE_MS;
    this.#credit = this.#capacity;
    this.#at = now;
  }

  /** Milliseconds until `amount` may go; 0: now. */
  waitMs(amount: number, now: number): number {
    this.#refill(now);
    const missing = Math.min(amount, this.#capacity) - this.#credit;
    return missing <= EPSILON ? 0 : Math.max(1, Math.ceil(missing / this.#perMs));
  }

  spend(amount: number, now: number): void {
    this.#refill(now);
    this.#credit -= amount;
  }

  #refill(now: number): void {
    this.#credit = Math.min(this.#capacity, this.#credit + Math.max(0, now - this.#at) * this.#perMs);
    this.#at = Math.max(this.#at, now);
  }
}

/** Sums of fractions. */
const EPSILON = 1e-9;
