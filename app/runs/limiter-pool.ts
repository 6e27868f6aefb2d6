/** One limiter for each endpoint and key, shared by all runs of this process. */
import { AdaptiveLimiter } from "../../engine/budget/adaptive-limiter.ts";
import type { Clock, ModelLimiter, ResolvedModel } from "../../engine/ports.ts";

export class LimiterPool {
  readonly #limiters = new Map<string, AdaptiveLimiter>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  limiterFor(model: ResolvedModel): ModelLimiter {
    const known = this.#limiters.get(model.limiterKey);
    if (known !== undefined) {
      known.lowerCeiling(model.concurrency);
      return known;
    }
    const limiter = new AdaptiveLimiter(model.concurrency, this.#clock);
    this.#limiters.set(model.limiterKey, limiter);
    return limiter;
  }
}
