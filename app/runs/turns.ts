/** The model turns of a run, put together; the limiters that they use are shared with the other runs of the process. */
import type { Board } from "../../engine/ports/board.ts";
import type { RunBudget, RunRecovery } from "../../engine/runtime/run/run.ts";
import type { StopSignals } from "../../engine/runtime/turns/ending.ts";
import { Hedging } from "../../engine/runtime/turns/hedging.ts";
import { ModelTurns } from "../../engine/runtime/turns/model-turns.ts";
import { PromptWarmUp } from "../../engine/runtime/turns/prompt-warm-up.ts";
import { ReplyGate } from "../../engine/runtime/turns/reply-gate.ts";
import { DEFAULT_WARMUP_MS } from "../../state/run-options.ts";
import type { EndpointChange } from "./limiter-pool.ts";
import type { RunParts } from "./run-parts.ts";

interface Beside {
  budget: RunBudget;
  board: Board;
  recovery: RunRecovery;
  stop: StopSignals;
}

export function modelTurns(parts: RunParts, { budget, board, recovery, stop }: Beside): ModelTurns {
  const { journal } = parts;
  const { clock, saved, limiters } = parts.host;
  const [{ models }, { detection }, { run: options }] = [parts.staff, parts.rules, parts.begin];
  const user = {};
  const record = ({ endpoint, limit, reason, ...rates }: EndpointChange): void => {
    const data = { endpoint, limit, reason, ...rates };
    // A run whose journal is broken learns it at its own next line.
    void journal.append({ kind: "limit-change", data }).catch(() => undefined);
  };
  return new ModelTurns({
    ...{
      run: parts.records.id,
      clock,
      stop,
      detection,
      models,
      budget,
      record: { journal, contents: parts.kept.contents, saved },
    },
    limiters: {
      of: (model) => limiters.limiterFor(model, user, record),
      close: () => limiters.leave(user),
    },
    hedging: new Hedging({
      limits: detection.straggler,
      policyOf: ({ subtask = "", agent }) => recovery.policyFor(board.subtask(subtask), agent),
    }),
    warmUp: new PromptWarmUp(clock, options.cacheWarmupMs ?? DEFAULT_WARMUP_MS),
    gate: new ReplyGate(clock),
    lastReservation: journal.view.spending.lastReservation,
  });
}
