/**
 * Calls a second that an endpoint takes and tells nobody of: learned from how many it took while it refused others, and tried a
 * little higher when nothing was refused for a while. Owns the figure and its pace alone. Time is given.
 *
 * 1. It is unknown, and never makes wait, until a refusal was found to be one of rate.
 * 2. It falls at most once a second, to what was taken since it last changed and a little less.
 * 3. One that falls again and again is no rate (the endpoint refuses whatever comes): it is forgotten, for a while.
 */
const SECOND_MS = 1000;
/** The window in which what was taken is counted is no longer than this: what an endpoint saved up before is no rate. */
const LONGEST_WINDOW_MS = 5000;
const SLOT_MS = 100;
/** Of what was taken so much is used: a call that arrives a little early must not be refused. */
const PACE = 0.98;
const RISE = 1.01;
/** Seconds without a refusal before the rate rises: so many times more after each fall. */
const PATIENCE_FACTOR = 2;
const MOST_PATIENCE = 16;
/** Falls in a row, with no rise between, after which it is no rate. */
const MOST_FALLS = 6;
const FORGOTTEN_MS = 60_000;
/** What may go at once, in seconds' worth. */
const CAPACITY_S = 0.1;

export class LearnedRate {
  /** Calls a millisecond. */
  #perMs: number | undefined;
  #credit = 0;
  #creditAt = 0;
  /** Calls that went out, less those that were refused, by slots of time. */
  readonly #taken = new Map<number, number>();
  #changedAt = -Infinity;
  #refusedAt = -Infinity;
  #firstAt: number | undefined;
  #patience = 1;
  #falls = 0;
  #forgottenUntil = -Infinity;
  #hasMadeWait = false;

  get perMinute(): number | undefined {
    return this.#perMs === undefined ? undefined : Math.round(this.#perMs * 60 * SECOND_MS);
  }

  /** Milliseconds until one more call may go; 0: now. */
  waitMs(now: number): number {
    if (this.#perMs === undefined) return 0;
    this.#refill(now);
    if (this.#credit >= 1) return 0;
    this.#hasMadeWait = true;
    return Math.max(1, Math.ceil((1 - this.#credit) / this.#perMs));
  }

  spend(calls: number, now: number): void {
    this.#count(calls, now);
    this.#refill(now);
    this.#credit -= calls;
  }

  /** True: the rate has risen. */
  answered(now: number): boolean {
    if (this.#perMs === undefined || !this.#hasMadeWait) return false;
    if (now - Math.max(this.#changedAt, this.#refusedAt) < this.#patience * SECOND_MS) return false;
    this.#set(this.#perMs * RISE, now);
    this.#falls = 0;
    return true;
  }

  /** A call that had gone out was refused, for whatever reason. */
  notTaken(now: number): void {
    this.#count(-1, now);
    this.#refusedAt = now;
  }

  /** The endpoint refused a rate. True: it fell. */
  refused(now: number): boolean {
    if (now < this.#forgottenUntil) return false;
    const since = Math.max(this.#changedAt, this.#firstAt ?? now, now - LONGEST_WINDOW_MS);
    if (now - since < SECOND_MS) return false;
    const taken = this.#takenSince(since) / (now - since);
    if (taken <= 0) return false;
    if (this.#perMs !== undefined) {
      this.#falls += 1;
      this.#patience = Math.min(MOST_PATIENCE, this.#patience * PATIENCE_FACTOR);
    }
    if (this.#falls > MOST_FALLS) {
      this.#forget(now);
      return true;
    }
    this.#set(PACE * Math.min(this.#perMs ?? Infinity, taken), now);
    return true;
  }

  #forget(now: number): void {
    this.#perMs = undefined;
    this.#falls = 0;
    this.#patience = 1;
    this.#forgottenUntil = now + FORGOTTEN_MS;
  }

  #set(perMs: number, now: number): void {
    this.#refill(now);
    this.#perMs = perMs;
    this.#changedAt = now;
    this.#hasMadeWait = false;
  }

  #refill(now: number): void {
    const capacity = Math.max(1, (this.#perMs ?? 0) * CAPACITY_S * SECOND_MS);
    const credit =
      this.#perMs === undefined ? capacity : this.#credit + Math.max(0, now - this.#creditAt) * this.#perMs;
    this.#credit = Math.min(capacity, credit);
    this.#creditAt = Math.max(this.#creditAt, now);
  }

  #count(calls: number, now: number): void {
    this.#firstAt ??= now;
    const slot = Math.floor(now / SLOT_MS);
    this.#taken.set(slot, (this.#taken.get(slot) ?? 0) + calls);
    for (const old of this.#taken.keys()) {
      if (old >= slot - LONGEST_WINDOW_MS / SLOT_MS) break;
      this.#taken.delete(old);
    }
  }

  #takenSince(since: number): number {
    let taken = 0;
    for (const [slot, calls] of this.#taken) if (slot * SLOT_MS >= since) taken += calls;
    return taken;
  }
}
