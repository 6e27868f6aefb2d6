/** Critical steps, the metric of the Kimi K2.5 report. Pure. */
import type { Plan } from "../../../state/plan.ts";

/**
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
