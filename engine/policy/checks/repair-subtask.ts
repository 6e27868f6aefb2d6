/** The subtasks that mend violated checks: added to the plan as one new version of it. Pure. */
import type { Plan, PlanCheck, Subtask } from "../../../state/plan.ts";
import type { CheckedWrite } from "../../../state/run-result.ts";
import { artifactsOf } from "../plan/shared-parts.ts";

/** Of an id of at most 128 characters, so many are the check's own. */
const NAME_CHARACTERS = 100;
const LONGEST_TITLE = 300;

export interface Violated {
  check: PlanCheck;
  evidence: string;
  writes: readonly CheckedWrite[];
}

export interface Repair extends Violated {
  by: NonNullable<Subtask["mends"]>["by"];
}

/** The subtasks of a plan that mend a check, oldest first. */
export function repairsOf(plan: Plan | undefined, check: string): Subtask[] {
  return plan?.subtasks.filter(({ mends }) => mends?.check === check) ?? [];
}

export function withRepairs(plan: Plan, repairs: readonly Repair[]): Plan {
  const subtasks = [...plan.subtasks];
  for (const repair of repairs) subtasks.push(subtaskOf(repair, { ...plan, subtasks }));
  return { ...plan, version: plan.version + 1, subtasks };
}

function subtaskOf({ check, evidence, writes, by }: Repair, plan: Plan): Subtask {
  const names = artifactsOf(check);
  return {
    id: freeId(check, plan),
    title: `Mend ${check.title ?? check.id}`.slice(0, LONGEST_TITLE).toWellFormed(),
    instructions: [
      `A check of the shared artifacts ${names.join(", ")} is violated: ${evidence}`,
      `What must hold: ${ruleOf(check)}`,
      `The writes that led to it: ${writes.map(named).join(", ") || "unknown"}.`,
      "Read the artifacts and change as little as is needed so that it holds. Answer with what you have changed.",
    ].join("\n"),
    role: "repair",
    mends: { check: check.id, by },
    ...{ skills: [], dependsOn: [], tools: [], priority: 0, allowMissingInputs: true },
    ...{ reads: [...names], writes: [...names] },
  };
}

/** Long ids that begin alike, and a planned subtask that has such an id, must not meet. */
function freeId(check: PlanCheck, plan: Plan): string {
  const taken = new Set(plan.subtasks.map(({ id }) => id));
  const name = check.id.slice(0, NAME_CHARACTERS);
  let number = repairsOf(plan, check.id).length + 1;
  while (taken.has(`${name}.repair-${number}`)) number += 1;
  return `${name}.repair-${number}`;
}

function ruleOf(check: PlanCheck): string {
  if ("schema" in check) return `${check.artifact} fits the JSON Schema ${JSON.stringify(check.schema)}`;
  return "command" in check ? `the command ${check.command.join(" ")} ends with 0` : check.predicate;
}

function named({ artifact, version, subtask, attempt }: CheckedWrite): string {
  return `version ${version} of ${artifact} by ${subtask} (attempt ${attempt})`;
}
