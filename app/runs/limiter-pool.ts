/**
 * One limiter for each endpoint and key, shared by all runs of this process that are open, and none higher than the process may
 * have connections. The lowest ceiling and the lowest rates of those that use it hold, while they do. What was learned of an
 * endpoint is kept for the next run, of a bounded number of endpoints: the one that was used last is forgotten last.
 */
import { AdaptiveLimiter } from "../../engine/runtime/limits/adaptive-limiter.ts";
import { callsThatFit } from "../../engine/policy/budget/calls-that-fit.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { LimitChange, ModelLimiter, RateCaps } from "../../engine/ports/limits.ts";
import type { ResolvedModel } from "../../engine/ports/models.ts";

export interface EndpointChange extends LimitChange {
  /** The endpoint with a hash of the key, never the key. */
  endpoint: string;
}

/** Endpoints that nobody uses at the moment and that are remembered all the same. */
const MOST_UNUSED = 20;

interface Shared {
  limiter: AdaptiveLimiter;
  /** What each run that uses it allows. */
  users: Map<object, { ceiling: number; rates: RateCaps }>;
}

export class LimiterPool {
  readonly #shared = new Map<string, Shared>();
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

  /** `user`: who uses it, until `leave`. */
  limiterFor(model: ResolvedModel, user: object): ModelLimiter {
    const { limiterKey, rates = {} } = model;
    const ceiling = Math.min(model.concurrency, this.narrowed(model)?.limit ?? Infinity);
    let shared = this.#shared.get(limiterKey);
    if (shared === undefined) {
      const tell = (change: LimitChange): void => {
        for (const listener of this.#listeners) listener({ endpoint: limiterKey, ...change });
      };
      shared = { limiter: new AdaptiveLimiter(ceiling, this.#clock, tell), users: new Map() };
      this.#shared.set(limiterKey, shared);
    }
    shared.users.set(user, { ceiling, rates });
    applyTo(shared);
    return shared.limiter;
  }

  /** `user` is gone: what it allowed holds for nobody else. */
  leave(user: object): void {
    for (const [key, shared] of this.#shared) {
      if (!shared.users.delete(user)) continue;
      if (shared.users.size > 0) applyTo(shared);
      else {
        // As the newest of those that are unused.
        this.#shared.delete(key);
        this.#shared.set(key, shared);
      }
    }
    const unused = [...this.#shared].filter(([, { users }]) => users.size === 0);
    for (const [key] of unused.slice(0, Math.max(0, unused.length - MOST_UNUSED))) this.#shared.delete(key);
  }

  /** What the process cannot have of the calls that are wanted at once; undefined: it can have them all. */
  narrowed({ limiterKey, concurrency }: ResolvedModel): EndpointChange | undefined {
    this.#openFiles ??= { limit: this.#openFileLimit() };
    const limit = callsThatFit(this.#openFiles.limit);
    if (limit >= concurrency) return undefined;
    return { endpoint: limiterKey, limit, reason: `this process may open ${this.#openFiles.limit} files` };
  }
}

function applyTo({ limiter, users }: Shared): void {
  const { ceiling, rates } = lowestOf([...users.values()]);
  limiter.allow(ceiling, rates);
}

function lowestOf(all: readonly { ceiling: number; rates: RateCaps }[]): { ceiling: number; rates: RateCaps } {
  const least = (figures: readonly (number | undefined)[]): number | undefined => {
    const given = figures.filter((figure) => figure !== undefined);
    return given.length === 0 ? undefined : Math.min(...given);
  };
  const requestsPerMinute = least(all.map(({ rates }) => rates.requestsPerMinute));
  const tokensPerMinute = least(all.map(({ rates }) => rates.tokensPerMinute));
  return {
    ceiling: Math.min(...all.map(({ ceiling }) => ceiling)),
    rates: {
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    },
  };
}
