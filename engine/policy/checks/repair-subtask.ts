/** The subtasks that mend violated checks: added to the plan as one new version of it. Pure. */
import type { Plan, PlanCheck, Subtask } from "../../../state/plan.ts";
import type { CheckedWrite } from "../../../state/run-result.ts";
import { addedSubtask, freeId, nextVersion } from "../plan/added-subtask.ts";
import { artifactsOf } from "../plan/shared-parts.ts";

export interface Repair {
  check: PlanCheck;
  evidence: string;
  writes: readonly CheckedWrite[];
  by: NonNullable<Subtask["mends"]>["by"];
}

/** The subtasks of a plan that mend a check, oldest first. */
export function repairsOf(plan: Plan | undefined, check: string): Subtask[] {
  return plan?.subtasks.filter(({ mends }) => mends?.check === check) ?? [];
}

export function withRepairs(plan: Plan, repairs: readonly Repair[]): Plan {
  const taken = new Set(plan.subtasks.map(({ id }) => id));
  const added = repairs.map((repair) => subtaskOf(repair, freeId(repair.check.id, ".repair-", taken)));
  return nextVersion(plan, [...plan.subtasks, ...added]);
}

function subtaskOf({ check, evidence, writes, by }: Repair, id: string): Subtask {
  const names = artifactsOf(check);
  return addedSubtask({
    id,
    title: `Mend ${check.title ?? check.id}`,
    role: "repair",
    mends: { check: check.id, by },
    reads: [...names],
    writes: [...names],
    instructions: [
      `A check of the shared artifacts ${names.join(", ")} is violated: ${evidence}`,
      `What must hold: ${ruleOf(check)}`,
      `The writes that led to it: ${writes.map(named).join(", ") || "unknown"}.`,
      "Read the artifacts and change as little as is needed so that it holds. Answer with what you have changed.",
    ].join("\n"),
  });
}

function ruleOf(check: PlanCheck): string {
  if ("schema" in check) return `${check.artifact} fits the JSON Schema ${JSON.stringify(check.schema)}`;
  return "command" in check ? `the command ${check.command.join(" ")} ends with 0` : check.predicate;
}

function named({ artifact, version, subtask, attempt }: CheckedWrite): string {
  return `version ${version} of ${artifact} by ${subtask} (attempt ${attempt})`;
}
