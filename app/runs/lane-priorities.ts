/** Which lane goes first where lanes wait: by the plan's own priority, then by the longest path that is left behind it. */
import type { Board } from "../../engine/ports/board.ts";
import { dependentsOf, remainingPaths } from "../../engine/schedule/topology.ts";
import type { Plan } from "../../state/plan.ts";

/** Outweighs any path, so that the plan's own priority comes first. */
const PRIORITY_WEIGHT = 1_000_000;

export class LanePriorities {
  readonly #board: Board;
  /** Of the newest plan that was asked about. */
  #paths: { plan: Plan; remaining: ReadonlyMap<string, number> } | undefined;

  constructor(board: Board) {
    this.#board = board;
  }

  /** Higher goes first. */
  of(subtask: string): number {
    const plan = this.#board.plan();
    if (plan === undefined) return 0;
    if (this.#paths?.plan !== plan)
      this.#paths = { plan, remaining: remainingPaths(plan.subtasks, dependentsOf(plan.subtasks)) };
    return (this.#board.subtask(subtask)?.priority ?? 0) * PRIORITY_WEIGHT + (this.#paths.remaining.get(subtask) ?? 0);
  }
}
