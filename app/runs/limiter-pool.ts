/** One limiter for each endpoint and key, shared by all runs of this process. */
import { AdaptiveLimiter } from "../../engine/budget/adaptive-limiter.ts";
import type { Clock, ModelLimiter, ResolvedModel } from "../../engine/ports.ts";

export interface LimitChange {
  /** The endpoint with a hash of the key, never the key. */
  endpoint: string;
  /** Model calls in flight at most, from now on. */
  limit: number;
  reason: string;
}

export class LimiterPool {
  readonly #limiters = new Map<string, AdaptiveLimiter>();
  readonly #clock: Clock;

  readonly #listeners = new Set<(change: LimitChange) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `listener` with each change of a limit, whichever run has caused it; returns the way to stop. */
  onChange(listener: (change: LimitChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  limiterFor(model: ResolvedModel): ModelLimiter {
    const known = this.#limiters.get(model.limiterKey);
    if (known !== undefined) {
      known.lowerCeiling(model.concurrency);
      return known;
    }
    const limiter = new AdaptiveLimiter(model.concurrency, this.#clock, ({ limit, reason }) => {
      for (const listener of this.#listeners) listener({ endpoint: model.limiterKey, limit, reason });
    });
    this.#limiters.set(model.limiterKey, limiter);
    return limiter;
  }
}
