/** The subtask that mends a violated check: added to the plan as a new version. Pure. */
import type { Plan, PlanCheck, Subtask } from "../../state/plan.ts";
import type { CheckedWrite } from "../../state/run-result.ts";
import { artifactsOf } from "../schedule/shared-parts.ts";

/** Of an id of at most 128 characters, so many are the check's own. */
const NAME_CHARACTERS = 100;

export interface Violated {
  check: PlanCheck;
  evidence: string;
  writes: readonly CheckedWrite[];
}

export function repairId(check: PlanCheck, round: number): string {
  return `${check.id.slice(0, NAME_CHARACTERS)}.repair-${round}`;
}

export function withRepair(plan: Plan, violated: Violated, round: number): Plan {
  const { check, evidence, writes } = violated;
  const names = artifactsOf(check);
  const subtask: Subtask = {
    id: repairId(check, round),
    title: `Mend ${check.title ?? check.id}`.slice(0, 300),
    instructions: [
      `A check of the shared artifacts ${names.join(", ")} is violated: ${evidence}`,
      `What must hold: ${ruleOf(check)}`,
      `The writes that led to it: ${writes.map(named).join(", ") || "unknown"}.`,
      "Read the artifacts and change as little as is needed so that it holds. Answer with what you have changed.",
    ].join("\n"),
    role: "repair",
    ...{ skills: [], dependsOn: [], tools: [], priority: 0, allowMissingInputs: true },
    ...{ reads: [...names], writes: [...names] },
  };
  return { ...plan, version: plan.version + 1, subtasks: [...plan.subtasks, subtask] };
}

function ruleOf(check: PlanCheck): string {
  if ("schema" in check) return `${check.artifact} fits the JSON Schema ${JSON.stringify(check.schema)}`;
  return "command" in check ? `the command ${check.command.join(" ")} ends with 0` : check.predicate;
}

function named({ artifact, version, subtask, attempt }: CheckedWrite): string {
  return `version ${version} of ${artifact} by ${subtask} (attempt ${attempt})`;
}
