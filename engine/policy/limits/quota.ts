/**
 * How much of one kind, requests or tokens, may go to an endpoint: as the user allows it, and as the endpoint says
 * (`x-ratelimit-…`), whichever is less. Time is given.
 *
 * 1. What the endpoint takes is unknown, and never makes wait, until it has named its limit.
 * 2. What an answer says was true when its call arrived: what went out later is taken off, and what came back meanwhile is added,
 *    as far as it is kept. The newest call that has had an answer has the last word.
 * 3. No more is ever let through at once than the endpoint has shown to take at once.
 * 4. Limits are per minute, and come back evenly, unless the time until they are whole shows that they come back all at once.
 */
import type { LimitFacts } from "../../ports/limits.ts";

const MINUTE_MS = 60_000;
/** A limit that takes so much longer to be whole than an even return would is one of windows; and round figures are round. */
const WINDOW_FACTOR = 2;
const ROUNDING_MS = 1500;
/** A call reaches the endpoint somewhat after it was let through. */
const LATE_MS = 50;
/** Of what comes back evenly so much is used: a call that arrives a little early must not be refused. */
const PACE = 0.98;

export interface Spent {
  readonly at: number;
  readonly amount: number;
  /** Its place among all that were, and what they were let through as, together. */
  readonly place: number;
  readonly total: number;
}

interface Told {
  limit: number;
  left: TokenBucket;
}

export class Quota {
  #allowed: { perMinute: number; bucket: TokenBucket } | undefined;
  /** As the endpoint has named it, and what it still takes of it. */
  #told: Told | undefined;
  #windowEndsAt: number | undefined;
  #places = 0;
  #total = 0;
  /** The place of the newest call that has had an answer. */
  #heard = 0;

  /** As the endpoint has named it, per minute; undefined: not told. */
  get limit(): number | undefined {
    return this.#told?.limit;
  }

  get isLimited(): boolean {
    return this.#allowed !== undefined || this.#told !== undefined;
  }

  /** What the user allows from now on. The same figure is the same bucket: what is in it was not spent. */
  allow(perMinute: number | undefined, now: number): void {
    if (perMinute === this.#allowed?.perMinute) return;
    this.#allowed = perMinute === undefined ? undefined : { perMinute, bucket: TokenBucket.perMinute(perMinute, now) };
  }

  /** Milliseconds until `amount` may go; 0: now. */
  waitMs(amount: number, now: number): number {
    this.#openWindow(now);
    const told = this.#told?.left.waitMs(amount, now) ?? 0;
    const untilOpen = this.#windowEndsAt === undefined ? told : Math.max(1, Math.ceil(this.#windowEndsAt - now));
    return Math.max(this.#allowed?.bucket.waitMs(amount, now) ?? 0, told === 0 ? 0 : untilOpen);
  }

  spend(amount: number, now: number): Spent {
    this.#openWindow(now);
    this.#allowed?.bucket.spend(amount, now);
    this.#told?.left.spend(amount, now);
    this.#total += amount;
    return { at: now, amount, place: (this.#places += 1), total: this.#total };
  }

  /** A call turned out to be larger or smaller than it was let through as. */
  correct({ place }: Spent, difference: number, now: number): void {
    this.#allowed?.bucket.spend(difference, now);
    // What a newer one was told has counted it already.
    if (place > this.#heard) this.#told?.left.spend(difference, now);
  }

  /** A call has had an answer. True: it names another limit than was known. */
  answered(spent: Spent, facts: LimitFacts | undefined, now: number): boolean {
    const isNewest = spent.place > this.#heard;
    this.#heard = Math.max(this.#heard, spent.place);
    const before = this.#told?.limit;
    const limit = facts?.limit ?? before;
    if (facts === undefined || limit === undefined || limit <= 0) return false;
    this.#told = { limit, left: this.#leftOf(limit, now) };
    if (facts.remaining !== undefined)
      this.#observe(this.#told, facts.remaining, { resetMs: facts.resetMs, spent, isNewest, now });
    return limit !== before;
  }

  #leftOf(limit: number, now: number): TokenBucket {
    const left = this.#told?.left ?? new TokenBucket(0, 1, now);
    if (this.#told === undefined) left.set(0, now);
    left.capacity = Math.min(limit, left.capacity);
    if (this.#windowEndsAt === undefined) left.perMs = (PACE * limit) / MINUTE_MS;
    return left;
  }

  #observe(
    { limit, left }: Told,
    remaining: number,
    { resetMs, spent, isNewest, now }: { resetMs: number | undefined; spent: Spent; isNewest: boolean; now: number },
  ): void {
    const evenlyMs = (Math.max(0, limit - remaining) * MINUTE_MS) / limit;
    const isWindow = this.#windowEndsAt !== undefined;
    if (resetMs !== undefined && (isWindow || resetMs > WINDOW_FACTOR * evenlyMs + ROUNDING_MS)) {
      const endsAt = spent.at + resetMs + LATE_MS;
      // An answer from the window before says nothing of this one.
      if (endsAt <= now) return;
      this.#windowEndsAt = endsAt;
      left.perMs = 0;
    }
    left.capacity = Math.max(left.capacity, Math.min(limit, remaining + 1));
    if (!isNewest) return;
    const credit = left.credit(now);
    const told = remaining + (now - spent.at) * left.perMs - (this.#total - spent.total);
    left.set(left.fullAt > spent.at ? Math.min(credit, told) : told, now);
  }

  #openWindow(now: number): void {
    if (this.#told === undefined || now < (this.#windowEndsAt ?? Infinity)) return;
    const { limit, left } = this.#told;
    left.capacity = limit;
    left.set(limit, now);
    // A guess, until the first answer from this window.
    this.#windowEndsAt = now + MINUTE_MS;
  }
}

/** Sums of fractions. */
const EPSILON = 1e-9;
const SECONDS_A_MINUTE = 60;

/** A token bucket: so many a millisecond come back, as far as they are kept. Time is given. */
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
