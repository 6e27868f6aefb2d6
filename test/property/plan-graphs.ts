/** Random plans and graphs of subtasks. */
import * as fc from "fast-check";
import type { Node } from "../../engine/policy/plan/topology.ts";

/** A graph without a cycle, in a random order: each node may depend on those before it in a hidden order. */
export function acyclicNodes(maxNodes = 40): fc.Arbitrary<Node[]> {
  return fc
    .array(fc.record({ picks: fc.array(fc.nat(1000), { maxLength: 4 }), priority: fc.integer({ min: -2, max: 2 }) }), {
      maxLength: maxNodes,
    })
    .map((given) =>
      given.map(({ picks, priority }, index) => ({
        id: `n${index}`,
        dependsOn: index === 0 ? [] : [...new Set(picks.map((pick) => `n${pick % index}`))],
        priority,
      })),
    )
    .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));
}

/** Whether each node stands after all that it depends on. */
export function isTopological(nodes: readonly Node[]): boolean {
  const seen = new Set<string>();
  return nodes.every((node) => {
    const ready = node.dependsOn.every((id) => seen.has(id));
    seen.add(node.id);
    return ready;
  });
}
