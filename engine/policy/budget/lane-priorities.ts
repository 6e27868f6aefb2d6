/** Which lane goes first where lanes wait for a place or for a model call. */
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { Board } from "../../ports/board.ts";
import { FIRST_GUESS_STEPS } from "./estimate.ts";
import { dependentsOf, remainingPaths } from "../plan/topology.ts";

/** Outweighs any path, so that the plan's own priority comes first. */
const PRIORITY_WEIGHT = 1_000_000_000;

/** By the plan's own priority, then by the most turns that are left on its path to the end. */
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
