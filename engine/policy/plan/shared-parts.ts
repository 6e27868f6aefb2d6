/** What a plan says of its artifacts and checks, looked at as a whole: each problem in one line. Pure. */
import type { PlanCheck, PlanFile } from "../../../state/plan.ts";
import { schemaProblem } from "../output/validate-output.ts";
import { isNamed, rulesOf } from "../merge/artifact-rules.ts";
import { canonicalContent } from "../merge/canonical.ts";

/** `agents`: the names of those who could judge; undefined: not known. */
export function sharedProblems(
  { subtasks, artifacts, checks, answer }: PlanFile,
  agents: readonly string[] | undefined,
): string[] {
  return [
    ...repeated(artifacts.map(({ name }) => `artifact "${name}"`)),
    ...repeated(checks.map(({ id }) => `check "${id}"`)),
    ...artifacts.flatMap((declared) => contentProblem(declared) ?? []),
    ...checks.flatMap((check) => problemOf(check, { subtasks, artifacts }, agents) ?? []),
    ...(answer === undefined || isWritten(answer, { subtasks, artifacts })
      ? []
      : [`answer: artifact "${answer}" is one that no subtask writes and no declaration makes`]),
  ];
}

function repeated(names: readonly string[]): string[] {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(twice)].map((name) => `${name} is declared twice`);
}

function contentProblem(declared: PlanFile["artifacts"][number]): string | undefined {
  if (declared.content === undefined) return undefined;
  const { type, key } = rulesOf(declared.name, declared, "reject-and-retry");
  const checked = canonicalContent(type, declared.content, key);
  return checked.ok ? undefined : `artifact "${declared.name}": its content does not fit: ${checked.problem}`;
}

function problemOf(
  check: PlanCheck,
  plan: Pick<PlanFile, "subtasks" | "artifacts">,
  agents: readonly string[] | undefined,
): string | undefined {
  const problem = "schema" in check ? schemaProblem(check.schema) : undefined;
  if (problem !== undefined) return `check "${check.id}": its schema is no JSON Schema: ${problem}`;
  const judge = "predicate" in check ? check.agent : undefined;
  if (judge !== undefined && agents?.includes(judge) === false)
    return `check "${check.id}" names agent ${JSON.stringify(judge.slice(0, 60))}, which the run does not have`;
  const absent = artifactsOf(check).find((name) => !isWritten(name, plan));
  return absent === undefined
    ? undefined
    : `check "${check.id}" looks at artifact "${absent}", which no subtask writes and no declaration makes`;
}

/** Artifacts that a subtask reads, and that never come to be; for who can still mend the plan. */
export function unwrittenReads(plan: Pick<PlanFile, "subtasks" | "artifacts">): string[] {
  return plan.subtasks.flatMap(({ id, reads }) =>
    reads
      .filter((name) => !name.includes("{{") && !name.endsWith("/*") && !isWritten(name, plan))
      .map((name) => `subtask "${id}" reads artifact "${name}", which no subtask writes and no declaration makes`),
  );
}

function isWritten(name: string, { subtasks, artifacts }: Pick<PlanFile, "subtasks" | "artifacts">): boolean {
  // A name with {{item}} in it may become any.
  return (
    artifacts.some((declared) => declared.name === name) ||
    subtasks.some(({ writes }) => isNamed(writes, name) || writes.some((pattern) => pattern.includes("{{")))
  );
}

export function artifactsOf(check: PlanCheck): readonly string[] {
  return "artifact" in check ? [check.artifact] : check.artifacts;
}
