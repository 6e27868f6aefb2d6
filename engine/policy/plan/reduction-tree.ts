/**
 * The reduction of many results, as subtasks of its own: a k-ary tree over the results that nobody else builds on, so that
 * parts are condensed while other lanes still work, and no single context has to hold all results. A node whose inputs are
 * small passes them through without a model call (`engine/runtime/lanes/condense-results.ts`).
 */
import type { Plan, Subtask } from "../../../state/plan.ts";
import { addedSubtask, freeId } from "./added-subtask.ts";
import { dependentsOf } from "./topology.ts";

/** Results that one node of the tree condenses, and that the synthesizer can be given as they are. */
export const REDUCTION_FAN_IN = 50;

/** Adds the reduction tree, after the work, in topological order; a plan with few ends stays as it is. Pure. */
export function withReduction(plan: Plan): Plan {
  const dependents = dependentsOf(plan.subtasks);
  const taken = new Set(plan.subtasks.map((subtask) => subtask.id));
  let level = plan.subtasks.filter((subtask) => !dependents.has(subtask.id)).map((subtask) => subtask.id);
  const added: Subtask[] = [];
  while (level.length > REDUCTION_FAN_IN) {
    const size = Math.ceil(level.length / Math.ceil(level.length / REDUCTION_FAN_IN));
    const next: string[] = [];
    for (let start = 0; start < level.length; start += size) {
      const dependsOn = level.slice(start, start + size);
      const id = freeId("reduce", "-", taken);
      const title = `Condense ${dependsOn.length} results`;
      const instructions = "Condense these results for the synthesizer.";
      added.push(addedSubtask({ id, title, instructions, role: "reduce", dependsOn }));
      next.push(id);
    }
    level = next;
  }
  return { ...plan, subtasks: [...plan.subtasks, ...added] };
}

/** Subtasks that run again, with the nodes that have condensed their results: what these say would be out of date. Pure. */
export function withCondensing(plan: Plan, subtasks: readonly string[]): Set<string> {
  const again = new Set(subtasks);
  for (const { id, role, dependsOn } of plan.subtasks) {
    if (role === "reduce" && dependsOn.some((dependency) => again.has(dependency))) again.add(id);
  }
  return again;
}
