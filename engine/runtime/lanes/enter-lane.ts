/**
 * A lane's permission to work: the budget's admission, then an agent slot. Asked again by a lane that has it, it answers at
 * once; so a lane that a new process continues asks as one that begins.
 */
import type { Assignment } from "../../../state/lane-state.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import type { CapName } from "../../../state/usage.ts";
import type { AdmissionFacts, Admitted } from "../../policy/budget/admission.ts";
import { FIRST_GUESS_STEPS } from "../../policy/budget/estimate.ts";
import { dependentsOf, remainingPaths } from "../../policy/plan/topology.ts";
import type { Board } from "../../ports/board.ts";
import { askHuman, type Question } from "../people/ask-human.ts";
import { drained, subtaskOf, type Run } from "../run/run.ts";
import { endIn, laneStops } from "../turns/ending.ts";
import { stoppable, until } from "../waiting/waits.ts";
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
  try {
    return await stoppable(laneStops(run.life.stop, signal), async (stopping): Promise<Entry> => {
      // Condensing is part of the synthesis: it draws on what is held back, so it does not compete with the lanes.
      const isWork = subtask.role === "work" || subtask.role === "repair";
      const refusal = isWork ? await run.effects.refusal(() => refusalOf(run, entering, stopping)) : undefined;
      if (refusal !== undefined) return { kind: "stopped", signal: refusal };
      const waitedMs = await run.budget.slots.acquire(subtask.id, run.budget.priorityOf(subtask.id), stopping);
      return { kind: "entered", waitedMs };
    });
  } catch (error) {
    return stoppedBy(run, error);
  }
}

/** The signal for a wait that was called off. Throws GraphDrained for a drain, and whatever is nobody's stop. */
export function stoppedBy(run: Run, error: unknown): { kind: "stopped"; signal: Signal } {
  const { draining, lanesDeadline } = run.life.stop;
  if (draining.aborted) throw drained(run, "drained while a lane waited");
  const signal = endIn(lanesDeadline);
  if (signal === undefined) throw error;
  return { kind: "stopped", signal };
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

/** Of the line that says who does a part: a part with one has been sent. */
export function partRouteKey(id: string): string {
  return `route/part/${id}`;
}

/** `round`: how often the part has been sent before; each has a route line of its own. */
export function assignPart(run: Run, id: string, round = 0): Promise<Assignment> {
  const key = partRouteKey(id);
  return assign(run, subtaskOf(run, id), { attempt: 1, keyOf: (agent) => (round === 0 ? key : `${key}/${agent}`) });
}

interface Assigning {
  attempt: number;
  /** Under which the line about it is known, by the agent that it goes to; empty: nobody fits. */
  keyOf: (agent: string) => string;
}

/** Gives an attempt to whom the router says, on record. It counts as the agent's at once: who is assigned next is routed by it. */
export async function assign(run: Run, subtask: Subtask, { attempt, keyOf }: Assigning): Promise<Assignment> {
  const data = run.team.route(subtask, { attempt });
  if (data.agent !== null) run.team.assigned(data.agent);
  const agent = data.agent ?? "";
  await run.record.once(keyOf(agent), { kind: "route", subtask: subtask.id, attempt, data });
  return { runId: run.id, subtask: subtask.id, agent, attempt };
}

/** Outweighs any path, so that the plan's own priority comes first. */
const PRIORITY_WEIGHT = 1_000_000_000;

/** Which lane goes first where lanes wait: by the plan's own priority, then by the most turns that are left on its path to the end. */
export class LanePriorities {
  readonly #board: Pick<Board, "plan" | "subtask">;
  /** Of the newest plan that was asked about, in turns. */
  #paths: { plan: Plan; remaining: ReadonlyMap<string, number> } | undefined;

  constructor(board: Pick<Board, "plan" | "subtask">) {
    this.#board = board;
  }

  /** Higher goes first. `taken`: turns that the lane has behind it; of two like lanes the one that has taken fewer goes first. */
  of(subtask: string, taken = 0): number {
    const plan = this.#board.plan();
    const own = this.#board.subtask(subtask);
    if (plan === undefined || own === undefined) return 0;
    if (this.#paths?.plan !== plan)
      this.#paths = { plan, remaining: remainingPaths(plan.subtasks, dependentsOf(plan.subtasks), turnsOf) };
    const expected = turnsOf(own);
    const behind = (this.#paths.remaining.get(subtask) ?? expected) - expected;
    return own.priority * PRIORITY_WEIGHT + behind + turnsLeft(expected, taken);
  }
}

/** Beyond what was expected there is ever less left, and never nothing. */
function turnsLeft(expected: number, taken: number): number {
  return taken < expected ? expected - taken : 1 / (2 + taken - expected);
}

/** As many as the plan allows, or the first guess of all that is not known yet. */
function turnsOf({ steps }: Pick<Subtask, "steps">): number {
  return steps ?? FIRST_GUESS_STEPS;
}
