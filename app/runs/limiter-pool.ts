/** One limiter for each endpoint and key, shared by all runs of this process. */
import { AdaptiveLimiter } from "../../engine/budget/adaptive-limiter.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { LimitChange, ModelLimiter } from "../../engine/ports/limits.ts";
import type { ResolvedModel } from "../../engine/ports/models.ts";

export interface EndpointChange extends LimitChange {
  /** The endpoint with a hash of the key, never the key. */
  endpoint: string;
}

export class LimiterPool {
  readonly #limiters = new Map<string, AdaptiveLimiter>();
  readonly #clock: Clock;

  readonly #listeners = new Set<(change: EndpointChange) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `listener` with each change of a limit, whichever run has caused it; returns the way to stop. */
  onChange(listener: (change: EndpointChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  limiterFor(model: ResolvedModel): ModelLimiter {
    let limiter = this.#limiters.get(model.limiterKey);
    if (limiter === undefined) {
      limiter = new AdaptiveLimiter(model.concurrency, this.#clock, (change) => {
        for (const listener of this.#listeners) listener({ endpoint: model.limiterKey, ...change });
      });
      this.#limiters.set(model.limiterKey, limiter);
    }
    limiter.lowerTo(model.concurrency, model.rates);
    return limiter;
  }
}
