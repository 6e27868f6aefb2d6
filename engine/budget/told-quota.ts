/**
 * What an endpoint says it still takes (`x-ratelimit-…`), kept up between two of its answers. Time is given.
 *
 * 1. It is unknown, and never makes wait, until the endpoint has named its limit.
 * 2. What an answer says was true when its call arrived: what was let through since is taken off, what came back since is added.
 * 3. No more is ever let through at once than the endpoint has shown to take at once.
 * 4. Limits are per minute, and come back evenly, unless the time until they are whole shows that they come back all at once.
 */
import type { LimitFacts } from "../ports.ts";

const MINUTE_MS = 60_000;
/** A limit that takes so much longer to be whole than an even return would is one of windows; and round figures are round. */
const WINDOW_FACTOR = 2;
const ROUNDING_MS = 1500;
/** Of what comes back evenly so much is used: a call that arrives a little early must not be refused. */
const PACE = 0.98;

/** A call reaches the endpoint somewhat after it was let through. */
const LATE_MS = 50;

/** How the quota stood when a call was let through. */
export interface QuotaMark {
  at: number;
  /** All that had been let through, this call included. */
  spent: number;
}

export class ToldQuota {
  #limit: number | undefined;
  #credit = Infinity;
  /** The most that the endpoint has shown to take at once. */
  #capacity = 0;
  #at = 0;
  #spent = 0;
  #isWindow = false;
  #windowEndsAt = Infinity;
  /** No answer from this window yet: when it ends is a guess. */
  #isGuess = true;

  /** Per minute; undefined: not told. */
  get limit(): number | undefined {
    return this.#limit;
  }

  waitMs(amount: number, now: number): number {
    if (this.#limit === undefined) return 0;
    this.#refill(now);
    const missing = Math.min(amount, Math.max(1, this.#capacity)) - this.#credit;
    if (missing <= 0) return 0;
    const ms = this.#isWindow ? this.#windowEndsAt - now : missing / this.#perMs();
    return Math.max(1, Math.ceil(ms));
  }

  spend(amount: number, now: number): QuotaMark {
    this.#refill(now);
    this.#credit -= amount;
    this.#spent += amount;
    return { at: now, spent: this.#spent };
  }

  /** A call turned out to be larger or smaller than it was let through as. */
  correct(difference: number): void {
    this.#credit -= difference;
    this.#spent += difference;
  }

  /** Takes what an answer says; true: the limit is another than before. */
  observe(facts: LimitFacts, mark: QuotaMark, now: number): boolean {
    const limit = facts.limit ?? this.#limit;
    if (limit === undefined || limit <= 0) return false;
    const isNew = limit !== this.#limit;
    this.#limit = limit;
    if (facts.remaining !== undefined) this.#take(facts.remaining, facts.resetMs, { limit, mark, now });
    else if (isNew) this.#credit = Math.min(this.#credit, Math.max(1, Math.floor(limit / 60)));
    this.#capacity = Math.min(limit, Math.max(this.#capacity, 1));
    this.#at = Math.max(this.#at, now);
    return isNew;
  }

  #take(remaining: number, resetMs: number | undefined, at: { limit: number; mark: QuotaMark; now: number }): void {
    const { limit, mark, now } = at;
    const evenlyMs = (Math.max(0, limit - remaining) * MINUTE_MS) / limit;
    if (resetMs !== undefined && resetMs > WINDOW_FACTOR * evenlyMs + ROUNDING_MS) this.#isWindow = true;
    if (this.#isWindow && resetMs !== undefined) {
      const endsAt = mark.at + resetMs + LATE_MS;
      // An answer from the window before says nothing of this one.
      if (endsAt <= now || (!this.#isGuess && endsAt < this.#windowEndsAt - ROUNDING_MS)) return;
      this.#windowEndsAt = endsAt;
      this.#isGuess = false;
    }
    this.#capacity = Math.max(this.#capacity, Math.min(limit, remaining + 1));
    const back = this.#isWindow ? 0 : Math.max(0, now - mark.at) * this.#perMs();
    this.#credit = Math.min(this.#capacity, remaining + back - (this.#spent - mark.spent));
  }

  #refill(now: number): void {
    if (this.#limit === undefined) return;
    if (!this.#isWindow) {
      this.#credit = Math.min(this.#capacity, this.#credit + Math.max(0, now - this.#at) * this.#perMs());
    } else if (now >= this.#windowEndsAt) {
      this.#credit = this.#limit;
      this.#windowEndsAt = now + MINUTE_MS;
      this.#isGuess = true;
    }
    this.#at = Math.max(this.#at, now);
  }

  #perMs(): number {
    return (PACE * (this.#limit ?? 0)) / MINUTE_MS;
  }
}
