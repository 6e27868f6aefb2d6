/**
 * From a plan file to a checked, expanded plan. Owns the rules across subtasks; the shapes are in `state/plan.ts`. Every
 * refusal is one line that names the subtask.
 */
import type { z } from "zod";
import { ArtifactName } from "../../../state/artifact.ts";
import { SwarmError } from "../../../state/errors.ts";
import { PlanFile, SubtaskId, type Plan, type PlannedSubtask, type Subtask } from "../../../state/plan.ts";
import { firstIssue, innermost, problemText } from "../../../state/problem.ts";
import { CEILINGS } from "../../../state/usage.ts";
import { absentName, type Available } from "./plan-names.ts";
import { schemaProblem } from "../output/validate-output.ts";
import { checkProblem } from "./check-problem.ts";
import { sharedProblem } from "./shared-parts.ts";
import { topologicalOrder } from "./topology.ts";
import { isRecord } from "../../../state/is-record.ts";
import { nestsDeeper, TOO_DEEP } from "../../../state/nesting.ts";

/** Lists the items of a `forEach` over documents; undefined where the run has no documents. */
export type ExpandDocuments = ((glob: string, as: "file" | "folder") => string[]) | undefined;

/** Parses a plan of unknown origin. Throws SwarmError PLAN_INVALID with one line. Pure. */
export function parsePlanFile(input: unknown): PlanFile {
  if (nestsDeeper(input)) throw invalid(TOO_DEEP);
  const parsed = PlanFile.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(shapeProblem(parsed.error, input));
}

/**
 * Expands every `forEach`, checks ids, names, dependencies and size, and sorts. Names of what is not said to be available are not
 * looked at. Throws SwarmError PLAN_INVALID. Pure, but for `expandDocuments`.
 */
export function expandPlan(
  file: PlanFile,
  facts: { task: string; version: number; expandDocuments: ExpandDocuments } & Available,
): Plan {
  refuseDuplicates(file.subtasks);
  refuseBadSchemas(file.subtasks);
  const absent = absentName(file.subtasks, facts);
  if (absent !== undefined) throw invalid(absent);
  checkShared(file, facts.agents);
  const groups = new Map<string, string[]>();
  const expanded: Subtask[] = [];
  for (const planned of file.subtasks) {
    const members = expandSubtask(planned, facts.expandDocuments);
    groups.set(
      planned.id,
      members.map((member) => member.id),
    );
    if (expanded.length + members.length > CEILINGS.maxSteps) {
      throw invalid(
        `it has more than ${CEILINGS.maxSteps} subtasks: more work than the ceiling of ${CEILINGS.maxSteps} steps allows`,
      );
    }
    expanded.push(...members);
  }
  refuseDuplicates(expanded);
  refuseClashes(file, expanded);
  const linked = resolveDependencies(expanded, groups);
  const { artifacts, checks } = file;
  return { version: facts.version, task: facts.task, subtasks: topologicalOrder(linked), artifacts, checks };
}

function expandSubtask(planned: PlannedSubtask, expandDocuments: ExpandDocuments): Subtask[] {
  const { forEach, title, ...rest } = planned;
  if (forEach === undefined) return [{ ...rest, title: title ?? planned.id, role: "work" }];
  const items = Array.isArray(forEach) ? [...new Set(forEach)] : documentItems(planned.id, forEach, expandDocuments);
  const width = String(items.length).length;
  return items.map((item, index) => {
    const number = String(index + 1);
    // In one pass: an item may look like a placeholder itself.
    const fill = (text: string): string =>
      text.replace(/\{\{(item|index)\}\}/g, (_, name) => (name === "item" ? item : number));
    return {
      ...rest,
      id: SubtaskId.parse(`${planned.id.slice(0, 120)}-${number.padStart(width, "0")}`),
      title: fill(title ?? `${planned.id}: {{item}}`)
        .slice(0, 300)
        .toWellFormed(),
      instructions: fill(rest.instructions),
      reads: rest.reads.map((name) => filledName(planned.id, fill(name))),
      writes: rest.writes.map((name) => filledName(planned.id, fill(name))),
      role: "work",
      group: planned.id,
      item,
    };
  });
}

/** An item may hold what no name may. */
function filledName(id: string, name: string): string {
  const checked = ArtifactName.safeParse(name.replace(/\/\*$/, ""));
  if (checked.success) return name;
  throw invalid(`subtask "${id}": artifact ${quoted(name)} ${checked.error.issues[0]?.message ?? "is no name"}`);
}

function documentItems(
  id: string,
  forEach: { documents: string; as: "file" | "folder" },
  expandDocuments: ExpandDocuments,
): string[] {
  if (expandDocuments === undefined) {
    throw invalid(`subtask "${id}": forEach goes over documents, but the run has none (give --docs)`);
  }
  const items = expandDocuments(forEach.documents, forEach.as);
  if (items.length === 0) throw invalid(`subtask "${id}": forEach: no document matches ${quoted(forEach.documents)}`);
  return items;
}

function refuseDuplicates(subtasks: readonly { id: string }[]): void {
  const seen = new Set<string>();
  for (const { id } of subtasks) {
    if (seen.has(id)) throw invalid(`subtask id "${id}" is used twice`);
    seen.add(id);
  }
}

/** Names that would meet on some disks once the work is done and paid for. */
function refuseClashes({ artifacts }: PlanFile, subtasks: readonly Subtask[]): void {
  const written = subtasks.flatMap(({ writes }) => writes.filter((name) => !name.endsWith("/*")));
  const byCase = new Map<string, string>();
  for (const name of [...artifacts.map((declared) => declared.name), ...written]) {
    const parts = name.split("/");
    for (const depth of parts.keys()) {
      const spelt = parts.slice(0, depth + 1).join("/");
      const key = spelt.toLowerCase();
      const other = byCase.get(key) ?? spelt;
      if (other !== spelt) throw invalid(`artifacts ${quoted(other)} and ${quoted(spelt)} differ in case alone`);
      byCase.set(key, spelt);
    }
  }
}

function checkShared(file: PlanFile, agents: readonly { name: string }[] | undefined): void {
  const problem = sharedProblem(
    file,
    agents?.map(({ name }) => name),
  );
  if (problem !== undefined) throw invalid(problem);
}

/** Before a step is spent on an output that could never be checked. Equal schemas are checked once. */
function refuseBadSchemas(subtasks: readonly PlannedSubtask[]): void {
  const checked = new Set<string>();
  for (const { id, expects } of subtasks) {
    const key = expects === undefined ? undefined : JSON.stringify(expects);
    if (expects === undefined || key === undefined || checked.has(key)) continue;
    checked.add(key);
    const problem = schemaProblem(expects);
    if (problem !== undefined) throw invalid(`subtask "${id}": expects is no JSON Schema: ${problem}`);
  }
}

/** A dependency on a `forEach` subtask means all that it expanded to. */
function resolveDependencies(subtasks: readonly Subtask[], groups: ReadonlyMap<string, string[]>): Subtask[] {
  const ids = new Set(subtasks.map((subtask) => subtask.id));
  return subtasks.map((subtask) => ({
    ...subtask,
    dependsOn: [
      ...new Set(
        subtask.dependsOn.flatMap((name) => {
          const members = groups.get(name) ?? (ids.has(name) ? [name] : undefined);
          if (members !== undefined) return members;
          throw invalid(`subtask "${subtask.group ?? subtask.id}" depends on ${quoted(name)}, which does not exist`);
        }),
      ),
    ],
  }));
}

/** The first problem as one line: where it is, and what is wrong. */
function shapeProblem(error: z.ZodError, input: unknown): string {
  const issue = meantBy(firstIssue(error), input);
  if (issue === undefined) return "it is not a plan";
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return "it is not a JSON object with a list of subtasks";
  const where = issue.path.length === 0 ? "" : `${describePath(issue.path, input)}: `;
  return `${where}${problemText(issue, input)}`;
}

/** Of a check, the problem with the shape that its own words name. */
function meantBy(issue: z.core.$ZodIssue | undefined, input: unknown): z.core.$ZodIssue | undefined {
  const [list, index] = issue?.path ?? [];
  if (issue?.code === "invalid_union" && list === "checks" && typeof index === "number" && issue.path.length === 2)
    return checkProblem(issue, isRecord(input) && Array.isArray(input["checks"]) ? input["checks"][index] : undefined);
  return issue === undefined ? undefined : innermost(issue);
}

/** A name of unknown origin, fit for one line. */
function quoted(name: string): string {
  return JSON.stringify(name.replace(/\s+/g, " ").slice(0, 128));
}

/** `subtasks[3].steps` becomes `subtask "s4": steps` where the subtask has a name; checks likewise. */
function describePath(path: readonly PropertyKey[], input: object): string {
  const [head, index, ...rest] = path;
  const what = head === "subtasks" ? "subtask" : head === "checks" ? "check" : undefined;
  const list = what !== undefined && isRecord(input) ? input[`${what}s`] : undefined;
  if (what === undefined || typeof index !== "number" || !Array.isArray(list)) return path.map(String).join(".");
  const entry: unknown = list[index];
  const id = isRecord(entry) ? entry["id"] : undefined;
  const name = typeof id === "string" ? `${what} ${quoted(id.slice(0, 60))}` : `${what} ${index + 1}`;
  return rest.length === 0 ? name : `${name}: ${rest.map(String).join(".")}`;
}

function invalid(problem: string): SwarmError {
  return new SwarmError("PLAN_INVALID", `the plan is not valid: ${problem}`, { next: "mend the plan and run again" });
}
