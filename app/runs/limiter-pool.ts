/**
 * One limiter for each endpoint and key, shared by all runs of this process that are open, and none higher than the process may
 * have connections. The lowest ceiling and the lowest rates of those that use it hold, while they do. What was learned of an
 * endpoint is kept for the next run, of a bounded number of endpoints: the one that was used last is forgotten last.
 */
import { AdaptiveLimiter } from "../../engine/runtime/limits/adaptive-limiter.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { LimitChange, ModelLimiter, RateCaps } from "../../engine/ports/limits.ts";
import type { ResolvedModel } from "../../engine/ports/models.ts";

export interface EndpointChange extends LimitChange {
  /** The endpoint with a hash of the key, never the key. */
  endpoint: string;
}

/** Endpoints that nobody uses at the moment and that are remembered all the same. */
const MOST_UNUSED = 20;

interface User {
  ceiling: number;
  rates: RateCaps;
  /** It is told of each change of the limit, whichever run has caused it. */
  onChange: (change: EndpointChange) => void;
}

interface Shared {
  limiter: AdaptiveLimiter;
  users: Map<object, User>;
}

export class LimiterPool {
  readonly #shared = new Map<string, Shared>();
  readonly #clock: Clock;
  readonly #openFileLimit: () => number | undefined;
  #openFiles: { limit: number | undefined } | undefined;

  /** `openFileLimit` is asked once, when the first limiter is wanted. */
  constructor(clock: Clock, openFileLimit: () => number | undefined) {
    this.#clock = clock;
    this.#openFileLimit = openFileLimit;
  }

  /** For one that uses it, until it closes. */
  join(onChange: User["onChange"] = () => undefined): { of(model: ResolvedModel): ModelLimiter; close(): void } {
    const user = {};
    return { of: (model) => this.#limiterFor(model, user, onChange), close: () => this.#leave(user) };
  }

  #limiterFor(model: ResolvedModel, user: object, onChange: User["onChange"]): ModelLimiter {
    const { key: endpoint, rates = {}, concurrency } = model.endpoint;
    let shared = this.#shared.get(endpoint);
    if (shared?.users.has(user) === true) return shared.limiter;
    this.#openFiles ??= { limit: this.#openFileLimit() };
    const fit = callsThatFit(this.#openFiles.limit);
    const ceiling = Math.min(concurrency, fit);
    if (shared === undefined) {
      const users: Shared["users"] = new Map();
      const tell = (change: LimitChange): void => {
        for (const each of users.values()) each.onChange({ endpoint, ...change });
      };
      shared = { limiter: new AdaptiveLimiter(ceiling, this.#clock, tell), users };
      this.#shared.set(endpoint, shared);
    }
    shared.users.set(user, { ceiling, rates, onChange });
    applyTo(shared);
    if (fit < concurrency)
      onChange({ endpoint, limit: fit, reason: `this process may open ${this.#openFiles.limit} files` });
    return shared.limiter;
  }

  /** What it allowed holds for nobody else, and it hears of no more changes. */
  #leave(user: object): void {
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
}

/** The lowest of what each of them allows. */
function applyTo({ limiter, users }: Shared): void {
  const all = [...users.values()];
  const rates: RateCaps = {};
  for (const rate of ["requestsPerMinute", "tokensPerMinute"] as const) {
    const lowest = Math.min(...all.map((user) => user.rates[rate] ?? Infinity));
    if (lowest < Infinity) rates[rate] = lowest;
  }
  limiter.allow(Math.min(...all.map(({ ceiling }) => ceiling)), rates);
}

/** Files that a run has open besides its connections: the database, the journal, documents, what tools and a host open. */
const OTHER_FILES = 64;
const LEAST_CALLS = 4;

/** Model calls that a process may have in flight at once, a connection each, so that the files it needs can still be opened. */
export function callsThatFit(openFiles: number | undefined): number {
  return openFiles === undefined ? Infinity : Math.max(LEAST_CALLS, openFiles - OTHER_FILES);
}
