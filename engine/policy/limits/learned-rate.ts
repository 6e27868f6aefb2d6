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
import { TokenBucket } from "./token-bucket.ts";

const SECOND_MS = 1000;
/** What was taken is counted over so long: what an endpoint saved up before is no rate. */
const WINDOW_MS = 5000;
/** Of what was taken so much is used: a call that arrives a little early must not be refused. */
const PACE = 0.98;
/** The first rise, and the largest; each is twice the one before, but near the rate at which it was last refused. */
const FIRST_RISE = 0.01;
const MOST_RISE = 0.5;
const NEAR = { below: 0.9, beyond: 1.02 } as const;
/** Seconds without a refusal before the rate rises: so many times more after each fall. */
const PATIENCE_FACTOR = 2;
const MOST_PATIENCE = 8;
/** Falls in a row after which more than this part of the share that was refused before still was. */
const MOST_IDLE_FALLS = 2;
const NO_LESS = 0.5;
const FORGOTTEN_MS = 60_000;
/** It never falls below a call in two seconds: lanes that are refused wait longer themselves. */
const LEAST_PER_MS = 0.5 / SECOND_MS;
/** What may go at once, in milliseconds' worth. */
const CAPACITY_MS = 100;

export interface SentCall {
  readonly at: number;
  isRefused: boolean;
}

export class LearnedRate {
  #bucket: TokenBucket | undefined;
  /** The calls that went out lately, oldest first. */
  readonly #sent: SentCall[] = [];
  #refusedAt = -Infinity;
  /** When the rate was last another, or the first call went out. */
  #changedAt: number | undefined;
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
    return this.#bucket && Math.round(this.#bucket.perMs * 60 * SECOND_MS);
  }

  /** False while it is forgotten. */
  canLearn(now: number): boolean {
    return now >= this.#forgottenUntil;
  }

  /** Milliseconds until one more call may go; 0: now. */
  waitMs(now: number): number {
    const ms = this.#bucket?.waitMs(1, now) ?? 0;
    this.#hasMadeWait ||= ms > 0;
    return ms;
  }

  /** A call goes out. */
  spend(now: number): SentCall {
    this.#changedAt ??= now;
    this.#bucket?.spend(1, now);
    const call = { at: now, isRefused: false };
    this.#sent.push(call);
    while (now - (this.#sent[0]?.at ?? now) > WINDOW_MS) this.#sent.shift();
    return call;
  }

  /** A call that was let through did not go out after all. */
  takeBack(call: SentCall, now: number): void {
    const index = this.#sent.lastIndexOf(call);
    if (index >= 0) this.#sent.splice(index, 1);
    this.#bucket?.spend(-1, now);
  }

  /** The endpoint took a call. True: the rate has risen. */
  answered(now: number): boolean {
    if (this.#bucket === undefined || !this.#hasMadeWait) return false;
    const quietSince = Math.max(this.#changedAt ?? now, this.#refusedAt);
    if (now - quietSince < this.#patience * SECOND_MS) return false;
    const perMs = this.#bucket.perMs * (1 + this.#rise);
    const isNear = perMs > NEAR.below * this.#tooMuch && perMs <= NEAR.beyond * this.#tooMuch;
    this.#rise = isNear ? FIRST_RISE : Math.min(MOST_RISE, 2 * this.#rise);
    this.#patience = 1;
    this.#idleFalls = 0;
    this.#set(perMs, now);
    return true;
  }

  /** A call that had gone out was refused; `isRate`: for a rate, as it seems. True: the rate is another than before. */
  refused(call: SentCall, isRate: boolean, now: number): boolean {
    call.isRefused = true;
    this.#refusedAt = now;
    const known = this.#changedAt ?? now;
    if (!isRate || !this.canLearn(now) || now - known < SECOND_MS) return false;
    const from = Math.max(known, now - WINDOW_MS);
    const sent = this.#sent.filter(({ at }) => at >= from);
    const share = sent.filter(({ isRefused }) => isRefused).length / sent.length;
    const taken = (sent.length * (1 - share)) / (now - from);
    if (!(taken > 0)) return false;
    const perMs = this.#bucket?.perMs;
    if (perMs !== undefined) {
      this.#idleFalls = share > NO_LESS * this.#shareBefore ? this.#idleFalls + 1 : 0;
      this.#rise = FIRST_RISE;
      this.#patience = Math.min(MOST_PATIENCE, this.#patience * PATIENCE_FACTOR);
    }
    if (this.#idleFalls > MOST_IDLE_FALLS) {
      this.forget(now + FORGOTTEN_MS);
      return true;
    }
    this.#shareBefore = share;
    this.#tooMuch = perMs ?? taken;
    this.#set(Math.max(LEAST_PER_MS, PACE * Math.min(perMs ?? Infinity, taken)), now);
    return true;
  }

  /** What was learned holds no more; nothing is learned until then. */
  forget(until: number): void {
    this.#bucket = undefined;
    this.#rise = FIRST_RISE;
    this.#patience = 1;
    this.#idleFalls = 0;
    this.#forgottenUntil = until;
  }

  #set(perMs: number, now: number): void {
    const capacity = Math.max(1, perMs * CAPACITY_MS);
    this.#bucket ??= new TokenBucket(perMs, capacity, now);
    Object.assign(this.#bucket, { perMs, capacity });
    this.#changedAt = now;
    this.#hasMadeWait = false;
  }
}
