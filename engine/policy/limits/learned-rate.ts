/**
 * Calls a second that an endpoint takes and tells nobody of: learned from how many it took while it refused others, and tried
 * higher when nothing was refused for a while. Owns the figure and its pace alone. Time is given.
 *
 * 1. It is unknown, and never makes wait, until a refusal was found to be one of rate.
 * 2. It falls at most once a second, to what was taken since it last changed and a little less.
 * 3. It rises by little near where it was refused, and elsewhere by more with each second in which nothing is: an endpoint that
 *    has room again is found.
 * 4. Where falling is of no use, since as large a part is refused as before, it is no rate: it is forgotten, for a while.
 */
const SECOND_MS = 1000;
/** What was taken is counted over so long, what an endpoint saved up before being no rate; over longer where calls are few. */
const WINDOW_MS = 2000;
const LONGEST_WINDOW_MS = 5000;
const FEW_CALLS = 50;
const SLOT_MS = 100;
/** Of what was taken so much is used: a call that arrives a little early must not be refused. */
const PACE = 0.98;
/** The first rise, and the largest; each is twice the one before, but near the rate at which it was last refused. */
const FIRST_RISE = 0.01;
const MOST_RISE = 0.5;
const NEAR = { below: 0.9, beyond: 1.02 } as const;
/** Seconds without a refusal before the rate rises: so many times more after each fall. */
const PATIENCE_FACTOR = 2;
const MOST_PATIENCE = 16;
/** Falls in a row after which more than this part of the share that was refused before still was. */
const MOST_IDLE_FALLS = 2;
const NO_LESS = 0.5;
const FORGOTTEN_MS = 60_000;
/** It never falls below a call in two seconds: lanes that are refused wait longer themselves. */
const LEAST_PER_MS = 0.5 / SECOND_MS;
/** What may go at once, in seconds' worth. */
const CAPACITY_S = 0.1;

interface Slot {
  sent: number;
  refused: number;
}

export class LearnedRate {
  /** Calls a millisecond. */
  #perMs: number | undefined;
  #credit = 0;
  #creditAt = 0;
  /** What went out, and what of it was refused, by slots of time, oldest first. */
  readonly #slots = new Map<number, Slot>();
  #firstAt: number | undefined;
  #changedAt = -Infinity;
  #refusedAt = -Infinity;
  #rise = FIRST_RISE;
  /** The rate at which it was last refused. */
  #tooMuch = 0;
  #patience = 1;
  /** The share that was refused before the last fall, and how often falling has not lowered it. */
  #shareBefore = 0;
  #idleFalls = 0;
  #forgottenUntil = -Infinity;
  #hasMadeWait = false;

  get perMinute(): number | undefined {
    return this.#perMs === undefined ? undefined : Math.round(this.#perMs * 60 * SECOND_MS);
  }

  /** False while it is forgotten. */
  canLearn(now: number): boolean {
    return now >= this.#forgottenUntil;
  }

  /** Milliseconds until one more call may go; 0: now. */
  waitMs(now: number): number {
    if (this.#perMs === undefined) return 0;
    this.#refill(now);
    if (this.#credit >= 1) return 0;
    this.#hasMadeWait = true;
    return Math.max(1, Math.ceil((1 - this.#credit) / this.#perMs));
  }

  /** A call goes out. */
  spend(now: number): void {
    this.#slot(now).sent += 1;
    this.#refill(now);
    this.#credit -= 1;
  }

  /** A call that was let through did not go out after all. */
  takeBack(now: number): void {
    this.#slot(now).sent -= 1;
    this.#credit += 1;
  }

  /** The endpoint took a call. True: the rate has risen. */
  answered(now: number): boolean {
    if (this.#perMs === undefined || !this.#hasMadeWait) return false;
    if (now - Math.max(this.#changedAt, this.#refusedAt) < this.#patience * SECOND_MS) return false;
    this.#set(this.#perMs * (1 + this.#rise), now);
    this.#rise = this.#isNearTooMuch(this.#perMs) ? FIRST_RISE : Math.min(MOST_RISE, 2 * this.#rise);
    this.#patience = 1;
    this.#idleFalls = 0;
    return true;
  }

  /** A call that had gone out was refused; `isRate`: for a rate, as it seems. True: the rate is another than before. */
  refused(isRate: boolean, now: number): boolean {
    this.#slot(now).refused += 1;
    this.#refusedAt = now;
    if (!isRate || !this.canLearn(now)) return false;
    const known = Math.max(this.#changedAt, this.#firstAt ?? now);
    if (now - known < SECOND_MS) return false;
    const { ms, sent, refused } = this.#lately(known, now);
    const taken = (sent - refused) / ms;
    if (taken <= 0) return false;
    if (this.#perMs !== undefined && !this.#helped(refused / sent)) {
      this.forget(now + FORGOTTEN_MS);
      return true;
    }
    this.#shareBefore = refused / sent;
    this.#tooMuch = this.#perMs ?? taken;
    this.#set(Math.max(LEAST_PER_MS, PACE * Math.min(this.#perMs ?? Infinity, taken)), now);
    return true;
  }

  /** What was learned holds no more; nothing is learned until then. */
  forget(until: number): void {
    this.#perMs = undefined;
    this.#rise = FIRST_RISE;
    this.#patience = 1;
    this.#idleFalls = 0;
    this.#forgottenUntil = until;
  }

  #isNearTooMuch(perMs: number): boolean {
    return perMs > NEAR.below * this.#tooMuch && perMs <= NEAR.beyond * this.#tooMuch;
  }

  /** Whether it is still worth falling. */
  #helped(share: number): boolean {
    this.#idleFalls = share > NO_LESS * this.#shareBefore ? this.#idleFalls + 1 : 0;
    this.#rise = FIRST_RISE;
    this.#patience = Math.min(MOST_PATIENCE, this.#patience * PATIENCE_FACTOR);
    return this.#idleFalls <= MOST_IDLE_FALLS;
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

  #slot(now: number): Slot {
    this.#firstAt ??= now;
    const place = Math.floor(now / SLOT_MS);
    let slot = this.#slots.get(place);
    if (slot !== undefined) return slot;
    for (const old of this.#slots.keys()) {
      if (old >= place - LONGEST_WINDOW_MS / SLOT_MS) break;
      this.#slots.delete(old);
    }
    this.#slots.set(place, (slot = { sent: 0, refused: 0 }));
    return slot;
  }

  /** What went out since a moment, as far as it tells of now. */
  #lately(known: number, now: number): Slot & { ms: number } {
    const recent = this.#since(Math.max(known, now - WINDOW_MS), now);
    return recent.sent >= FEW_CALLS ? recent : this.#since(Math.max(known, now - LONGEST_WINDOW_MS), now);
  }

  #since(begin: number, now: number): Slot & { ms: number } {
    const from = Math.ceil(begin / SLOT_MS);
    const sum = { sent: 0, refused: 0, ms: now - from * SLOT_MS };
    for (const [place, { sent, refused }] of this.#slots) {
      if (place < from) continue;
      sum.sent += sent;
      sum.refused += refused;
    }
    return sum;
  }
}
