/** What a node that runs may count on: there is a plan, and the subtask is in it. Each throws SwarmError INTERNAL. */
import { SwarmError } from "../../../state/errors.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { Run } from "./run.ts";

export function planOf(run: Run): Plan {
  return run.shared.board.plan() ?? missing(run, "no plan");
}

export function subtaskOf(run: Run, id: string): Subtask {
  return run.shared.board.subtask(id) ?? missing(run, `no subtask "${id}"`);
}

function missing({ id }: Run, what: string): never {
  throw new SwarmError("INTERNAL", `run ${id} has ${what}`, { next: "please report this with the run's journal" });
}
