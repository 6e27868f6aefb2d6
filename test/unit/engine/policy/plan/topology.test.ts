import { describe, expect, it } from "vitest";
import {
  dependentsOf,
  longestPath,
  remainingPaths,
  topologicalOrder,
  type Node,
} from "../../../../../engine/policy/plan/topology.ts";
import type { SwarmError } from "../../../../../state/errors.ts";
import { refusalOf } from "../../builders.ts";

const node = (id: string, dependsOn: string[] = [], priority?: number): Node => ({ id, dependsOn, priority });
const orderOf = (...nodes: Node[]): string[] => topologicalOrder(nodes).map(({ id }) => id);

describe("the order of subtasks", () => {
  it("goes level by level, in the order given where nothing else decides", () => {
    expect(orderOf(node("d", ["b", "c"]), node("c", ["a"]), node("b", ["a"]), node("a"))).toEqual(["a", "c", "b", "d"]);
    expect(orderOf()).toEqual([]);
  });

  it("puts a higher priority first within its level, never before an input", () => {
    expect(orderOf(node("a"), node("b", [], 5), node("c", ["a"], 9))).toEqual(["b", "a", "c"]);
    expect(orderOf(node("low", [], -1), node("none"))).toEqual(["none", "low"]);
  });

  it("puts the longer remaining path first among equal priorities", () => {
    expect(orderOf(node("short"), node("long"), node("next", ["long"]), node("end", ["next"]))).toEqual([
      "long",
      "short",
      "next",
      "end",
    ]);
  });

  it("leaves the list that it is given as it is", () => {
    const nodes = [node("b", ["a"]), node("a")];
    topologicalOrder(nodes);
    expect(nodes.map(({ id }) => id)).toEqual(["b", "a"]);
  });

  it("takes a dependency that is named twice", () => {
    expect(orderOf(node("b", ["a", "a"]), node("a"))).toEqual(["a", "b"]);
  });
});

describe("a cycle", () => {
  const errorOf = (...nodes: Node[]): SwarmError => refusalOf(() => topologicalOrder(nodes));

  it("is named alone, without those that only lead to it or wait for it", () => {
    const error = errorOf(node("free"), node("waits", ["x"]), node("x", ["free", "y"]), node("y", ["x"]));
    expect(error.code).toBe("PLAN_INVALID");
    expect(error.data).toMatchObject({ cycle: ["x", "y", "x"] });
    expect(error.message).toContain("x → y → x");
  });

  it("of one that waits for itself is named", () => {
    expect(errorOf(node("a", ["a"])).data).toMatchObject({ cycle: ["a", "a"] });
  });

  it("that is long is shortened in the line and whole in the data", () => {
    const size = 2000;
    const ring = Array.from({ length: size }, (_, index) => node(`n${index}`, [`n${(index + 1) % size}`]));
    const error = errorOf(...ring);
    expect(error.message.length).toBeLessThan(200);
    expect(error.message).toMatch(/n0 → n1 → .* → … → n0 /);
    expect(error.data["cycle"]).toHaveLength(size + 1);
  });
});

describe("paths", () => {
  const sorted = [node("a"), node("b"), node("c", ["a", "b"]), node("d", ["c"]), node("e")];

  it("name for each subtask those that wait for it", () => {
    expect(Object.fromEntries(dependentsOf(sorted))).toEqual({ a: ["c"], b: ["c"], c: ["d"] });
  });

  it("remain by the number of subtasks to an end, itself included", () => {
    expect(Object.fromEntries(remainingPaths(sorted, dependentsOf(sorted)))).toEqual({ a: 3, b: 3, c: 2, d: 1, e: 1 });
  });

  it("are longest by weight, not by number", () => {
    const weights: Record<string, number> = { a: 1, b: 4, c: 1, d: 1, e: 5 };
    expect(longestPath(sorted, ({ id }) => weights[id] ?? 0)).toBe(6);
    expect(longestPath(sorted, ({ id }) => (id === "e" ? 9 : 1))).toBe(9);
    expect(longestPath([], () => 1)).toBe(0);
  });
});
