/**
 * A planner's reply as the plan that is meant: a list in place of an object, its subtasks as JSON in text, null and nothing for what may be
 * left out, numbers, titles or none for ids, one value for a list, names in another spelling, remarks under keys of their own. What a plan
 * must not have is left in it, to be refused: here, what a person's may have and a model's may not. Pure.
 */
import { PlanFile, PlannedSubtask, type Subtask } from "../../../state/plan.ts";
import { fieldOf, isRecord, jsonIn, listOf } from "../../../state/is-record.ts";
import { extractJson, type Extracted } from "../output/extract-json.ts";
import type { RouteDecision } from "../route/route.ts";
import { unwrittenReads } from "./shared-parts.ts";

type Fields = Record<string, unknown>;

const PLAN_KEYS = new Set(Object.keys(PlanFile.shape));
const SUBTASK_KEYS = new Set(Object.keys(PlannedSubtask.shape));
/** By what name a plan has them; the second and the third are models' own. */
const SUBTASKS = ["subtasks", "tasks", "plan"];
const LIST_KEYS = ["skills", "dependsOn", "tools", "writes", "reads"] as const;
const NUMBER_KEYS = ["steps", "priority", "deadlineMs"] as const;
const OTHER_SPELLINGS: ReadonlyMap<string, string> = new Map([
  ["dependencies", "dependsOn"],
  ["deps", "dependsOn"],
  ["name", "title"],
  ["description", "instructions"],
]);
const ID_CHARACTERS = 100;

/** The JSON of a reply, and in it the plan that is meant. */
export function planIn(reply: string): Extracted {
  const extracted = extractJson(reply, (value) => listOf(fieldOf(meantPlan(value), "subtasks")).some(isRecord));
  return extracted.ok ? { ok: true, value: meantPlan(extracted.value) } : extracted;
}

export function meantPlan(value: unknown): unknown {
  if (Array.isArray(value)) return meantPlan({ subtasks: value });
  if (!isRecord(value)) return value;
  const { [SUBTASKS.find((key) => value[key] !== undefined) ?? ""]: inner, ...members } = value;
  if (value["subtasks"] === undefined && isRecord(inner)) return meantPlan(inner);
  const given = typeof inner === "string" ? jsonIn(inner) : inner;
  if (!Array.isArray(given)) return withoutRemarks(value, PLAN_KEYS);
  const subtasks = given.map((each: unknown) => (isRecord(each) ? meantSubtask(each) : each));
  return { ...withoutRemarks(members, PLAN_KEYS), subtasks: withMeantIds(subtasks) };
}

function meantSubtask(given: Fields): Fields {
  const named = Object.entries(given).map(([key, value]) => {
    const camel = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const other = OTHER_SPELLINGS.get(camel) ?? camel;
    return [SUBTASK_KEYS.has(key) || given[other] !== undefined ? key : other, value] as const;
  });
  const subtask = withoutRemarks(Object.fromEntries(named), SUBTASK_KEYS);
  for (const key of LIST_KEYS) {
    const value = subtask[key];
    if (typeof value === "string" || typeof value === "number") subtask[key] = [value];
    if (Array.isArray(value)) subtask[key] = value.filter((each) => each !== "");
  }
  for (const key of NUMBER_KEYS)
    if (typeof subtask[key] === "string" && /^\s*\d{1,9}\s*$/.test(subtask[key])) subtask[key] = Number(subtask[key]);
  return subtask;
}

/** Without null and empty texts, and without plain values under keys that a plan does not have: nothing follows from remarks. */
function withoutRemarks(fields: Fields, known: ReadonlySet<string>): Fields {
  const kept = Object.entries(fields).filter(
    ([key, value]) => value !== null && value !== "" && (known.has(key) || typeof value === "object"),
  );
  return Object.fromEntries(kept);
}

/** Ids that are no names become such, where two do not become one; dependencies may name an id as it was, or a title. None at all: by place. */
function withMeantIds(given: readonly unknown[]): unknown[] {
  const hasIds = given.some((each) => fieldOf(each, "id") !== undefined);
  const subtasks = hasIds ? given : given.map((each, at) => (isRecord(each) ? { id: `s${at + 1}`, ...each } : each));
  const isNamed = (each: unknown): each is Fields => isRecord(each) && each["id"] !== undefined;
  const named = subtasks.filter(isNamed);
  const ids = new Map(named.map(({ id }) => [id, nameOf(id)] as const));
  const isDistinct = new Set(ids.values()).size === named.length;
  if (!isDistinct) return [...subtasks];
  const titles = new Map(named.map(({ id, title }) => [title, ids.get(id)] as const));
  const meant = (name: unknown): unknown => {
    const byId = ids.get(name) ?? [...ids].find(([id]) => String(id) === String(name))?.[1];
    return byId ?? titles.get(name) ?? name;
  };
  return subtasks.map((each) => {
    if (!isNamed(each)) return each;
    const { dependsOn } = each;
    const linked = Array.isArray(dependsOn) ? { dependsOn: dependsOn.map(meant) } : {};
    return { ...each, id: ids.get(each["id"]), ...linked };
  });
}

function nameOf(id: unknown): unknown {
  if (typeof id === "number") return String(id);
  if (typeof id !== "string" || /^[A-Za-z0-9][\w.-]*$/.test(id)) return id;
  const name = id
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-");
  return name.replace(/^[^A-Za-z0-9]+|-+$/g, "").slice(0, ID_CHARACTERS) || id;
}

interface Allowed {
  agents: readonly { name: string; maxSteps: number }[];
  most: number;
}

/** What a person's plan may have, and a model's may not, each in one line. `count`: its subtasks, expanded. */
export function beyondPlanner(file: PlanFile, count: number, { agents, most }: Allowed): string[] {
  return [
    // What is run on this machine is for a person to say.
    ...file.checks
      .filter((check) => "command" in check)
      .map(({ id }) => `check "${id}": a command is for a person to give; use a schema or a predicate`),
    ...unwrittenReads(file),
    ...file.subtasks.flatMap((subtask) => overSteps(subtask, agents) ?? []),
    ...(count > most ? [`it has ${count} subtasks, and the caps allow ${most}: each takes at least one step`] : []),
  ];
}

/** It does not widen what a profile allows. */
function overSteps({ id, agent, steps = 0 }: PlannedSubtask, agents: Allowed["agents"]): string | undefined {
  const who = agents.filter(({ name }) => agent === undefined || name === agent);
  const most = Math.max(...who.map(({ maxSteps }) => maxSteps));
  return who.length > 0 && steps > most
    ? `subtask "${id}" takes ${steps} steps, and its agent at most ${most}`
    : undefined;
}

/** Subtasks that nobody can take, or not the one that the plan pins; of a `forEach` one for all. */
export function unroutable(
  subtasks: readonly Subtask[],
  route: (subtask: Subtask) => Pick<RouteDecision, "agent" | "rejected">,
): string[] {
  const groups = new Map(subtasks.map((subtask) => [subtask.group ?? subtask.id, subtask]));
  return [...groups].flatMap(([id, subtask]) => {
    const { agent, rejected } = route(subtask);
    if (agent !== null && (subtask.agent === undefined || subtask.agent === agent)) return [];
    const pinned = rejected.find((one) => one.agent === subtask.agent);
    if (pinned !== undefined) return [`subtask "${id}" pins agent "${pinned.agent}", and ${pinned.reason}`];
    const reasons = rejected.map((one) => `${one.agent}: ${one.reason}`);
    return [`subtask "${id}": no agent can take it (${reasons.join("; ") || "the run has no agents"})`];
  });
}
