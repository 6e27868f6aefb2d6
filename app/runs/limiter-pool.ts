/** One limiter for each endpoint and key, shared by all runs of this process, and none higher than the process may have connections. */
import { AdaptiveLimiter } from "../../engine/budget/adaptive-limiter.ts";
import { callsThatFit } from "../../engine/budget/calls-that-fit.ts";
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
  readonly #openFileLimit: () => number | undefined;
  readonly #listeners = new Set<(change: EndpointChange) => void>();
  #openFiles: { limit: number | undefined } | undefined;

  /** `openFileLimit` is asked once, when the first limiter is wanted. */
  constructor(clock: Clock, openFileLimit: () => number | undefined) {
    this.#clock = clock;
    this.#openFileLimit = openFileLimit;
  }

  /** Calls `listener` with each change of a limit, whichever run has caused it; returns the way to stop. */
  onChange(listener: (change: EndpointChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  limiterFor(model: ResolvedModel): ModelLimiter {
    const ceiling = Math.min(model.concurrency, this.narrowed(model)?.limit ?? Infinity);
    let limiter = this.#limiters.get(model.limiterKey);
    if (limiter === undefined) {
      limiter = new AdaptiveLimiter(ceiling, this.#clock, (change) => {
        for (const listener of this.#listeners) listener({ endpoint: model.limiterKey, ...change });
      });
      this.#limiters.set(model.limiterKey, limiter);
    }
    limiter.lowerTo(ceiling, model.rates);
    return limiter;
  }

  /** What the process cannot have of the calls that are wanted at once; undefined: it can have them all. */
  narrowed({ limiterKey, concurrency }: ResolvedModel): EndpointChange | undefined {
    this.#openFiles ??= { limit: this.#openFileLimit() };
    const limit = callsThatFit(this.#openFiles.limit);
    if (limit >= concurrency) return undefined;
    return { endpoint: limiterKey, limit, reason: `this process may open ${this.#openFiles.limit} files` };
  }
}
