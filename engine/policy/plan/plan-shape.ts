/** A plan of unknown origin as a plan file, or all that is wrong with its shape, with the place of each. Pure. */
import type { z } from "zod";
import { ArtifactName, DeclaredArtifact } from "../../../state/artifact.ts";
import { fieldOf, isRecord, listOf } from "../../../state/is-record.ts";
import { nestsDeeper, TOO_DEEP } from "../../../state/nesting.ts";
import { PlanCheck, PlanFile, PlannedSubtask } from "../../../state/plan.ts";
import { innermost, problemText } from "../../../state/problem.ts";
import { absentNames, withMeantNames, type Available } from "./plan-names.ts";
import { collecting, invalidPlan, quoted } from "./plan-problems.ts";
import { absentInput, duplicates } from "./read-plan.ts";
import { sharedProblems } from "./shared-parts.ts";
import { topologicalOrder } from "./topology.ts";

type Issue = z.core.$ZodIssue;

/** Names of what is available are put right where they can mean but one. Throws SwarmError PLAN_INVALID. */
export function parsePlanFile(input: unknown, available: Available = {}): PlanFile {
  if (nestsDeeper(input)) throw invalidPlan([TOO_DEEP]);
  const parsed = PlanFile.safeParse(input);
  if (parsed.success) return withMeantNames(parsed.data, available);
  if (!isRecord(input)) throw invalidPlan(["it is not a JSON object with a list of subtasks"]);
  throw invalidPlan([...shapeProblems(parsed.error, input), ...problemsAcross(input, available)]);
}

/**
 * As much of a plan as can be read, so that all that is wrong with it can be said at once: of each subtask the fields in which
 * nothing is wrong by themselves.
 */
export function readablePlan(input: unknown, available: Available = {}): PlanFile {
  const readable = nestsDeeper(input) ? undefined : input;
  const subtasks = listOf(fieldOf(readable, "subtasks")).flatMap((one, index) => readableSubtask(one, index) ?? []);
  const artifacts = listOf(fieldOf(readable, "artifacts")).flatMap(
    (one) =>
      DeclaredArtifact.safeParse(one).data ?? DeclaredArtifact.safeParse({ name: fieldOf(one, "name") }).data ?? [],
  );
  const checks = listOf(fieldOf(readable, "checks")).flatMap((one) => PlanCheck.safeParse(one).data ?? []);
  const answer = ArtifactName.safeParse(fieldOf(readable, "answer")).data;
  const named = answer === undefined ? {} : { answer };
  return withMeantNames({ subtasks, artifacts, checks, ...named }, available);
}

function readableSubtask(one: unknown, index: number): PlannedSubtask | undefined {
  const fields = Object.entries(PlannedSubtask.shape).flatMap(([key, shape]) => {
    const value = fieldOf(one, key);
    return value !== undefined && shape.safeParse(value).success ? [[key, value]] : [];
  });
  const unnamed = { id: String(index + 1), instructions: "?" };
  return isRecord(one) ? PlannedSubtask.safeParse({ ...unnamed, ...Object.fromEntries(fields) }).data : undefined;
}

function problemsAcross(input: Record<string, unknown>, available: Available): string[] {
  const file = readablePlan(input, available);
  const { subtasks } = file;
  const named = listOf(input["subtasks"]).flatMap((one) => String(fieldOf(one, "id") ?? ""));
  const twice = duplicates(subtasks);
  const agents = available.agents?.map(({ name }) => name);
  const across = [
    ...absentNames(subtasks, available),
    ...absentInputs(subtasks, named),
    ...sharedProblems(file, agents),
  ];
  const ids = new Set(subtasks.map(({ id }) => id));
  const linked = subtasks.map((one) => ({ ...one, dependsOn: one.dependsOn.filter((id) => ids.has(id)) }));
  if (twice.length === 0) collecting(across, () => topologicalOrder(linked));
  return [...twice, ...across];
}

/** `named`: the ids of all subtasks; one with a number behind it may be an item of a `forEach`. */
function absentInputs(subtasks: readonly PlannedSubtask[], named: readonly string[]): string[] {
  const known = new Set(named);
  const isThere = (id: string): boolean => known.has(id) || known.has(id.replace(/-\d+$/, ""));
  return subtasks.flatMap(({ id, dependsOn }) =>
    dependsOn.filter((input) => !isThere(input)).map((input) => absentInput(id, input)),
  );
}

function shapeProblems({ issues }: z.ZodError, input: Record<string, unknown>): string[] {
  const said = issues.filter((issue) => !(isMissing(issue, input) && hasSlipBeside(issue, issues)));
  return said.map((issue) => {
    const meant = meantBy(issue, input);
    const where = meant.path.length === 0 ? "" : `${describePath(meant.path, input)}: `;
    return `${where}${problemText(meant, input)}`;
  });
}

function isMissing({ code, path }: Issue, input: unknown): boolean {
  return code === "invalid_type" && path.reduce(fieldOf, input) === undefined;
}

/** A key with a slip in it is one too many and one that lacks: the former says more. */
function hasSlipBeside({ path }: Issue, issues: readonly Issue[]): boolean {
  const object = path.slice(0, -1);
  const isSame = (other: readonly PropertyKey[]): boolean =>
    other.length === object.length && other.every((key, depth) => key === object[depth]);
  return issues.some((other) => other.code === "unrecognized_keys" && isSame(other.path));
}

/** Of a check, the problem with the shape that its own words name. */
function meantBy(issue: Issue, input: Record<string, unknown>): Issue {
  const [list, index] = issue.path;
  if (issue.code === "invalid_union" && list === "checks" && typeof index === "number" && issue.path.length === 2)
    return checkProblem(issue, Array.isArray(input["checks"]) ? input["checks"][index] : undefined);
  return innermost(issue);
}

/** `subtasks[3].steps` becomes `subtask "s4": steps` where the subtask has a name; checks likewise. */
function describePath(path: readonly PropertyKey[], input: Record<string, unknown>): string {
  const [head, index, ...rest] = path;
  const what = head === "subtasks" ? "subtask" : head === "checks" ? "check" : undefined;
  const list = what === undefined ? undefined : input[`${what}s`];
  if (what === undefined || typeof index !== "number" || !Array.isArray(list)) return path.map(String).join(".");
  const entry: unknown = list[index];
  const id = isRecord(entry) ? entry["id"] : undefined;
  const name = typeof id === "string" ? `${what} ${quoted(id.slice(0, 60))}` : `${what} ${index + 1}`;
  return rest.length === 0 ? name : `${name}: ${rest.map(String).join(".")}`;
}

/** In the order of the shapes of `PlanCheck`. */
const WORDS = ["schema", "command", "predicate"] as const;

/** `issue`: that none of the shapes fits. Returns the one problem to tell. */
function checkProblem(issue: z.core.$ZodIssueInvalidUnion, check: unknown): Issue {
  if (!isRecord(check)) return told(issue, "is no object");
  const words = WORDS.filter((word) => Object.hasOwn(check, word));
  if (words.length > 1) return told(issue, `has ${words.join(" and ")}: it takes one of them`);
  const [word] = words;
  if (word === undefined) {
    const other = Object.keys(check).filter((key) => !["id", "title", "artifact", "artifacts"].includes(key));
    const named = other.slice(0, 5).map((key) => JSON.stringify(key.slice(0, 60)));
    const has = named.length === 0 ? "" : ` (it has ${named.join(", ")})`;
    return told(issue, `takes a schema, a command or a predicate${has}`);
  }
  const issues = issue.errors[WORDS.indexOf(word)] ?? [];
  // `artifacts` for `artifact` is both a key too many and a value that lacks: the former says more.
  const found = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  return found === undefined ? issue : { ...found, path: [...issue.path, ...found.path] };
}

function told({ path, input }: Issue, message: string): Issue {
  return { code: "custom", path, message, input, params: {} };
}

/** Of a subtask, beside lists that are empty. */
const DEFAULTS: Readonly<Record<string, unknown>> = { priority: 0, allowMissingInputs: false };

const [PLAN_KEYS, SUBTASK_KEYS] = [PlanFile, PlannedSubtask].map(({ shape }) => Object.keys(shape));

/** JSON, two spaces a level, with the keys of `plan`, a plan file as it was parsed. */
export function planText(plan: object): string {
  const subtasks = listOf(fieldOf(plan, "subtasks")).map((one) => (isRecord(one) ? written(one, SUBTASK_KEYS) : one));
  return JSON.stringify(written({ ...plan, subtasks }, PLAN_KEYS), null, 2);
}

/** A journal has its members in the order of their names; keys that the schema does not know come last. */
function written(fields: object, keys: readonly string[] = []): object {
  const isDefault = (key: string, value: unknown): boolean =>
    Array.isArray(value) ? value.length === 0 : Object.hasOwn(DEFAULTS, key) && value === DEFAULTS[key];
  const place = (key: string): number => (keys.includes(key) ? keys.indexOf(key) : keys.length);
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([key, value]) => !isDefault(key, value))
      .toSorted(([one], [other]) => place(one) - place(other)),
  );
}
