/**
 * From a plan file to a checked, expanded plan. Owns the rules across subtasks; the shapes are in `state/plan.ts`. Every
 * refusal is one line that names the subtask.
 */
import { ArtifactName } from "../../../state/artifact.ts";
import { SubtaskId, type Plan, type PlanFile, type PlannedSubtask, type Subtask } from "../../../state/plan.ts";
import { CEILINGS } from "../../../state/usage.ts";
import { absentNames, type Available } from "./plan-names.ts";
import { schemaProblem } from "../output/validate-output.ts";
import { collecting, invalidPlan, quoted } from "./plan-problems.ts";
import { sharedProblems } from "./shared-parts.ts";
import { topologicalOrder } from "./topology.ts";

/** Lists the items of a `forEach` over documents; undefined where the run has no documents. */
export type ExpandDocuments = ((glob: string, as: "file" | "folder") => string[]) | undefined;

/**
 * Expands every `forEach`, checks ids, names, dependencies and size, and sorts. Names of what is not said to be available are not
 * looked at. Throws SwarmError PLAN_INVALID with all that is wrong. Pure, but for `expandDocuments`.
 */
export function expandPlan(
  file: PlanFile,
  facts: { task: string; version: number; expandDocuments: ExpandDocuments } & Available,
): Plan {
  const { artifacts, checks, answer } = file;
  const agents = facts.agents?.map(({ name }) => name);
  const twice = duplicates(file.subtasks);
  const problems = [
    ...twice,
    ...badSchemas(file.subtasks),
    ...absentNames(file.subtasks, facts),
    ...sharedProblems(file, agents),
  ];
  const { groups, expanded } = expandAll(file, facts.expandDocuments, problems);
  const meeting = twice.length > 0 ? twice : duplicates(expanded);
  problems.push(...(twice.length > 0 ? [] : meeting), ...clashes(file, expanded));
  const linked = withDependencies(expanded, groups, problems);
  if (problems.length > 0) {
    if (meeting.length === 0) collecting(problems, () => topologicalOrder(linked));
    throw invalidPlan(problems);
  }
  const subtasks = topologicalOrder(linked);
  const named = answer === undefined ? {} : { answer };
  return { version: facts.version, task: facts.task, subtasks, artifacts, checks, ...named };
}

interface Expanded {
  /** By the id of what a plan lists: the ids of what came of it. */
  groups: Map<string, string[]>;
  expanded: Subtask[];
}

function expandAll({ subtasks }: PlanFile, expandDocuments: ExpandDocuments, problems: string[]): Expanded {
  const groups = new Map<string, string[]>();
  const expanded: Subtask[] = [];
  for (const planned of subtasks) {
    const members = collecting(problems, () => expandSubtask(planned, expandDocuments)) ?? [];
    groups.set(
      planned.id,
      members.map(({ id }) => id),
    );
    if (expanded.length + members.length > CEILINGS.maxSteps)
      throw invalidPlan([
        ...problems,
        `it has more than ${CEILINGS.maxSteps} subtasks: more work than the ceiling of ${CEILINGS.maxSteps} steps allows`,
      ]);
    expanded.push(...members);
  }
  return { groups, expanded };
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
      text.replace(/\{\{\s*(item|index)\s*\}\}/g, (_, name) => (name === "item" ? item : number));
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
  throw invalidPlan([`subtask "${id}": artifact ${quoted(name)} ${checked.error.issues[0]?.message ?? "is no name"}`]);
}

function documentItems(
  id: string,
  forEach: { documents: string; as: "file" | "folder" },
  expandDocuments: ExpandDocuments,
): string[] {
  if (expandDocuments === undefined) {
    throw invalidPlan([`subtask "${id}": forEach goes over documents, but the run has none (give --docs)`]);
  }
  const items = expandDocuments(forEach.documents, forEach.as);
  if (items.length === 0)
    throw invalidPlan([`subtask "${id}": forEach: no document matches ${quoted(forEach.documents)}`]);
  return items;
}

export function duplicates(subtasks: readonly { id: string }[]): string[] {
  const seen = new Set<string>();
  const twice = subtasks.flatMap(({ id }) => {
    if (seen.has(id)) return [`subtask id "${id}" is used twice`];
    seen.add(id);
    return [];
  });
  return [...new Set(twice)];
}

/** Names that would meet on some disks once the work is done and paid for. */
function clashes({ artifacts }: PlanFile, subtasks: readonly Subtask[]): string[] {
  const written = subtasks.flatMap(({ writes }) => writes.filter((name) => !name.endsWith("/*")));
  const byCase = new Map<string, string>();
  const found = new Set<string>();
  for (const name of [...artifacts.map((declared) => declared.name), ...written]) {
    const parts = name.split("/");
    for (const depth of parts.keys()) {
      const spelt = parts.slice(0, depth + 1).join("/");
      const key = spelt.toLowerCase();
      const other = byCase.get(key) ?? spelt;
      if (other !== spelt) found.add(`artifacts ${quoted(other)} and ${quoted(spelt)} differ in case alone`);
      byCase.set(key, spelt);
    }
  }
  return [...found];
}

/** Before a step is spent on an output that could never be checked. Equal schemas are checked once. */
function badSchemas(subtasks: readonly PlannedSubtask[]): string[] {
  const checked = new Set<string>();
  return subtasks.flatMap(({ id, expects }) => {
    const key = expects === undefined ? undefined : JSON.stringify(expects);
    if (expects === undefined || key === undefined || checked.has(key)) return [];
    checked.add(key);
    const problem = schemaProblem(expects);
    return problem === undefined ? [] : [`subtask "${id}": expects is no JSON Schema: ${problem}`];
  });
}

export function absentInput(subtask: string, input: string): string {
  return `subtask "${subtask}" depends on ${quoted(input)}, which does not exist`;
}

/** A dependency on a `forEach` subtask means all that it expanded to. */
function withDependencies(
  subtasks: readonly Subtask[],
  groups: ReadonlyMap<string, string[]>,
  problems: string[],
): Subtask[] {
  const ids = new Set(subtasks.map((subtask) => subtask.id));
  const absent = new Set<string>();
  const linked = subtasks.map((subtask) => {
    const given = subtask.dependsOn.flatMap((name) => {
      const members = groups.get(name) ?? (ids.has(name) ? [name] : undefined);
      if (members === undefined) absent.add(absentInput(subtask.group ?? subtask.id, name));
      return members ?? [];
    });
    return { ...subtask, dependsOn: [...new Set(given)] };
  });
  problems.push(...absent);
  return linked;
}
