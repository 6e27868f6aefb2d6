/** Who may call a model next: the limits of an endpoint, what its answers say of them, and leave to make one call. Owns no behaviour. */
import type { Signal } from "../../state/signal.ts";

/** What an endpoint says of one of its limits; each figure only where it said it. */
export interface LimitFacts {
  /** Per minute. */
  limit?: number;
  remaining?: number;
  /** Milliseconds until all of it is there again. */
  resetMs?: number;
}

/** What an answer, a refusal too, says of the endpoint's limits. */
export interface RateLimits {
  requests?: LimitFacts;
  tokens?: LimitFacts;
  /** Calls in flight at once. */
  concurrency?: number;
  /** A rate is used up: it was no matter of how many calls are in flight. */
  isUsedUp?: boolean;
}

/** Rates that hold for an endpoint. Absent: none. */
export interface RateCaps {
  requestsPerMinute?: number;
  /** Input and output together. */
  tokensPerMinute?: number;
}

export interface LimitChange extends RateCaps {
  /** Model calls in flight at most, from now on. */
  limit: number;
  reason: string;
}

export interface CallAsking {
  /** Runs that share the endpoint take turns. */
  run: string;
  priority: number;
  /** A coordinator's call: before those of all lanes. */
  isUrgent: boolean;
  /** An estimate of the call's tokens; asked for only where tokens are limited. */
  tokens?: () => number;
}

/** Leave to make one call, to be given back. What it holds is the limiter's own. */
export interface CallPermit {
  readonly run: string;
}

export interface CallReport {
  /** Undefined: a good reply. */
  signal: Signal | undefined;
  limits: RateLimits | undefined;
  /**
   * Input and output, as the provider counted them; 0: it was refused, or never got there; undefined: nobody knows, and it may have
   * used all that it was let through as.
   */
  tokens: number | undefined;
}

/** Who may call a model next, for all runs that share an endpoint and a key: of this process, or, by another adapter, of several. */
export interface ModelLimiter {
  /** Resolves when the call may go out. Rejects with the signal's reason, and leaves no trace. */
  acquire(asking: CallAsking, signal: AbortSignal): Promise<CallPermit>;
  sent(permit: CallPermit): void;
  heard(permit: CallPermit, now: number): void;
  /** Until when the call was, as it seems, waiting for its turn at the endpoint, and not silent; -Infinity: it was not. */
  waitedUntil(permit: CallPermit): number;
  /** Of a permit whose call was never `sent`, what it took of a rate is given back too. */
  release(permit: CallPermit): void;
  /** What came of a call, before its release. `now`: milliseconds. */
  report(permit: CallPermit, outcome: CallReport, now: number): void;
}
