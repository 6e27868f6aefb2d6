/**
 * A lane's permission to work: the budget's admission, then an agent slot. Asked again by a lane that has it, it answers at
 * once; so a lane that a new process continues asks as one that begins.
 */
import type { Subtask } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import type { CapName } from "../../../state/usage.ts";
import type { AdmissionFacts, Admitted } from "../../policy/budget/admission.ts";
import { FIRST_GUESS_STEPS } from "../../policy/budget/estimate.ts";
import { askHuman, type Question } from "../people/ask-human.ts";
import type { Run } from "../run/run.ts";
import { waitInRun } from "../turns/ending.ts";
import { until } from "../waiting/waits.ts";
import type { LaneContext } from "./lane-node.ts";

/** Tokens of one turn, for a lane of which nothing is known yet. */
const GUESSED_TURN = { input: 3000, output: 500 } as const;

export type Entry = { kind: "entered"; waitedMs: number } | { kind: "stopped"; signal: Signal };

interface Entering {
  subtask: Subtask;
  agent: string;
}

/** Throws GraphDrained where the run was asked to drain. */
export async function enterLane(run: Run, entering: Entering, signal: AbortSignal | undefined): Promise<Entry> {
  const { subtask } = entering;
  const passed = (ended: Signal): Entry => ({ kind: "stopped", signal: ended });
  return waitInLane(run, { caller: signal, passed }, async (stopping) => {
    // Condensing is part of the synthesis: it draws on what is held back, so it does not compete with the lanes.
    const isWork = subtask.role === "work" || subtask.role === "repair";
    const refusal = isWork ? await run.effects.refusal(() => refusalOf(run, entering, stopping)) : undefined;
    if (refusal !== undefined) return { kind: "stopped", signal: refusal };
    const waitedMs = await run.budget.slots.acquire(subtask.id, run.budget.priorityOf(subtask.id), stopping);
    return { kind: "entered", waitedMs };
  });
}

interface LaneWait<Result> {
  caller: AbortSignal | undefined;
  /** What the wait comes to where the deadline of the lanes passes. */
  passed: (signal: Signal) => Result;
}

/** As `waitInRun`. */
export function waitInLane<Result>(
  { life }: Run,
  { caller, passed }: LaneWait<Result>,
  wait: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { draining, lanesDeadline } = life.stop;
  return waitInRun({ what: "a lane waited", draining, caller, deadline: { signal: lanesDeadline, passed } }, wait);
}

/** Why the budget has no place for the lane; undefined: it has. */
async function refusalOf(run: Run, { subtask, agent }: Entering, stopping: AbortSignal): Promise<Signal | undefined> {
  const { price } = run.team.model;
  const usd = price === undefined ? 0 : (GUESSED_TURN.input * price.input + GUESSED_TURN.output * price.output) / 1e6;
  const guess = {
    steps: FIRST_GUESS_STEPS,
    tokens: FIRST_GUESS_STEPS * (GUESSED_TURN.input + GUESSED_TURN.output),
    usd: FIRST_GUESS_STEPS * usd,
  };
  const facts = (): AdmissionFacts => ({
    left: run.budget.ledger.left("lanes"),
    steps: subtask.steps,
    guess,
    groups: run.budget
      .accountsOf(subtask.id, agent)
      .map((account) => ({ name: account.name, left: run.budget.ledger.accounts.left(account) })),
  });
  stopping.throwIfAborted();
  const { promise: answered, resolve } = Promise.withResolvers<Admitted>();
  const withdraw = run.budget.admission.enter(subtask.id, facts, resolve);
  const answer = await until(answered, stopping).finally(withdraw);
  return answer.kind === "admitted" ? undefined : refused(run, answer.by);
}

/** `by`: whose budget it is, where it is not the run's. */
function refused(run: Run, by: string | undefined): Signal {
  if (by !== undefined) return { kind: "budget", evidence: `the budget of ${by} does not suffice for a lane` };
  const cap = run.budget.ledger.refusalBy(usedUp(run));
  const evidence = `of ${cap.at} ${cap.name} too little is left for a lane`;
  return { kind: "budget", evidence, cap };
}

function usedUp(run: Run): CapName {
  const { steps, tokens } = run.budget.ledger.left("lanes");
  return steps < 1 ? "steps" : tokens < 1 ? "tokens" : "usd";
}

/** Ends a lane's work: its slot goes to the next. `useful`: it reached a result, and so shows what a lane takes. */
export function leaveLane(run: Run, subtask: string, useful: boolean): void {
  run.budget.admission.leave(subtask, useful);
  run.budget.slots.release(subtask);
}

/**
 * Asks for a lane: meanwhile it holds no slot, and those that wait for it are parked. A part stands for the subtask that it belongs to:
 * the whole cannot end before it. Throws LangGraph's interrupt.
 */
export async function askInLane<Answer>({ run, state }: LaneContext, question: Question<Answer>): Promise<Answer> {
  const { subtask, attempt } = state;
  leaveLane(run, subtask, false);
  suspend(run, subtask);
  const { answer } = await askHuman(run, { ...question, attempt });
  unsuspend(run, subtask);
  return answer;
}

/** Wakes those that wait for it: they park themselves. */
function suspend(run: Run, id: string): void {
  run.shared.board.setSuspended(id, true);
  const whole = run.shared.board.subtask(id)?.partOf;
  if (whole !== undefined) run.shared.board.setSuspended(whole, true);
}

/** The whole goes on once none of its parts is suspended any more. */
function unsuspend(run: Run, id: string): void {
  run.shared.board.setSuspended(id, false);
  const whole = run.shared.board.subtask(id)?.partOf;
  const parts = (whole === undefined ? undefined : run.shared.board.subtask(whole)?.parts) ?? [];
  if (whole !== undefined && !parts.some((part) => run.shared.board.isSuspended(part)))
    run.shared.board.setSuspended(whole, false);
}
