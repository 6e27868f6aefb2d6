/**
 * A lane's permission to work: the budget's admission, then an agent slot. Asked again by a lane that has it, it answers at
 * once; so a lane that a new process continues asks as one that begins.
 */
import type { Subtask } from "../../state/plan.ts";
import type { Signal } from "../../state/signal.ts";
import type { CapName } from "../../state/usage.ts";
import { FIRST_GUESS_STEPS } from "../budget/admission.ts";
import type { RunHandle } from "../ports.ts";
import { drained } from "./drained.ts";
import { until } from "./until.ts";

/** Tokens of one turn, for a lane of which nothing is known yet. */
const GUESSED_TURN = { input: 3000, output: 500 } as const;

export type Entry = { kind: "entered"; waitedMs: number } | { kind: "stopped"; signal: Signal };

/** Throws GraphDrained where the run was asked to drain. */
export async function enterLane(run: RunHandle, subtask: Subtask, signal: AbortSignal | undefined): Promise<Entry> {
  const { stop } = run;
  const stopping = AbortSignal.any([stop.draining, stop.lanesDeadline, ...(signal === undefined ? [] : [signal])]);
  try {
    // Condensing is part of the synthesis: it draws on what is held back, so it does not compete with the lanes.
    if (subtask.role === "work" && !(await isAdmitted(run, subtask, stopping))) {
      const evidence = "the budget that is left does not suffice for a lane";
      return { kind: "stopped", signal: { kind: "budget", evidence, cap: run.ledger.refusalBy(usedUp(run)) } };
    }
    const waitedMs = await run.slots.acquire(subtask.id, run.priorityOf(subtask.id), stopping);
    return { kind: "entered", waitedMs };
  } catch (error) {
    return stoppedBy(run, error);
  }
}

/** The signal for a wait that was called off. Throws GraphDrained for a drain, and whatever is nobody's stop. */
export function stoppedBy(run: RunHandle, error: unknown): { kind: "stopped"; signal: Signal } {
  const { draining, lanesDeadline } = run.stop;
  if (draining.aborted) throw drained(run, "drained while a lane waited");
  if (lanesDeadline.aborted)
    return { kind: "stopped", signal: { kind: "deadline", evidence: "the run's deadline passed" } };
  throw error;
}

async function isAdmitted(run: RunHandle, subtask: Subtask, stopping: AbortSignal): Promise<boolean> {
  const { price } = run.model;
  const usd = price === undefined ? 0 : (GUESSED_TURN.input * price.input + GUESSED_TURN.output * price.output) / 1e6;
  const guess = {
    steps: FIRST_GUESS_STEPS,
    tokens: FIRST_GUESS_STEPS * (GUESSED_TURN.input + GUESSED_TURN.output),
    usd: FIRST_GUESS_STEPS * usd,
  };
  for (;;) {
    stopping.throwIfAborted();
    const admission = run.admission.admit(subtask.id, { left: run.ledger.left("lanes"), steps: subtask.steps, guess });
    if (admission.kind !== "wait") return admission.kind === "admitted";
    await until(run.admission.changed(), stopping);
  }
}

function usedUp(run: RunHandle): CapName {
  const { steps, tokens } = run.ledger.left("lanes");
  return steps < 1 ? "steps" : tokens < 1 ? "tokens" : "usd";
}

/** Ends a lane's work: its slot goes to the next. `useful`: it reached a result, and so shows what a lane takes. */
export function leaveLane(run: RunHandle, subtask: string, useful: boolean): void {
  run.admission.leave(subtask, useful);
  run.slots.release(subtask);
}
