import { describe, expect, it } from "vitest";
import { parsePlanFile } from "../../../../../engine/policy/plan/plan-shape.ts";
import { problemOf, refusalOf } from "../../builders.ts";

const refusal = (input: unknown): string => problemOf(() => parsePlanFile(input));
const withSubtask = (given: object): object => ({ subtasks: [{ id: "s1", instructions: "Do it.", ...given }] });

describe("a plan file", () => {
  it("needs no more than an id and instructions, and gets the documented defaults", () => {
    expect(parsePlanFile(withSubtask({})).subtasks[0]).toEqual({
      id: "s1",
      instructions: "Do it.",
      skills: [],
      dependsOn: [],
      priority: 0,
      writes: [],
      reads: [],
      allowMissingInputs: false,
      tools: [],
    });
  });

  it("keeps all that the contract lists", () => {
    const all = {
      id: "s1",
      title: "T",
      instructions: "I",
      skills: ["research"],
      dependsOn: [],
      agent: "researcher",
      steps: 13,
      priority: 2,
      expects: { type: "object" },
      writes: ["a"],
      reads: ["b"],
      tools: ["read_document"],
      allowMissingInputs: true,
      forEach: ["x"],
    };
    const artifacts = [{ name: "a.json", type: "json", policy: "human", key: "id", content: "{}" }];
    const checks = [{ id: "k", title: "K", artifacts: ["a.json"], command: ["true"], timeoutMs: 5 }];
    const plan = { task: "t", subtasks: [all], artifacts, checks };
    expect(parsePlanFile(plan)).toEqual(plan);
  });

  it("names an unknown key, and where it stands", () => {
    expect(refusal({ ...withSubtask({}), goal: "x" })).toBe(
      'unknown key "goal" (there are task, subtasks, artifacts, checks, answer)',
    );
    expect(refusal(withSubtask({ after: ["x"], wait: 1 }))).toMatch(/^subtask "s1": unknown key "after", "wait"/);
    expect(refusal(withSubtask({ dependson: ["x"] }))).toBe(
      'subtask "s1": unknown key "dependson", did you mean "dependsOn"?',
    );
    expect(refusal({ subtask: [] })).toBe('unknown key "subtask", did you mean "subtasks"?');
    expect(refusal(withSubtask({ forEach: { documents: "**", kind: "file" } }))).toBe(
      'subtask "s1": forEach: unknown key "kind" (there are documents, as)',
    );
  });

  it("is refused by an error that says what to do next", () => {
    expect(refusalOf(() => parsePlanFile({})).next).toBe("mend the plan and run again");
  });

  it("refuses a plan without a subtask", () => {
    expect(refusal({ subtasks: [] })).toBe("subtasks: has no subtask");
    expect(refusal({ task: "x" })).toMatch(/^subtasks: /);
  });

  it.each([null, undefined, "plan", 42, [], [{ id: "s1" }]])("refuses %j, which is not a plan at all", (input) => {
    expect(refusal(input)).toBe("it is not a JSON object with a list of subtasks");
  });

  it("says which subtask lacks what", () => {
    expect(refusal({ subtasks: [{ id: "s1" }] })).toMatch(/^subtask "s1": instructions: /);
    expect(refusal({ subtasks: [{ instructions: "x" }] })).toMatch(/^subtask 1: id: /);
    expect(refusal({ subtasks: [null] })).toMatch(/^subtask 1: /);
    expect(refusal(withSubtask({ instructions: "" }))).toMatch(/^subtask "s1": instructions: /);
    expect(refusal(withSubtask({ steps: 0 }))).toMatch(/^subtask "s1": steps: /);
    expect(refusal(withSubtask({ steps: 4001 }))).toMatch(/^subtask "s1": steps: /);
    expect(refusal(withSubtask({ priority: "high" }))).toMatch(/^subtask "s1": priority: .*number/);
    expect(refusal(withSubtask({ skills: ["ok", ""] }))).toMatch(/^subtask "s1": skills\.1: /);
  });

  it("says what is wrong with a forEach", () => {
    expect(refusal(withSubtask({ forEach: [] }))).toMatch(/^subtask "s1": forEach: expected at least one entry/);
    expect(refusal(withSubtask({ forEach: ["ok", ""] }))).toMatch(
      /^subtask "s1": forEach\.1: expected a text that is not empty, got ""$/,
    );
    expect(refusal(withSubtask({ forEach: { documents: "**", as: "line" } }))).toMatch(
      /^subtask "s1": forEach\.as: .*"file"/,
    );
    expect(refusal(withSubtask({ forEach: "all" }))).toMatch(/^subtask "s1": forEach: /);
  });

  it.each(["", "-a", "a b", "a/b", "../a", "ä", "a\n", "x".repeat(129)])("refuses the id %j", (id) => {
    expect(refusal({ subtasks: [{ id, instructions: "x" }] })).toMatch(/id: must be 1 to 128 letters/);
  });

  it.each(["a", "0", "A.b_c-9", "x".repeat(128), "constructor"])("takes the id %j", (id) => {
    expect(parsePlanFile({ subtasks: [{ id, instructions: "x" }] }).subtasks[0]?.id).toBe(id);
  });

  it("is refused in one line, whatever it holds", () => {
    for (const input of [
      { ...withSubtask({}), "evil\nkey": 1 },
      { subtasks: [{ id: "a\nb", instructions: "x" }] },
      { subtasks: [{ id: "s1", instructions: "x", "k\r\n\u2028y": 1 }] },
      { ...withSubtask({}), ["k".repeat(10_000)]: 1 },
    ]) {
      expect(refusal(input)).not.toMatch(/[\n\r\u2028]/);
      expect(refusal(input).length).toBeLessThan(300);
    }
  });
});
