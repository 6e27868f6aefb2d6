/**
 * What an endpoint says it still takes (`x-ratelimit-…`), kept up between two of its answers. Time is given.
 *
 * 1. It is unknown, and never makes wait, until the endpoint has named its limit.
 * 2. What an answer says was true when its call arrived: from there what was let through later is taken off, and what came back
 *    meanwhile is added, as far as it is kept. The newest call that has had an answer has the last word.
 * 3. No more is ever let through at once than the endpoint has shown to take at once.
 * 4. Limits are per minute, and come back evenly, unless the time until they are whole shows that they come back all at once.
 */
import type { LimitFacts } from "../../ports/limits.ts";

const MINUTE_MS = 60_000;
/** A limit that takes so much longer to be whole than an even return would is one of windows; and round figures are round. */
const WINDOW_FACTOR = 2;
const ROUNDING_MS = 1500;
/** Of what comes back evenly so much is used: a call that arrives a little early must not be refused. */
const PACE = 0.98;

/** A call reaches the endpoint somewhat after it was let through. */
const LATE_MS = 50;

/** A call that was let through. */
export interface QuotaMark {
  at: number;
  /** Its place among all that were. */
  place: number;
  amount: number;
}

export class ToldQuota {
  #limit: number | undefined;
  #credit = Infinity;
  /** The most that the endpoint has shown to take at once. */
  #capacity = 0;
  #at = 0;
  #places = 0;
  /** The place of the newest call that has had an answer, and those that were let through after it. */
  #heard = 0;
  readonly #later: QuotaMark[] = [];
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
    const mark = { at: now, place: (this.#places += 1), amount };
    this.#later.push(mark);
    return mark;
  }

  /** A call turned out to be larger or smaller than it was let through as. What a newer one was told has counted it already. */
  correct(mark: QuotaMark, difference: number): void {
    if (mark.place <= this.#heard) return;
    mark.amount += difference;
    this.#credit -= difference;
  }

  /** A call has had an answer. True: it names another limit than was known. */
  answered(mark: QuotaMark, facts: LimitFacts | undefined, now: number): boolean {
    const isNewest = mark.place > this.#heard;
    if (isNewest) {
      // They stand in the order of their places, one after the other.
      this.#later.splice(0, mark.place - this.#heard);
      this.#heard = mark.place;
    }
    return facts !== undefined && this.#observe(facts, { mark, isNewest, now });
  }

  #observe(facts: LimitFacts, { now, ...of }: { mark: QuotaMark; isNewest: boolean; now: number }): boolean {
    const limit = facts.limit ?? this.#limit;
    if (limit === undefined || limit <= 0) return false;
    const isNew = limit !== this.#limit;
    this.#limit = limit;
    if (facts.remaining !== undefined) this.#take(facts.remaining, facts.resetMs, { ...of, limit, now });
    else if (isNew) this.#credit = Math.min(this.#credit, Math.max(1, Math.floor(limit / 60)));
    this.#capacity = Math.min(limit, Math.max(this.#capacity, 1));
    this.#at = Math.max(this.#at, now);
    return isNew;
  }

  #take(
    remaining: number,
    resetMs: number | undefined,
    { limit, mark, isNewest, now }: { limit: number; mark: QuotaMark; isNewest: boolean; now: number },
  ): void {
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
    if (!isNewest) return;
    this.#credit = remaining;
    this.#at = mark.at;
    for (const { at, amount } of this.#later) {
      if (!this.#isWindow) this.#refill(at);
      this.#credit -= amount;
    }
    if (!this.#isWindow) this.#refill(now);
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
