/** The model turns of a run, put together; the limiters that they use are shared with the other runs of the process. */
import { lastReservation } from "../../engine/policy/budget/ledger-lines.ts";
import type { Board } from "../../engine/ports/board.ts";
import type { Journal } from "../../engine/ports/journal.ts";
import type { ModelLimiter } from "../../engine/ports/limits.ts";
import type { ResolvedModel } from "../../engine/ports/models.ts";
import type { RunBudget, RunRecovery } from "../../engine/runtime/run/run.ts";
import type { StopSignals } from "../../engine/runtime/turns/ending.ts";
import { Hedging } from "../../engine/runtime/turns/hedging.ts";
import { ModelTurns } from "../../engine/runtime/turns/model-turns.ts";
import { DEFAULT_WARMUP_MS, PromptWarmUp } from "../../engine/runtime/turns/prompt-warm-up.ts";
import { ReplyGate } from "../../engine/runtime/turns/reply-gate.ts";
import type { EndpointChange, LimiterPool } from "./limiter-pool.ts";
import type { RunParts } from "./run-parts.ts";

interface Beside {
  budget: RunBudget;
  board: Board;
  recovery: RunRecovery;
  stop: StopSignals;
}

export function modelTurns(parts: RunParts, { budget, board, recovery, stop }: Beside): ModelTurns {
  const { id, journal, clock, models, options, detection, saved } = parts;
  return new ModelTurns({
    ...{ run: id, clock, stop, detection, models, budget, record: { journal, saved } },
    limiters: new RunLimiters(parts.limiters, journal),
    hedging: new Hedging({
      journal,
      limits: detection.straggler,
      policyOf: ({ subtask = "", agent }) => recovery.policyFor(board.subtask(subtask), agent),
    }),
    warmUp: new PromptWarmUp(clock, options.cacheWarmupMs ?? DEFAULT_WARMUP_MS),
    gate: new ReplyGate(clock),
    lastReservation: lastReservation(journal.past),
  });
}

/** The limiters that a run uses. What they change is in its journal. */
class RunLimiters {
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
