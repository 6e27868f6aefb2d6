/**
 * How many requests and tokens a minute an endpoint is sent: what the user allows, what the endpoint says that it takes, and what
 * was learned from its refusals, whichever is least. A call's tokens are unknown before its answer: it is let through as its
 * estimate, scaled by how the calls before it compared with theirs, and corrected by what it used. Time is given.
 */
import type { RateCaps, RateLimits } from "../../ports/limits.ts";
import type { Refused } from "./concurrency-limit.ts";
import { Quota, TokenBucket, type Spent } from "./quota.ts";

/** How much the newest call weighs in the scale. */
const NEWEST_WEIGHT = 0.1;

export interface GatedCall {
  /** An estimate of its tokens; asked for once, and only where tokens are limited. */
  readonly tokens?: () => number;
  estimate?: number;
  /** When it was on its way; 0: it never was. */
  readonly sentAt?: number;
  spent?: { requests: Spent; tokens: Spent; sent: SentCall };
}

interface Reported {
  limits: RateLimits | undefined;
  /** What it used; undefined: nobody knows. */
  tokens: number | undefined;
}

export class RateGate {
  readonly #requests = new Quota();
  readonly #tokens = new Quota();
  readonly #learned = new LearnedRate();
  #scale = 1;

  allow({ requestsPerMinute, tokensPerMinute }: RateCaps, now: number): void {
    this.#requests.allow(requestsPerMinute, now);
    this.#tokens.allow(tokensPerMinute, now);
  }

  waitMs(call: GatedCall, now: number): number {
    const requests = Math.max(this.#requests.waitMs(1, now), this.#learned.waitMs(now));
    return this.#tokens.isLimited ? Math.max(requests, this.#tokens.waitMs(this.#tokensOf(call), now)) : requests;
  }

  pass(call: GatedCall, now: number): void {
    const tokens = this.#tokens.isLimited ? this.#tokensOf(call) : 0;
    call.spent = {
      requests: this.#requests.spend(1, now),
      tokens: this.#tokens.spend(tokens, now),
      sent: this.#learned.spend(now),
    };
  }

  takeBack({ spent }: GatedCall, now: number): void {
    if (spent === undefined) return;
    this.#requests.correct(spent.requests, -1, now);
    this.#tokens.correct(spent.tokens, -spent.tokens.amount, now);
    this.#learned.takeBack(spent.sent, now);
  }

  /** What came of a call; true: the endpoint has named other limits than before. */
  report({ spent, estimate = 0, sentAt = 0 }: GatedCall, { limits, tokens }: Reported, now: number): boolean {
    if (spent === undefined) return false;
    // What a call took that never went is given back with its leave, and once.
    if (tokens !== undefined && sentAt > 0) this.#tokens.correct(spent.tokens, tokens - spent.tokens.amount, now);
    if (tokens !== undefined && tokens > 0 && estimate > 0)
      this.#scale += NEWEST_WEIGHT * (tokens / estimate - this.#scale);
    const at = Math.max(sentAt, spent.requests.at);
    const requests = this.#requests.answered({ ...spent.requests, at }, limits?.requests, now);
    const told = this.#tokens.answered({ ...spent.tokens, at }, limits?.tokens, now);
    return requests || told;
  }

  /** The endpoint took a call; true: the rate that was learned rises. */
  answered(now: number): boolean {
    return this.#learned.answered(now);
  }

  /** Whether refusals could be for a rate that the endpoint does not name. */
  canLearn(now: number): boolean {
    const isNamed = this.#requests.limit !== undefined || this.#tokens.limit !== undefined;
    return !isNamed && this.#learned.canLearn(now);
  }

  /** The endpoint refused a call, and does not say why: `what` was made of it. True: the rate that was learned is another. */
  refused({ spent }: GatedCall, what: Refused, now: number): boolean {
    if (spent === undefined) return false;
    // Where a rate is what holds, as many are in flight as ever were: a refusal is for the rate all the same.
    const isRate =
      what === "rate" || ((what === "stray" || what === "number") && this.#learned.perMinute !== undefined);
    const isOther = this.#learned.refused(spent.sent, isRate && this.canLearn(now), now);
    // One that takes nothing at all has no rate.
    if (what === "silent") this.#learned.forget(now);
    return isOther;
  }

  /** What the endpoint has named, or else what was learned. */
  told(): RateCaps {
    const tokensPerMinute = this.#tokens.limit;
    const requestsPerMinute = this.#requests.limit ?? this.#learned.perMinute;
    return {
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    };
  }

  #tokensOf(call: GatedCall): number {
    call.estimate ??= call.tokens?.() ?? 0;
    return Math.max(1, Math.ceil(call.estimate * this.#scale));
  }
}

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

interface SentCall {
  readonly at: number;
  isRefused: boolean;
}

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
