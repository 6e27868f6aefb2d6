import { describe, expect, it } from "vitest";
import { REDUCTION_FAN_IN, withReduction } from "../../../../../engine/policy/plan/reduction-tree.ts";
import { dependentsOf } from "../../../../../engine/policy/plan/topology.ts";
import type { Plan, Subtask } from "../../../../../state/plan.ts";
import { planOf, subtaskOf } from "../../builders.ts";

const leaves = (count: number): Subtask[] => Array.from({ length: count }, (_, index) => subtaskOf(`s${index}`));
const addedTo = (plan: Plan): Subtask[] => withReduction(plan).subtasks.slice(plan.subtasks.length);
const endsOf = ({ subtasks }: Plan): string[] => {
  const dependents = dependentsOf(subtasks);
  return subtasks.map(({ id }) => id).filter((id) => !dependents.has(id));
};

describe("the reduction of many results", () => {
  it("is not needed where the synthesizer can be given all ends", () => {
    const plan = planOf(...leaves(REDUCTION_FAN_IN));
    expect(withReduction(plan)).toEqual(plan);
  });

  it("takes one end more in two parts of equal size", () => {
    const added = addedTo(planOf(...leaves(REDUCTION_FAN_IN + 1)));
    expect(added.map(({ id, dependsOn }) => [id, dependsOn.length])).toEqual([
      ["reduce-1", 26],
      ["reduce-2", 25],
    ]);
  });

  it("is made of subtasks of their own role that run even where an input failed", () => {
    for (const subtask of addedTo(planOf(...leaves(120)))) {
      expect(subtask).toMatchObject({ role: "reduce", allowMissingInputs: true, tools: [], skills: [] });
    }
  });

  it("grows levels until few ends are left", () => {
    const plan = withReduction(planOf(...leaves(4000)));
    expect(plan.subtasks.slice(4000).map(({ dependsOn }) => dependsOn.length)).toEqual([...Array(80).fill(50), 40, 40]);
    expect(endsOf(plan)).toEqual(["reduce-81", "reduce-82"]);
  });

  it("takes only results that nobody else builds on", () => {
    const chained = leaves(60).flatMap((leaf) => [leaf, subtaskOf(`${leaf.id}-next`, { dependsOn: [leaf.id] })]);
    const reduced = addedTo(planOf(...chained)).flatMap(({ dependsOn }) => dependsOn);
    expect(reduced).toHaveLength(60);
    expect(reduced.every((id) => id.endsWith("-next"))).toBe(true);
  });

  it("chooses ids around those that the plan uses already", () => {
    const plan = planOf(subtaskOf("reduce-1"), subtaskOf("reduce-3"), ...leaves(60));
    const ids = withReduction(plan).subtasks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.slice(-2)).toEqual(["reduce-2", "reduce-4"]);
  });

  it("changes nothing of the work, and nothing when it is there already", () => {
    const plan = planOf(...leaves(300));
    const once = withReduction(plan);
    expect(once.subtasks.slice(0, 300)).toEqual(plan.subtasks);
    expect(plan.subtasks).toHaveLength(300);
    expect(withReduction(once)).toEqual(once);
  });
});
