/** The graph of subtasks: order, cycles, remaining paths. Pure; linear in subtasks and dependencies. */
import type { SwarmError } from "../../../state/errors.ts";
import type { Plan } from "../../../state/plan.ts";
import { invalidPlan } from "./plan-problems.ts";

export interface Node {
  id: string;
  dependsOn: readonly string[];
  priority?: number;
}

/**
 * Level by level (Kahn 1962): each node after all that it depends on; within a level the higher priority first, then the
 * longer remaining path, then the order given. Throws SwarmError PLAN_INVALID that names a cycle.
 */
export function topologicalOrder<T extends Node>(nodes: readonly T[]): T[] {
  const dependents = dependentsOf(nodes);
  const open = new Map(nodes.map((node) => [node.id, node.dependsOn.length]));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  let level = nodes.filter((node) => node.dependsOn.length === 0);
  const levels: T[][] = [];
  while (level.length > 0) {
    levels.push(level);
    const next: T[] = [];
    for (const node of level) {
      for (const dependent of dependents.get(node.id) ?? []) {
        const left = (open.get(dependent) ?? 0) - 1;
        open.set(dependent, left);
        const free = left === 0 ? byId.get(dependent) : undefined;
        if (free !== undefined) next.push(free);
      }
    }
    level = next;
  }
  const sorted = levels.flat();
  if (sorted.length < nodes.length) throw cycleError(nodes, new Set(sorted.map((node) => node.id)));
  const remaining = remainingPaths(sorted, dependents);
  const before = (one: T, other: T): number =>
    (other.priority ?? 0) - (one.priority ?? 0) || (remaining.get(other.id) ?? 0) - (remaining.get(one.id) ?? 0);
  return levels.flatMap((nodesOfLevel) => nodesOfLevel.toSorted(before));
}

export function dependentsOf(nodes: readonly Node[]): Map<string, string[]> {
  const dependents = new Map<string, string[]>();
  for (const node of nodes) {
    for (const dependency of node.dependsOn) {
      const list = dependents.get(dependency);
      if (list === undefined) dependents.set(dependency, [node.id]);
      else list.push(node.id);
    }
  }
  return dependents;
}

/** The longest sum of `weight` from each node to an end, itself included; by default the nodes are counted. */
export function remainingPaths<T extends Node>(
  sorted: readonly T[],
  dependents: ReadonlyMap<string, readonly string[]>,
  weight: (node: T) => number = () => 1,
): Map<string, number> {
  const remaining = new Map<string, number>();
  for (const node of sorted.toReversed()) {
    let longest = 0;
    for (const dependent of dependents.get(node.id) ?? []) longest = Math.max(longest, remaining.get(dependent) ?? 0);
    remaining.set(node.id, longest + weight(node));
  }
  return remaining;
}

/** The longest sum of `weight` along a path of dependencies. `sorted` is in topological order. */
export function longestPath<T extends Node>(sorted: readonly T[], weight: (node: T) => number): number {
  const ends = new Map<string, number>();
  let longest = 0;
  for (const node of sorted) {
    let start = 0;
    for (const dependency of node.dependsOn) start = Math.max(start, ends.get(dependency) ?? 0);
    const end = start + weight(node);
    ends.set(node.id, end);
    longest = Math.max(longest, end);
  }
  return longest;
}

function cycleError(nodes: readonly Node[], sorted: ReadonlySet<string>): SwarmError {
  const rest = new Map(nodes.filter((node) => !sorted.has(node.id)).map((node) => [node.id, node]));
  // Every node left waits for another one left: walking back along these must come round.
  const path: string[] = [];
  let [current = ""] = rest.keys();
  while (!path.includes(current)) {
    path.push(current);
    current = rest.get(current)?.dependsOn.find((id) => rest.has(id)) ?? "";
  }
  const cycle = [...path.slice(path.indexOf(current)), current];
  const shown = cycle.length > 12 ? [...cycle.slice(0, 10), "…", cycle.at(-1)] : cycle;
  return invalidPlan([`its dependencies form a cycle: ${shown.join(" → ")} (each waits for the next)`], {
    next: "remove one of these dependencies",
    cycle,
  });
}

/**
 * Critical steps, the metric of the Kimi K2.5 report. Pure.
 * The sum over stages of the coordinator's steps and the longest agent of the stage; a stage is a level of the dependency graph.
 * `stepsOf`: of a subtask's lane. `ofCoordinator`: the steps that no lane took.
 */
export function criticalSteps(
  plan: Plan | undefined,
  stepsOf: (subtask: string) => number,
  ofCoordinator: number,
): number {
  const stages = new Map<string, number>();
  const longest: number[] = [];
  for (const { id, dependsOn } of plan?.subtasks ?? []) {
    const stage = 1 + Math.max(-1, ...dependsOn.map((input) => stages.get(input) ?? 0));
    stages.set(id, stage);
    longest[stage] = Math.max(longest[stage] ?? 0, stepsOf(id));
  }
  return ofCoordinator + longest.reduce((sum, steps) => sum + steps, 0);
}
