import { expect, it } from "vitest";
import { unitePlans } from "../../../../../engine/policy/plan/cut-task.ts";
import { expandPlan } from "../../../../../engine/policy/plan/read-plan.ts";
import { parsePlanFile } from "../../../../../engine/policy/plan/plan-shape.ts";

const planOf = (...subtasks: object[]) =>
  parsePlanFile({ subtasks: subtasks.map((subtask) => ({ instructions: "Do it.", ...subtask })) });
const expanded = (...plans: ReturnType<typeof planOf>[]) =>
  expandPlan(unitePlans(plans), { task: "t", version: 1, expandDocuments: undefined }).subtasks;

it("plans of parts with the same ids become one, dependencies within their part", () => {
  const part = planOf({ id: "a" }, { id: "b", dependsOn: ["a"] });
  expect(expanded(part, part).map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
    ["p1-a", []],
    ["p2-a", []],
    ["p1-b", ["p1-a"]],
    ["p2-b", ["p2-a"]],
  ]);
});

it("members of a forEach may be named", () => {
  const part = planOf({ id: "each", forEach: ["x", "y"] }, { id: "last", dependsOn: ["each-2"] });
  expect(expanded(part).find(({ id }) => id === "p1-last")?.dependsOn).toEqual(["p1-each-2"]);
});

it("prefixes are of one width, and long ids stay apart and short enough", () => {
  const long = (end: string): string => `${"x".repeat(125)}${end}`;
  const parts = Array.from({ length: 12 }, () => planOf({ id: long("a"), forEach: ["1", "2"] }, { id: long("b") }));
  const ids = expanded(...parts).map(({ id }) => id);
  expect(new Set(ids).size).toBe(36);
  expect(ids.every((id) => /^p\d\d-x/.test(id) && id.length <= 128)).toBe(true);
});
