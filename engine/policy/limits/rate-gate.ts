/**
 * How many requests and tokens a minute an endpoint is sent: what the user allows, what the endpoint says that it takes, and what
 * was learned from its refusals, whichever is least. A call's tokens are unknown before its answer: it is let through as its
 * estimate, scaled by how the calls before it compared with theirs, and corrected by what it used. Time is given.
 */
import type { RateCaps, RateLimits } from "../../ports/limits.ts";
import type { Refused } from "./concurrency-limit.ts";
import { LearnedRate, type SentCall } from "./learned-rate.ts";
import { Quota, type Spent } from "./quota.ts";

/** How much the newest call weighs in the scale. */
const NEWEST_WEIGHT = 0.1;

/** A call as the gate sees it. */
export interface GatedCall {
  /** An estimate of its tokens; asked for once, and only where tokens are limited. */
  readonly tokens?: () => number;
  estimate?: number;
  /** When it was on its way; 0: it never was. */
  readonly sentAt?: number;
  /** What it was let through as. */
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

  /** What the user allows from now on. */
  allow({ requestsPerMinute, tokensPerMinute }: RateCaps, now: number): void {
    this.#requests.allow(requestsPerMinute, now);
    this.#tokens.allow(tokensPerMinute, now);
  }

  /** Milliseconds until the call may go; 0: now. */
  waitMs(call: GatedCall, now: number): number {
    const requests = Math.max(this.#requests.waitMs(1, now), this.#learned.waitMs(now));
    return this.#tokens.isLimited ? Math.max(requests, this.#tokens.waitMs(this.#tokensOf(call), now)) : requests;
  }

  /** The call goes out now. */
  pass(call: GatedCall, now: number): void {
    const tokens = this.#tokens.isLimited ? this.#tokensOf(call) : 0;
    call.spent = {
      requests: this.#requests.spend(1, now),
      tokens: this.#tokens.spend(tokens, now),
      sent: this.#learned.spend(now),
    };
  }

  /** The call does not go out after all. */
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
