/** The limiters that a run uses, which it shares with the other runs of the process. What they change is in its journal. */
import type { Journal } from "../../engine/ports/journal.ts";
import type { ModelLimiter } from "../../engine/ports/limits.ts";
import type { ResolvedModel } from "../../engine/ports/models.ts";
import type { LimiterPool } from "./limiter-pool.ts";

export class RunLimiters {
  readonly #pool: LimiterPool;
  /** The endpoints that the run has called. */
  readonly #endpoints = new Set<string>();
  readonly #stopListening: () => void;

  constructor(pool: LimiterPool, journal: Journal) {
    this.#pool = pool;
    this.#stopListening = pool.onChange(({ endpoint, limit, reason, ...rates }) => {
      // A run that uses another endpoint is not concerned; one whose journal is broken learns it at its own next line.
      if (!this.#endpoints.has(endpoint)) return;
      void journal.append({ kind: "limit-change", data: { endpoint, limit, reason, ...rates } }).catch(() => undefined);
    });
  }

  of(model: ResolvedModel): ModelLimiter {
    this.#endpoints.add(model.limiterKey);
    return this.#pool.limiterFor(model);
  }

  /** Hears of no more changes. */
  close(): void {
    this.#stopListening();
  }
}
