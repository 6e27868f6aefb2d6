/**
 * What the subtasks of a plan have in common, so that their prompts can begin with it: long instructions that a group shares,
 * and how many subtasks build on each result. Pure; made once for each version of the plan.
 *
 * 1. Nothing is lost: the shared part with what is the subtask's own are its instructions, to the letter.
 * 2. A later version of the plan says the same of the subtasks that were there before (parts and reductions do not count),
 *    so that a conversation keeps its opening.
 */
import type { Plan, Subtask } from "../../../state/plan.ts";

/** Shorter ones are not worth it: caches count in blocks of 128 tokens, some 512 characters. */
export const LEAST_SHARED_CHARACTERS = 512;

/** `template`: with `{{item}}` for the subtask's item. `head`: what the instructions begin with; `rest` follows directly. */
export type SharedInstructions = { kind: "template"; text: string } | { kind: "head"; text: string; rest: string };

export interface SharedParts {
  /** By subtask; only of those that share some. */
  instructions: ReadonlyMap<string, SharedInstructions>;
  /** Subtasks whose prompts begin with the same instructions. */
  membersOf: (subtask: Subtask) => number;
  dependentsOn: (subtask: string) => number;
}

const known = new WeakMap<Plan, SharedParts>();

export function sharedParts(plan: Plan): SharedParts {
  const before = known.get(plan);
  if (before !== undefined) return before;
  const parts = compute(plan);
  known.set(plan, parts);
  return parts;
}

function compute({ subtasks }: Plan): SharedParts {
  const work = subtasks.filter(({ role }) => role === "work");
  const groups = Map.groupBy(work, ({ group, instructions }) =>
    group === undefined ? `text ${instructions.slice(0, LEAST_SHARED_CHARACTERS)}` : `group ${group}`,
  );
  const instructions = new Map<string, SharedInstructions>();
  const members = new Map<string, number>();
  for (const group of groups.values()) {
    for (const [id, shared] of sharedIn(group)) {
      instructions.set(id, shared);
      members.set(id, group.length);
    }
  }
  const dependents = new Map<string, number>();
  for (const { dependsOn } of work) for (const id of dependsOn) dependents.set(id, (dependents.get(id) ?? 0) + 1);
  return {
    instructions,
    membersOf: ({ id }) => members.get(id) ?? 1,
    dependentsOn: (id) => dependents.get(id) ?? 0,
  };
}

function sharedIn(group: readonly Subtask[]): [string, SharedInstructions][] {
  const [first] = group;
  if (first === undefined || group.length < 2) return [];
  const template = templateOf(group);
  if (template !== undefined) return group.map(({ id }) => [id, { kind: "template", text: template }]);
  const head = commonHead(group.map(({ instructions }) => instructions));
  if (head.length < LEAST_SHARED_CHARACTERS) return [];
  return group.map(({ id, instructions }) => [id, { kind: "head", text: head, rest: instructions.slice(head.length) }]);
}

/** The text that all were expanded from, found by taking each item out again: undefined where that is not one text, or short. */
function templateOf(group: readonly Subtask[]): string | undefined {
  let template: string | undefined;
  for (const { item, instructions } of group) {
    if (item === undefined || instructions.includes("{{item}}")) return undefined;
    const own = instructions.replaceAll(item, "{{item}}");
    if (template !== undefined && own !== template) return undefined;
    template = own;
  }
  return template !== undefined && template.length >= LEAST_SHARED_CHARACTERS ? template : undefined;
}

/** What all texts begin with, up to the end of a word. */
function commonHead(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  let length = first.length;
  for (const other of others) {
    let at = 0;
    while (at < length && first.charCodeAt(at) === other.charCodeAt(at)) at += 1;
    length = at;
  }
  const head = first.slice(0, length);
  return head.slice(0, head.search(/\s\S*$/) + 1);
}

/**
 * The order in which tools and skills stand in prompts: those that most agents of the run have come first, so that agents who
 * have only some in common share the longest beginning; then by name. The same whatever order the profiles list them in. Pure.
 * `names` without repetition, ordered by how many of `lists` (one for each agent of the run) name them.
 */
export function sharedFirst(names: readonly string[], lists: readonly (readonly string[])[]): string[] {
  const holders = new Map<string, number>();
  for (const list of lists) for (const name of new Set(list)) holders.set(name, (holders.get(name) ?? 0) + 1);
  const held = (name: string): number => holders.get(name) ?? 0;
  return [...new Set(names)].sort((one, other) => held(other) - held(one) || (one < other ? -1 : 1));
}
