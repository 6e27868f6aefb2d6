import { describe, expect, it } from "vitest";
import { planIn } from "../../../../../engine/policy/plan/meant-plan.ts";
import { expandPlan } from "../../../../../engine/policy/plan/read-plan.ts";
import { parsePlanFile } from "../../../../../engine/policy/plan/plan-shape.ts";

function planned(reply: string) {
  const extracted = planIn(reply);
  if (!extracted.ok) throw new Error(extracted.problem);
  const plan = expandPlan(parsePlanFile(extracted.value), { task: "t", version: 1, expandDocuments: undefined });
  return plan.subtasks.map(({ id, dependsOn }) => [id, dependsOn]);
}
const json = (...subtasks: object[]): string => JSON.stringify({ subtasks });
const look = { id: "a", instructions: "look" };
const TWO = [
  ["a", []],
  ["b", ["a"]],
];

describe("a planner's reply", () => {
  it.each<[string, string]>([
    ["as it should be", json(look, { id: "b", instructions: "sum", dependsOn: ["a"] })],
    ["as a bare list", JSON.stringify([look, { id: "b", instructions: "sum", dependsOn: ["a"] }])],
    ["in a wrapper", JSON.stringify({ plan: { subtasks: [look, { id: "b", instructions: "x", dependsOn: ["a"] }] } })],
    [
      "with trailing commas and comments",
      '{"subtasks": [ // first\n {"id":"a","instructions":"look",}, {"id":"b","instructions":"x","dependsOn":["a",],},]}',
    ],
    [
      "in a code block among words, with commas",
      `Here:\n\`\`\`json\n{"subtasks":[{"id":"a","instructions":"l"},{"id":"b","instructions":"x","dependsOn":["a"]},]}\n\`\`\`\nBye!`,
    ],
    ["with one value for a list", json(look, { id: "b", instructions: "sum", dependsOn: "a" })],
    ["with other spellings", json(look, { id: "b", description: "sum", depends_on: ["a"] })],
    [
      "with null for what may be left out",
      json(
        { ...look, dependsOn: null, skills: null, agent: null, expects: null },
        { id: "b", instructions: "x", dependsOn: ["a"], steps: null },
      ),
    ],
    [
      "with nothing for what may be left out",
      json({ ...look, agent: "", dependsOn: [""] }, { id: "b", instructions: "x", dependsOn: ["a", ""] }),
    ],
    ["as a list in a wrapper", JSON.stringify({ plan: [look, { id: "b", instructions: "x", dependsOn: ["a"] }] })],
    ["as tasks", JSON.stringify({ tasks: [look, { id: "b", instructions: "x", dependsOn: ["a"] }] })],
    [
      "encoded twice",
      JSON.stringify({ subtasks: JSON.stringify([look, { id: "b", instructions: "x", dependsOn: ["a"] }]) }),
    ],
    ["with titles for ids", json({ ...look, title: "Look" }, { id: "b", instructions: "sum", dependsOn: ["Look"] })],
    [
      "with remarks",
      json({ ...look, estimated_time: "5m" }, { id: "b", instructions: "x", dependsOn: ["a"], steps: "3" }),
    ],
  ])("is read as it is meant: %s", (_, reply) => {
    expect(planned(reply)).toEqual(TWO);
  });

  it("may number its subtasks, name them in words, or not at all", () => {
    const unnamed = json({ instructions: "l", title: "Look" }, { instructions: "x", dependsOn: ["Look"] });
    expect(planned(unnamed)).toEqual([
      ["s1", []],
      ["s2", ["s1"]],
    ]);
    expect(planned(json({ id: 1, instructions: "l" }, { id: 2, instructions: "x", dependsOn: [1] }))).toEqual([
      ["1", []],
      ["2", ["1"]],
    ]);
    expect(
      planned(
        json({ id: "Größe messen", instructions: "l" }, { id: "b", instructions: "x", dependsOn: ["Größe messen"] }),
      ),
    ).toEqual([
      ["Gro-e-messen", []],
      ["b", ["Gro-e-messen"]],
    ]);
  });

  it.each<[string, string, RegExp]>([
    ["two ids that would become one", json({ id: "a b", instructions: "x" }, { id: "a-b", instructions: "x" }), /id/],
    ["keys with something in them", json({ ...look, after: ["z"] }), /unknown key "after"/],
    ["a dependency on nothing", json({ ...look, dependsOn: ["z"] }), /does not exist/],
    ["no subtasks", json(), /no subtask/],
    ["no JSON", "I would look first.", /not JSON/],
    ["half of it", '{"subtasks": [{"id": "a", "instructions": "lo', /not JSON/],
    ["another thing", "7", /object/],
  ])("is refused where that is not clear: %s", (_, reply, problem) => {
    expect(() => planned(reply)).toThrow(problem);
  });
});
