import { describe, expect, it } from "vitest";
import { LanePriorities } from "../../../../../engine/policy/budget/lane-priorities.ts";
import type { Plan, Subtask } from "../../../../../state/plan.ts";

function prioritiesOf(subtasks: (Partial<Subtask> & { id: string })[]): LanePriorities {
  const whole = subtasks.map((subtask) => ({ dependsOn: [], priority: 0, ...subtask })) as unknown as Subtask[];
  const plan = { subtasks: whole } as unknown as Plan;
  return new LanePriorities({ plan: () => plan, subtask: (id) => whole.find((subtask) => subtask.id === id) });
}

describe("which lane goes first", () => {
  it("is the one with the most turns left on its path to the end", () => {
    const priorities = prioritiesOf([
      { id: "alone", steps: 9 },
      { id: "first", steps: 3 },
      { id: "last", steps: 7, dependsOn: ["first"] },
    ]);
    expect(["alone", "first", "last"].map((id) => priorities.of(id))).toEqual([9, 10, 7]);
  });

  it("among equals is the one that has taken the fewest turns", () => {
    const priorities = prioritiesOf([
      { id: "a", steps: 6 },
      { id: "b", steps: 6 },
    ]);
    expect(priorities.of("a", 2)).toBeGreaterThan(priorities.of("b", 3));
  });

  it("always has something left, and less with each turn, however many were taken", () => {
    const priorities = prioritiesOf([
      { id: "a", steps: 2 },
      { id: "b", steps: 1, dependsOn: ["a"] },
      { id: "guessed" },
    ]);
    for (const [id, behind] of [
      ["a", 1],
      ["guessed", 0],
    ] as const) {
      const left = Array.from({ length: 60 }, (_, taken) => priorities.of(id, taken));
      expect(left).toEqual(left.toSorted((one, other) => other - one));
      expect(new Set(left).size).toBe(60);
      expect(left.at(-1)).toBeGreaterThan(behind);
      expect(left.at(-1)).toBeLessThan(behind + 1);
    }
    expect(priorities.of("guessed")).toBe(4);
  });

  it("is the plan's own priority before any path", () => {
    const priorities = prioritiesOf([
      { id: "long", steps: 4000 },
      { id: "urgent", steps: 1, priority: 1 },
    ]);
    expect(priorities.of("urgent")).toBeGreaterThan(priorities.of("long"));
  });

  it("is nobody in particular without a plan, or for a subtask that is in none", () => {
    expect(new LanePriorities({ plan: () => undefined, subtask: () => undefined }).of("a")).toBe(0);
    expect(prioritiesOf([{ id: "a" }]).of("b")).toBe(0);
  });
});
