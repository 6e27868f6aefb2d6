import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REDUCTION_FAN_IN, withReduction } from "../../engine/policy/plan/reduction-tree.ts";
import { dependentsOf, topologicalOrder } from "../../engine/policy/plan/topology.ts";
import type { Plan } from "../../state/plan.ts";
import { planOf, subtaskOf } from "../unit/engine/builders.ts";
import { holds } from "./law.ts";
import { acyclicNodes, isTopological } from "./plan-graphs.ts";

/** Plans with ends around and far beyond what one node takes; some ids are those that the tree would choose. */
const plan: fc.Arbitrary<Plan> = fc
  .tuple(
    acyclicNodes(30),
    fc.integer({ min: 0, max: 300 }),
    fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
  )
  .map(([nodes, loose, taken]) => {
    const linked = topologicalOrder(nodes).map(({ id, dependsOn }) => subtaskOf(id, { dependsOn: [...dependsOn] }));
    const named = [...new Set(taken)].map((number) => subtaskOf(`reduce-${number}`));
    return planOf(...linked, ...named, ...Array.from({ length: loose }, (_, index) => subtaskOf(`loose-${index}`)));
  });
const endsOf = ({ subtasks }: Plan): string[] => {
  const dependents = dependentsOf(subtasks);
  return subtasks.map(({ id }) => id).filter((id) => !dependents.has(id));
};

describe("the reduction tree", () => {
  it("reaches each end of the work exactly once", () => {
    holds(
      fc.property(plan, (given) => {
        const reduced = withReduction(given);
        const byId = new Map(reduced.subtasks.map((subtask) => [subtask.id, subtask]));
        const reach = (id: string): string[] => {
          const subtask = byId.get(id)!;
          return subtask.role === "work" ? [id] : subtask.dependsOn.flatMap(reach);
        };
        expect(endsOf(reduced).flatMap(reach).toSorted()).toEqual(endsOf(given).toSorted());
      }),
      100,
    );
  });

  it("gives nobody more than the fan-in, the synthesizer included, and no node fewer than two", () => {
    holds(
      fc.property(plan, (given) => {
        const reduced = withReduction(given);
        expect(endsOf(reduced).length).toBeLessThanOrEqual(REDUCTION_FAN_IN);
        for (const { role, dependsOn } of reduced.subtasks) {
          if (role !== "reduce") continue;
          expect(dependsOn.length).toBeLessThanOrEqual(REDUCTION_FAN_IN);
          expect(dependsOn.length).toBeGreaterThanOrEqual(2);
        }
      }),
      100,
    );
  });

  it("stays in topological order with unique ids, and leaves the work as it is", () => {
    holds(
      fc.property(plan, (given) => {
        const { subtasks } = withReduction(given);
        expect(isTopological(subtasks)).toBe(true);
        expect(new Set(subtasks.map(({ id }) => id)).size).toBe(subtasks.length);
        expect(subtasks.slice(0, given.subtasks.length)).toEqual(given.subtasks);
      }),
      100,
    );
  });

  it("is added once", () => {
    holds(
      fc.property(plan, (given) => {
        const once = withReduction(given);
        expect(withReduction(once)).toEqual(once);
      }),
      50,
    );
  });
});
