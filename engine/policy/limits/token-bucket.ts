/** A token bucket: so many a millisecond come back, as far as they are kept. Time is given. */

/** Sums of fractions. */
const EPSILON = 1e-9;
const MINUTE_MS = 60_000;
const SECONDS_A_MINUTE = 60;

export class TokenBucket {
  perMs: number;
  capacity: number;
  #credit: number;
  #at: number;
  /** When it was last full: what comes back then is not kept. */
  fullAt = -Infinity;

  constructor(perMs: number, capacity: number, now: number) {
    this.perMs = perMs;
    this.capacity = capacity;
    this.#credit = capacity;
    this.#at = now;
  }

  /**
   * So many in any minute: it holds no more than a second's worth, so that what goes out in any minute stays within the figure (but
   * for one call that is larger than a second's worth, which goes into debt).
   */
  static perMinute(most: number, now: number): TokenBucket {
    const capacity = Math.max(1, Math.floor(most / SECONDS_A_MINUTE));
    // What the bucket holds at the start of a minute is a part of that minute's allowance.
    return new TokenBucket((most - (capacity - 1)) / MINUTE_MS, capacity, now);
  }

  credit(now: number): number {
    this.#credit = Math.min(this.capacity, this.#credit + Math.max(0, now - this.#at) * this.perMs);
    this.#at = Math.max(this.#at, now);
    if (this.#credit === this.capacity) this.fullAt = this.#at;
    return this.#credit;
  }

  /** Milliseconds until `amount` may go; 0: now. */
  waitMs(amount: number, now: number): number {
    const missing = Math.min(amount, this.capacity) - this.credit(now);
    return missing <= EPSILON ? 0 : Math.max(1, Math.ceil(missing / this.perMs));
  }

  spend(amount: number, now: number): void {
    this.#credit = this.credit(now) - amount;
  }

  /** From now on it holds so much. */
  set(credit: number, now: number): void {
    this.#credit = credit;
    this.#at = Math.max(this.#at, now);
  }
}
