import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dependentsOf,
  longestPath,
  remainingPaths,
  topologicalOrder,
  type Node,
} from "../../engine/policy/plan/topology.ts";
import { refusalOf } from "../unit/engine/builders.ts";
import { holds } from "./law.ts";
import { acyclicNodes, isTopological } from "./plan-graphs.ts";

describe("the order of subtasks", () => {
  it("has each node once, after all that it depends on, for every graph without a cycle", () => {
    holds(
      fc.property(acyclicNodes(), (nodes) => {
        const order = topologicalOrder(nodes);
        expect(new Set(order)).toEqual(new Set(nodes));
        expect(order).toHaveLength(nodes.length);
        expect(isTopological(order)).toBe(true);
      }),
      500,
    );
  });

  it("puts what is ready together in order of priority, then of the remaining path", () => {
    holds(
      fc.property(acyclicNodes(), (nodes) => {
        const order = topologicalOrder(nodes);
        const remaining = remainingPaths(order, dependentsOf(order));
        const starts = order.filter((node) => node.dependsOn.length === 0);
        const rank = (node: Node): number => (node.priority ?? 0) * 1000 + (remaining.get(node.id) ?? 0);
        expect(starts.map(rank)).toEqual(starts.map(rank).toSorted((left, right) => right - left));
      }),
    );
  });

  it("names a real cycle in every graph that has one", () => {
    const withCycle = fc
      .tuple(
        acyclicNodes().filter((nodes) => nodes.length > 0),
        fc.nat(),
        fc.integer({ min: 1, max: 5 }),
      )
      .map(([nodes, from, length]) => closeCycle(nodes, from, length));
    holds(
      fc.property(withCycle, (nodes) => {
        const cycle = refusalOf(() => topologicalOrder(nodes)).data["cycle"] as string[];
        expect(cycle.length).toBeGreaterThan(1);
        expect(cycle[0]).toBe(cycle.at(-1));
        const byId = new Map(nodes.map((node) => [node.id, node]));
        for (let index = 1; index < cycle.length; index += 1)
          expect(byId.get(cycle[index - 1]!)?.dependsOn).toContain(cycle[index]);
      }),
      500,
    );
  });
});

describe("the longest path", () => {
  it("of weight one is the longest remaining path, and no less than any chain", () => {
    holds(
      fc.property(acyclicNodes(), (nodes) => {
        const order = topologicalOrder(nodes);
        const remaining = remainingPaths(order, dependentsOf(order));
        expect(longestPath(order, () => 1)).toBe(Math.max(0, ...remaining.values()));
      }),
    );
  });

  it("is at least the heaviest node and at most the sum of all", () => {
    holds(
      fc.property(acyclicNodes(), fc.array(fc.nat(9), { minLength: 40, maxLength: 40 }), (nodes, weights) => {
        const weightOf = ({ id }: Node): number => weights[Number(id.slice(1))] ?? 0;
        const all = nodes.map(weightOf);
        const longest = longestPath(topologicalOrder(nodes), weightOf);
        expect(longest).toBeGreaterThanOrEqual(Math.max(0, ...all));
        expect(longest).toBeLessThanOrEqual(all.reduce((sum, weight) => sum + weight, 0));
      }),
    );
  });
});

/** Lets a node wait for one that, a few steps on, waits for it. */
function closeCycle(nodes: Node[], from: number, length: number): Node[] {
  const start = nodes[from % nodes.length]!;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  let end = start;
  for (let step = 0; step < length; step += 1) end = byId.get(end.dependsOn[step % end.dependsOn.length] ?? "") ?? end;
  return nodes.map((node) => (node === end ? { ...node, dependsOn: [...node.dependsOn, start.id] } : node));
}
