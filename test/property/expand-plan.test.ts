import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandPlan } from "../../engine/policy/plan/read-plan.ts";
import { parsePlanFile } from "../../engine/policy/plan/plan-shape.ts";
import { SwarmError } from "../../state/errors.ts";
import type { Plan, PlanFile } from "../../state/plan.ts";
import { holds } from "./law.ts";
import { acyclicNodes, isTopological } from "./plan-graphs.ts";

/** Plans whose subtasks may be a forEach over a list or over documents, and depend on each other. */
const file: fc.Arbitrary<PlanFile> = fc
  .tuple(
    acyclicNodes(15),
    fc.array(fc.option(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 12 })), {
      minLength: 15,
      maxLength: 15,
    }),
  )
  .map(([nodes, lists]) =>
    parsePlanFile({
      subtasks: [
        { id: "docs", instructions: "{{item}}", forEach: { documents: "**" } },
        ...nodes.map(({ id, dependsOn, priority }, index) => ({
          id,
          instructions: "Do {{item}} ({{index}})",
          dependsOn: index % 3 === 0 ? [...dependsOn, "docs"] : dependsOn,
          priority,
          ...(lists[index] ? { forEach: lists[index] } : {}),
        })),
      ],
    }),
  );
const expand = (given: PlanFile): Plan =>
  expandPlan(given, { task: "t", version: 1, expandDocuments: () => ["a.md", "b.md", "c.md"] });

/** The plan, or the line that refuses it; anything else is thrown on. */
function answerTo(input: unknown): Plan | string {
  try {
    return expand(parsePlanFile(input));
  } catch (error) {
    if (error instanceof SwarmError && error.code === "PLAN_INVALID") return error.message;
    throw error;
  }
}

describe("an expanded plan", () => {
  it("has unique ids, dependencies that exist, and a topological order", () => {
    holds(
      fc.property(file, (given) => {
        const { subtasks } = expand(given);
        const ids = new Set(subtasks.map(({ id }) => id));
        expect(ids.size).toBe(subtasks.length);
        for (const { dependsOn } of subtasks) {
          expect(new Set(dependsOn).size).toBe(dependsOn.length);
          for (const id of dependsOn) expect(ids.has(id)).toBe(true);
        }
        expect(isTopological(subtasks)).toBe(true);
      }),
      300,
    );
  });

  it("has one subtask for each plain one and for each distinct item, and each waits for the whole group that it names", () => {
    holds(
      fc.property(file, (given) => {
        const { subtasks } = expand(given);
        const members = (id: string): string[] =>
          subtasks.filter((subtask) => (subtask.group ?? subtask.id) === id).map((subtask) => subtask.id);
        for (const planned of given.subtasks) {
          const { forEach } = planned;
          const items = forEach === undefined ? 1 : Array.isArray(forEach) ? new Set(forEach).size : 3;
          expect(members(planned.id)).toHaveLength(items);
          const waited = new Set(planned.dependsOn.flatMap(members));
          for (const id of members(planned.id))
            expect(new Set(subtasks.find((subtask) => subtask.id === id)?.dependsOn)).toEqual(waited);
        }
      }),
    );
  });

  it("is the same for the same file, which stays as it is", () => {
    holds(
      fc.property(file, (given) => {
        const before = structuredClone(given);
        expect(expand(given)).toEqual(expand(given));
        expect(given).toEqual(before);
      }),
      100,
    );
  });
});

describe("any input at all", () => {
  const key = fc.constantFrom("id", "instructions", "dependsOn", "forEach", "steps", "title", "evil\nkey");
  const almost = fc.record({ subtasks: fc.array(fc.dictionary(key, fc.jsonValue({ maxDepth: 2 })), { maxLength: 4 }) });
  const ids = fc.constantFrom("a", "b", "c\nd", "a-1");
  const linked = fc.record({
    subtasks: fc.array(
      fc.record({
        id: ids,
        instructions: fc.constant("x"),
        dependsOn: fc.array(ids),
        forEach: fc.constantFrom(undefined, ["x", "y"]),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  });

  it("is a plan or is refused in one line: nothing else is thrown", () => {
    holds(
      fc.property(fc.oneof(almost, linked, fc.jsonValue()), (input) => {
        const answer = answerTo(input);
        const fits =
          typeof answer === "string"
            ? /^the plan is not valid: [^\n\r]+$/.test(answer)
            : isTopological(answer.subtasks) && answer.subtasks.length > 0;
        expect([answer, fits]).toEqual([answer, true]);
      }),
      1000,
    );
  });
});
