/**
 * Plans of a known shape, and what no scheduler can beat on them: the yardstick of tests and benchmarks. Durations are
 * the caller's (any unit); the plan itself carries none.
 */
import type { PlanFileInput } from "../../state/plan.ts";
import { seededRandom } from "./seeded-random.ts";

type PlannedSubtask = PlanFileInput["subtasks"][number];
export type DurationOf = (subtask: PlannedSubtask) => number;

export interface LayeredPlanOptions {
  /** Subtasks of the whole plan, spread evenly over the layers; named s1, s2, … layer by layer. */
  subtasks: number;
  layers: number;
  /** Inputs of each subtask after the first layer: distinct random ones of the layer before (all, where it has fewer). */
  fanIn: number;
  seed: number;
  /** `steps` of each subtask; absent: left out. */
  steps?: number;
}

/** A plan file in which layer k depends on layer k − 1 alone. The same options give the same plan. */
export function layeredPlan(options: LayeredPlanOptions): PlanFileInput {
  const random = seededRandom(`layered-plan:${options.seed}`);
  const subtasks: PlannedSubtask[] = [];
  let before: string[] = [];
  for (const ids of layerIds(options.subtasks, options.layers)) {
    for (const id of ids) {
      subtasks.push({
        id,
        title: `Part ${id}`,
        instructions: `Work on part ${id} of the layered task and report what you found.`,
        dependsOn: pickDistinct(before, options.fanIn, random),
        ...(options.steps === undefined ? {} : { steps: options.steps }),
      });
    }
    before = ids;
  }
  return { task: `A layered task of ${options.subtasks} parts`, subtasks };
}

/** s1 … sN cut into layers whose sizes differ by one at most; empty layers are left out. */
export function layerIds(subtasks: number, layers: number): string[][] {
  const ids = Array.from({ length: subtasks }, (_, index) => `s${index + 1}`);
  const edge = (layer: number): number => Math.round((layer * subtasks) / layers);
  return Array.from({ length: layers }, (_, layer) => ids.slice(edge(layer), edge(layer + 1))).filter(
    (layer) => layer.length > 0,
  );
}

/** In the order of `from`, so that the plan reads well. */
function pickDistinct(from: string[], count: number, random: () => number): string[] {
  const left = from.map((_, index) => index);
  const picked: number[] = [];
  while (picked.length < count && left.length > 0) picked.push(...left.splice(Math.floor(random() * left.length), 1));
  return picked.sort((a, b) => a - b).map((index) => from[index]!);
}

/** The longest chain of durations: what an unlimited number of agents would still need. Throws on a cycle. */
export function criticalPath(plan: PlanFileInput, durationOf: DurationOf): number {
  const byId = new Map(plan.subtasks.map((subtask) => [subtask.id, subtask]));
  const endOf = new Map<string, number | "open">();
  const end = (id: string): number => {
    const known = endOf.get(id);
    if (known === "open") throw new Error(`the plan has a cycle through ${id}`);
    if (known !== undefined) return known;
    const subtask = byId.get(id);
    if (subtask === undefined) throw new Error(`the plan has no subtask ${id}`);
    endOf.set(id, "open");
    const start = (subtask.dependsOn ?? []).reduce((latest, input) => Math.max(latest, end(input)), 0);
    endOf.set(id, start + durationOf(subtask));
    return start + durationOf(subtask);
  };
  return plan.subtasks.reduce((longest, subtask) => Math.max(longest, end(subtask.id)), 0);
}

/** max(critical path, total work / concurrency): no schedule ends earlier. */
export function lowerBound(plan: PlanFileInput, durationOf: DurationOf, concurrency: number): number {
  const work = plan.subtasks.reduce((sum, subtask) => sum + durationOf(subtask), 0);
  return Math.max(criticalPath(plan, durationOf), work / concurrency);
}
