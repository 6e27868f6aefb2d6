/** The limiters that a run uses, which it shares with the other runs of the process. What they change is in its journal. */
import type { Journal } from "../../engine/ports/journal.ts";
import type { ModelLimiter } from "../../engine/ports/limits.ts";
import type { ResolvedModel } from "../../engine/ports/models.ts";
import type { EndpointChange, LimiterPool } from "./limiter-pool.ts";

export class RunLimiters {
  readonly #pool: LimiterPool;
  readonly #journal: Journal;
  /** Of the endpoints that the run has called. */
  readonly #endpoints = new Map<string, ModelLimiter>();
  readonly #stopListening: () => void;

  constructor(pool: LimiterPool, journal: Journal) {
    this.#pool = pool;
    this.#journal = journal;
    this.#stopListening = pool.onChange((change) => {
      // A run that uses another endpoint is not concerned.
      if (this.#endpoints.has(change.endpoint)) this.#record(change);
    });
  }

  of(model: ResolvedModel): ModelLimiter {
    const known = this.#endpoints.get(model.limiterKey);
    if (known !== undefined) return known;
    const limiter = this.#pool.limiterFor(model, this);
    this.#endpoints.set(model.limiterKey, limiter);
    const narrowed = this.#pool.narrowed(model);
    if (narrowed !== undefined) this.#record(narrowed);
    return limiter;
  }

  #record({ endpoint, limit, reason, ...rates }: EndpointChange): void {
    const data = { endpoint, limit, reason, ...rates };
    // A run whose journal is broken learns it at its own next line.
    void this.#journal.append({ kind: "limit-change", data }).catch(() => undefined);
  }

  /** Hears of no more changes, and holds no limiter down. */
  close(): void {
    this.#stopListening();
    this.#pool.leave(this);
  }
}
