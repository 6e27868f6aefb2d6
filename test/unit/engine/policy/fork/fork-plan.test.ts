/** What a fork keeps: nothing that stands on what runs anew, by the plan, by results that were read, by versions of artifacts. */
import { describe, expect, test } from "vitest";
import {
  forkPlan,
  forkPoints,
  plannedWork,
  refuseSkipped,
  type ForkFacts,
  type SharedUse,
} from "../../../../../engine/policy/fork/fork-plan.ts";
import type { Plan, Subtask } from "../../../../../state/plan.ts";

const LISTS = { skills: [], reads: [], writes: [], tools: [], priority: 0, allowMissingInputs: false };

function planOf(subtasks: Record<string, Partial<Subtask>>): Plan {
  const expanded = Object.entries(subtasks).map(([id, more]) => ({
    ...{ id, title: id, instructions: id, role: "work" as const, dependsOn: [], ...LISTS },
    ...more,
  }));
  return { version: 3, task: "t", subtasks: expanded, artifacts: [], checks: [] };
}

const wrote = (subtask: string, artifact: string, version: number): SharedUse => ({
  ...{ kind: "artifact", subtask, artifact, version, isOwn: true },
});
const knew = (subtask: string, artifact: string, version: number): SharedUse => ({
  ...{ kind: "artifact", subtask, artifact, version, isOwn: false },
});

function forked(old: Plan, at: string[], more: Partial<ForkFacts> = {}) {
  const { kept, anew, plan, isKeptVersion } = forkPlan({
    ...{ old, given: plannedWork(old), at, hasResult: () => true, uses: [] },
    ...more,
  });
  return { kept, anew: Object.fromEntries(anew), ids: plan.subtasks.map(({ id }) => id), plan, isKeptVersion };
}

const CHAIN = planOf({ a: {}, b: { dependsOn: ["a"] }, c: { dependsOn: ["b"] }, d: {} });

describe("a fork", () => {
  test("runs anew the subtask that it begins at and all downstream of it", () => {
    const { kept, anew, plan } = forked(CHAIN, ["b"]);
    expect(kept).toEqual(["a", "d"]);
    expect(anew).toEqual({ b: "the fork begins here", c: "it builds on b" });
    expect(plan.version).toBe(1);
  });

  test("keeps a failure, and runs what has no result on record", () => {
    expect(forked(CHAIN, ["c"], { hasResult: (id) => id !== "d" })).toMatchObject({
      kept: ["a", "b"],
      anew: { c: "the fork begins here", d: "it has no result on record" },
    });
  });

  test("of another plan keeps what is asked the same", () => {
    const given = planOf({ a: {}, b: { dependsOn: ["a"], instructions: "otherwise" }, d: {}, e: {} });
    expect(forked(CHAIN, [], { given })).toMatchObject({
      kept: ["a", "d"],
      anew: { b: "it is asked otherwise", e: "it is new" },
    });
  });

  test("keeps the parts of a split with the whole, and no repair", () => {
    const old = planOf({
      ...{ a: {}, "b.1": { role: "part", partOf: "b" }, "b.2": { role: "part", partOf: "b" } },
      ...{ b: { parts: ["b.1", "b.2"] }, mend: { role: "repair" } },
    });
    expect(forked(old, ["a"]).ids).toEqual(["a", "b.1", "b.2", "b"]);
    expect(forked(old, ["a"]).kept).toEqual(["b.1", "b.2", "b"]);
    expect(forked(old, ["b"]).ids).toEqual(["a", "b"]);
    expect(forked(old, ["b"]).plan.subtasks[1]?.parts).toBeUndefined();
  });

  test("runs anew who has read a result that is made anew, and who builds on that", () => {
    const uses: SharedUse[] = [{ kind: "result", subtask: "a", of: "d" }];
    expect(forked(CHAIN, ["d"], { uses }).anew).toEqual({
      ...{ d: "the fork begins here", a: "it has read the result of d", b: "it builds on a", c: "it builds on b" },
    });
  });

  test("keeps the versions of an artifact before the first that is left out, and runs anew who stands on later ones", () => {
    const old = planOf({ a: {}, b: {}, c: {}, d: {}, e: {} });
    const uses = [wrote("a", "x", 1), knew("e", "x", 1), wrote("b", "x", 2), wrote("c", "x", 3), knew("d", "x", 3)];
    const { kept, anew, isKeptVersion } = forked(old, ["b"], { uses });
    expect(kept).toEqual(["a", "e"]);
    expect(anew["c"]).toBe("it wrote version 3 of x, which has version 2 by b in it");
    expect(anew["d"]).toBe("it knew version 3 of x, which has version 2 by b in it");
    expect([1, 2, 3].map((version) => isKeptVersion("x", version))).toEqual([true, false, false]);
  });

  test("leaves out one artifact's write and so, through its writer, another's", () => {
    const old = planOf({ a: {}, b: {}, c: {} });
    const uses = [wrote("a", "x", 1), knew("b", "x", 1), wrote("b", "y", 1), wrote("c", "y", 2)];
    expect(forked(old, ["a"], { uses }).kept).toEqual([]);
    expect(forked(old, ["c"], { uses })).toMatchObject({ kept: ["a", "b"] });
  });
});

describe("where a fork begins", () => {
  const plan = planOf({
    "each-1": { group: "each" },
    "each-2": { group: "each" },
    s: {},
    "s.1": { role: "part", partOf: "s" },
    mend: { role: "repair" },
  });

  test("is a subtask, or all of a forEach", () => {
    expect(forkPoints(plan, ["each"], "run r")).toEqual(["each-1", "each-2"]);
    expect(forkPoints(plan, ["each-2", "s"], "run r")).toEqual(["each-2", "s"]);
  });

  test.each([
    ["t", /^run r has no subtask "t"$/],
    ["s.1", /^"s\.1" of run r is a part of s, which recovery has split$/],
    ["mend", /^"mend" of run r mends the check/],
  ])("is not %s", (name, problem) => {
    expect(() => forkPoints(plan, [name], "run r")).toThrow(problem);
  });

  test("is not a subtask that would be skipped again", () => {
    const outcomeOf = (id: string) => (id === "a" ? ("failed" as const) : ("done" as const));
    const facts = { plan: CHAIN, at: ["b"], outcomeOf };
    expect(() => refuseSkipped({ ...facts, isKept: () => true }, "r")).toThrow(/^b would be skipped.*: a \(failed\)$/);
    expect(() => refuseSkipped({ ...facts, isKept: () => false }, "r")).not.toThrow();
  });
});
