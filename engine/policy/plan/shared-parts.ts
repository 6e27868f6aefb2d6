/** What a plan says of its artifacts and checks, looked at as a whole: the first problem in one line. Pure. */
import type { PlanCheck, PlanFile } from "../../../state/plan.ts";
import { schemaProblem } from "../output/validate-output.ts";
import { isNamed, rulesOf } from "../merge/artifact-rules.ts";
import { canonicalContent } from "../merge/canonical.ts";

/** `agents`: the names of those who could judge; undefined: not known. */
export function sharedProblem(
  { subtasks, artifacts, checks }: PlanFile,
  agents: readonly string[] | undefined,
): string | undefined {
  return (
    repeated(artifacts.map(({ name }) => `artifact "${name}"`)) ??
    repeated(checks.map(({ id }) => `check "${id}"`)) ??
    artifacts.map(contentProblem).find((problem) => problem !== undefined) ??
    checks.map((check) => problemOf(check, { subtasks, artifacts }, agents)).find((problem) => problem !== undefined)
  );
}

function repeated(names: readonly string[]): string | undefined {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? undefined : `${twice} is declared twice`;
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

function isWritten(name: string, { subtasks, artifacts }: Pick<PlanFile, "subtasks" | "artifacts">): boolean {
  // A name with {{item}} in it may become any.
  return (
    artifacts.some((declared) => declared.name === name) ||
    subtasks.some(({ writes }) => isNamed(writes, name) || writes.some((pattern) => pattern.includes("{{")))
  );
}

/** The artifacts that a check looks at. */
export function artifactsOf(check: PlanCheck): readonly string[] {
  return "artifact" in check ? [check.artifact] : check.artifacts;
}
