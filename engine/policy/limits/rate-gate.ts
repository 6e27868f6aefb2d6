/**
 * How many requests and tokens a minute an endpoint is sent: what the user allows (`token-bucket.ts`) and what the endpoint says
 * that it takes (`told-quota.ts`), whichever is less. A call's tokens are unknown before its answer: it is let through as its
 * estimate, scaled by how the calls before it compared with theirs, and corrected by what it used. Time is given.
 */
import type { RateCaps, RateLimits } from "../../ports/limits.ts";
import type { Refused } from "./concurrency-limit.ts";
import { LearnedRate } from "./learned-rate.ts";
import { TokenBucket } from "./token-bucket.ts";
import { ToldQuota, type QuotaMark } from "./told-quota.ts";

/** How much the newest call weighs in the scale. */
const NEWEST_WEIGHT = 0.1;

export interface GateMark {
  requests: QuotaMark;
  tokens: QuotaMark;
  /** As asked for, before the scale. */
  estimate: number;
  /** Tokens that it was let through as. */
  spent: number;
}

interface Asked {
  /** An estimate of the call's tokens. */
  tokens: (() => number) | undefined;
}

interface Reported {
  limits: RateLimits | undefined;
  /** As the provider counted them; undefined: it did not say. */
  tokens: number | undefined;
  isRefused: boolean;
}

export class RateGate {
  #givenRequests: TokenBucket | undefined;
  #givenTokens: TokenBucket | undefined;
  readonly #toldRequests = new ToldQuota();
  readonly #toldTokens = new ToldQuota();
  readonly #learned = new LearnedRate();
  readonly #estimates = new WeakMap<object, number>();
  #scale = 1;

  /** What the user allows from now on. */
  allow({ requestsPerMinute, tokensPerMinute }: RateCaps, now: number): void {
    this.#givenRequests = bucketOf(this.#givenRequests, requestsPerMinute, now);
    this.#givenTokens = bucketOf(this.#givenTokens, tokensPerMinute, now);
  }

  waitMs(asked: Asked, now: number): number {
    const requests = Math.max(
      this.#givenRequests?.waitMs(1, now) ?? 0,
      this.#toldRequests.waitMs(1, now),
      this.#learned.waitMs(now),
    );
    if (!this.#countsTokens()) return requests;
    const tokens = this.#tokensOf(asked).spent;
    return Math.max(requests, this.#givenTokens?.waitMs(tokens, now) ?? 0, this.#toldTokens.waitMs(tokens, now));
  }

  /** The call goes out now. */
  pass(asked: Asked, now: number): GateMark {
    const { estimate, spent } = this.#countsTokens() ? this.#tokensOf(asked) : { estimate: 0, spent: 0 };
    this.#givenRequests?.spend(1, now);
    this.#givenTokens?.spend(spent, now);
    this.#learned.spend(now);
    return { requests: this.#toldRequests.spend(1, now), tokens: this.#toldTokens.spend(spent, now), estimate, spent };
  }

  /** The call does not go out after all. */
  takeBack({ spent, requests, tokens }: GateMark, now: number): void {
    this.#givenRequests?.spend(-1, now);
    this.#givenTokens?.spend(-spent, now);
    this.#toldRequests.correct(requests, -1);
    this.#learned.takeBack(now);
    this.#toldTokens.correct(tokens, -spent);
  }

  /** What came of a call; true: the endpoint has named other limits than before. */
  report(mark: GateMark, { limits, tokens, isRefused }: Reported, now: number): boolean {
    const used = tokens ?? (isRefused ? 0 : mark.spent);
    this.#givenTokens?.spend(used - mark.spent, now);
    this.#toldTokens.correct(mark.tokens, used - mark.spent);
    if (tokens !== undefined && tokens > 0 && mark.estimate > 0)
      this.#scale += NEWEST_WEIGHT * (tokens / mark.estimate - this.#scale);
    const requests = this.#toldRequests.answered(mark.requests, limits?.requests, now);
    const told = this.#toldTokens.answered(mark.tokens, limits?.tokens, now);
    return requests || told;
  }

  /** The endpoint took a call; true: the rate that was learned rises. */
  answered(now: number): boolean {
    return this.#learned.answered(now);
  }

  /** Whether refusals could be for a rate that the endpoint does not name. */
  canLearn(now: number): boolean {
    const isNamed = this.#toldRequests.limit !== undefined || this.#toldTokens.limit !== undefined;
    return !isNamed && this.#learned.canLearn(now);
  }

  /** The endpoint refused a call, and does not say why: `what` was made of it. True: the rate that was learned is another. */
  refused(what: Refused, now: number): boolean {
    const isRate = what === "rate" || (what === "stray" && this.#learned.perMinute !== undefined);
    const isAnother = this.#learned.refused(isRate && this.canLearn(now), now);
    // One that takes nothing at all has no rate.
    if (what === "silent") this.#learned.forget(now);
    return isAnother;
  }

  /** What the endpoint has named, or else what was learned. */
  told(): RateCaps {
    const tokensPerMinute = this.#toldTokens.limit;
    const requestsPerMinute = this.#toldRequests.limit ?? this.#learned.perMinute;
    return {
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    };
  }

  #countsTokens(): boolean {
    return this.#givenTokens !== undefined || this.#toldTokens.limit !== undefined;
  }

  #tokensOf(asked: Asked): { estimate: number; spent: number } {
    let estimate = this.#estimates.get(asked);
    if (estimate === undefined) this.#estimates.set(asked, (estimate = asked.tokens?.() ?? 0));
    return { estimate, spent: Math.max(1, Math.ceil(estimate * this.#scale)) };
  }
}

/** The same bucket where the figure is the same: what is in it was not spent. */
function bucketOf(
  bucket: TokenBucket | undefined,
  perMinute: number | undefined,
  now: number,
): TokenBucket | undefined {
  if (perMinute === undefined || bucket?.perMinute === perMinute) return perMinute === undefined ? undefined : bucket;
  return new TokenBucket(perMinute, now);
}
