import { describe, expect, it } from "vitest";
import { replacePlan } from "../../../../../engine/policy/plan/replace-plan.ts";
import { expandPlan } from "../../../../../engine/policy/plan/read-plan.ts";
import { parsePlanFile } from "../../../../../engine/policy/plan/plan-shape.ts";
import { withParts } from "../../../../../engine/policy/plan/split-subtask.ts";
import type { Plan } from "../../../../../state/plan.ts";

type Work = Record<string, object>;

function planOf(work: Work, version = 1): Plan {
  const subtasks = Object.entries(work).map(([id, more]) => ({ id, instructions: `Do ${id}.`, ...more }));
  return expandPlan(parsePlanFile({ subtasks }), { task: "t", version, expandDocuments: undefined });
}

const WORK: Work = { a: {}, b: { dependsOn: ["a"] }, c: { dependsOn: ["b"] }, d: {} };
const droppedBy = (work: Work): string[] => replacePlan(planOf(WORK), planOf(work, 2), () => true).dropped.toSorted();

describe("of a plan in the place of another", () => {
  it.each<[string, Work, string[]]>([
    ["the same keeps all", WORK, []],
    ["new work keeps all", { ...WORK, e: {} }, []],
    [
      "another title, agent, limit or priority keeps all",
      { ...WORK, a: { title: "A", agent: "x", steps: 9, priority: 2 } },
      [],
    ],
    ["another order of what is depended on keeps all", { ...WORK, c: { dependsOn: ["b"] } }, []],
    ["what is gone drops out", { a: {}, b: WORK["b"]!, d: {} }, ["c"]],
    ["other instructions drop it, and what builds on it", { ...WORK, a: { instructions: "Else." } }, ["a", "b", "c"]],
    ["another output drops it", { ...WORK, d: { expects: { type: "object" } } }, ["d"]],
    ["another check drops it", { ...WORK, d: { check: { least: 5 } } }, ["d"]],
    ["another artifact drops it", { ...WORK, d: { writes: ["x.md"] } }, ["d"]],
    ["another input drops it", { ...WORK, d: { dependsOn: ["a"] } }, ["d"]],
  ])("%s", (_, work, dropped) => {
    expect(droppedBy(work)).toEqual(dropped);
  });

  it("parts stay with what was split, and keep their ids where it is another now", () => {
    const part = { ...planOf({ x: {} }).subtasks[0]!, id: "a.1", role: "part" as const, partOf: "a", dependsOn: ["d"] };
    const split = withParts(planOf(WORK), "a", [part]);
    const same = replacePlan(split, planOf({ a: {}, d: {} }, 3), () => true);
    expect(same.plan.subtasks.map(({ id, parts }) => [id, parts])).toEqual([
      ["a.1", undefined],
      ["a", ["a.1"]],
      ["d", undefined],
    ]);
    const other = replacePlan(split, planOf({ a: { instructions: "Else." } }, 3), () => true);
    expect(other.plan.subtasks.map(({ id, parts, dependsOn }) => [id, parts, dependsOn])).toEqual([
      ["a.1", undefined, []],
      ["a", undefined, []],
    ]);
    expect(other.dropped.toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(replacePlan(split, planOf({ e: {} }, 3), () => true).plan.subtasks.map(({ id }) => id)).toEqual([
      "e",
      "a.1",
    ]);
  });
});
