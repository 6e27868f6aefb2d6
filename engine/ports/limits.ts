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

/** Leave to make one call, to be given back. */
export interface CallPermit {
  /** The call is on its way. */
  sent(): void;
  /** Something came of it. */
  heard(): void;
  /** Until when the call was, as it seems, waiting for its turn at the endpoint, and not silent; -Infinity: it was not. */
  waitedUntil(): number;
  /** What came of it, before the release. */
  report(outcome: CallReport): void;
  /** Where the call was never `sent`, what it took of a rate is given back too. */
  release(): void;
}

/** Who may call a model next, for all runs that share an endpoint and a key: of this process, or, by another adapter, of several. */
export interface ModelLimiter {
  /** Resolves when the call may go out. Rejects with the signal's reason, and leaves no trace. */
  acquire(asking: CallAsking, signal: AbortSignal): Promise<CallPermit>;
}
