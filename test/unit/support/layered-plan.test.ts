import { describe, expect, it } from "vitest";
import { PlanFile, type PlanFileInput } from "../../../state/plan.ts";
import { criticalPath, layeredPlan, lowerBound } from "../../support/layered-plan.ts";

const options = { subtasks: 300, layers: 5, fanIn: 3, seed: 7, steps: 13 };

describe("layeredPlan", () => {
  it("is a valid plan file whose layers depend on distinct subtasks of the layer before", () => {
    const plan = layeredPlan(options);
    expect(PlanFile.safeParse(plan).error).toBeUndefined();
    const layerOf = (id: string): number => Math.floor((Number(id.slice(1)) - 1) / 60);
    expect(plan.subtasks).toHaveLength(300);
    for (const { id, dependsOn = [] } of plan.subtasks) {
      expect(new Set(dependsOn).size).toBe(layerOf(id) === 0 ? 0 : 3);
      for (const input of dependsOn) expect(layerOf(input)).toBe(layerOf(id) - 1);
    }
  });

  it("is the same for the same seed and another for another", () => {
    expect(layeredPlan(options)).toEqual(layeredPlan(options));
    expect(layeredPlan({ ...options, seed: 8 })).not.toEqual(layeredPlan(options));
  });

  it("takes whole layers where fewer subtasks exist than inputs are asked for", () => {
    const plan = layeredPlan({ subtasks: 5, layers: 3, fanIn: 9, seed: 1 });
    expect(plan.subtasks.map((subtask) => subtask.dependsOn)).toEqual([[], [], ["s1", "s2"], ["s3"], ["s3"]]);
  });
});

describe("the bounds", () => {
  const diamond: PlanFileInput = {
    subtasks: [
      { id: "d", instructions: "x", dependsOn: ["b", "c"] },
      { id: "b", instructions: "x", dependsOn: ["a"] },
      { id: "c", instructions: "x", dependsOn: ["a"] },
      { id: "a", instructions: "x" },
    ],
  };
  const durationOf = ({ id }: { id: string }): number => ({ a: 1, b: 5, c: 2, d: 1 })[id] ?? 0;

  it("find the longest chain, in any order of the subtasks", () => {
    expect(criticalPath(diamond, durationOf)).toBe(7);
    expect(criticalPath(layeredPlan(options), () => 13)).toBe(65);
  });

  it("take the work over the concurrency where that is longer", () => {
    expect(lowerBound(diamond, durationOf, 2)).toBe(7);
    expect(lowerBound(diamond, durationOf, 1)).toBe(9);
    expect(lowerBound(layeredPlan(options), () => 13, 50)).toBe(78);
  });

  it("name a cycle and an unknown input", () => {
    const cycle = { subtasks: [{ id: "a", instructions: "x", dependsOn: ["a"] }] };
    expect(() => criticalPath(cycle, () => 1)).toThrow("cycle through a");
    expect(() => criticalPath({ subtasks: [{ id: "a", instructions: "x", dependsOn: ["z"] }] }, () => 1)).toThrow(
      "no subtask z",
    );
  });
});
