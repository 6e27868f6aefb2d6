/** A lane asks for more subtasks: they come with a new version of the plan, on record, and begin when the lane that asked has ended. */
import { recordPlan } from "../../journal/recorded-messages.ts";
import { nextVersion } from "../../policy/plan/added-subtask.ts";
import { requestedSubtasks, type RequestedWork } from "../../policy/plan/requested-subtasks.ts";
import { planOf, subtaskOf, type Run } from "../run/run.ts";

/** With what an answer begins that says that they are added. */
export const ADDED = "Added";

/** The answer to who asks. Asking for the same again adds nothing. */
export async function requestSubtasks(run: Run, asking: string, wanted: readonly RequestedWork[]): Promise<string> {
  const { board } = run.shared;
  let problems: string[] = [];
  // Looked at where it is changed: lanes ask at once.
  const changed = await board.extendPlan((plan) => {
    const decided = requestedSubtasks(wanted, {
      plan,
      by: subtaskOf(run, asking),
      hasEnded: (id) => board.result(id) !== undefined,
      steps: run.effects.stepsLeft("add", () => stepsLeft(run)),
    });
    problems = decided.kind === "refused" ? decided.problems : [];
    if (decided.kind === "refused" || decided.subtasks.length === 0) return plan;
    return nextVersion(plan, [...plan.subtasks, ...decided.subtasks]);
  });
  if (problems.length > 0) return `Not added: ${problems.join("; ")}.`;
  await journalRequest(run, asking, changed);
  const ids = requestedBy(run, asking);
  return `${ADDED}: ${ids.join(", ")}. They begin when you have answered, and the answer of the run is written of their results too. Answer now with what you have; do not wait for them.`;
}

/** The ids of what a subtask has asked for, in the order in which it has. */
export function requestedBy(run: Run, asking: string): string[] {
  return planOf(run).subtasks.flatMap(({ id, requestedBy }) => (requestedBy === asking ? [id] : []));
}

function stepsLeft(run: Run): number {
  const open = planOf(run).subtasks.filter(
    ({ id, role }) => role === "work" && run.shared.board.result(id) === undefined,
  );
  return run.budget.ledger.left("lanes").steps - open.length;
}

async function journalRequest(run: Run, asking: string, version: number): Promise<void> {
  const added = requestedBy(run, asking);
  const plan = planOf(run);
  await run.record.once(`plan/request/${asking}/${added.length}`, {
    kind: "plan",
    data: { version, origin: `request of ${asking}`, added, content: recordPlan(run.shared.contents, plan) },
  });
}
