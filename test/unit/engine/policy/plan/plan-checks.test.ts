import { describe, expect, it } from "vitest";
import { expandPlan } from "../../../../../engine/policy/plan/read-plan.ts";
import { parsePlanFile } from "../../../../../engine/policy/plan/plan-shape.ts";
import { problemOf } from "../../builders.ts";

const AGENTS = [{ name: "judge" }];
const refusal = (...checks: unknown[]): string =>
  problemOf(() => {
    const file = parsePlanFile({
      subtasks: [{ id: "a", instructions: "Do a.", writes: ["x.md", "folder/*"] }],
      artifacts: [{ name: "made.json", content: "{}" }],
      checks,
    });
    expandPlan(file, { task: "t", version: 1, expandDocuments: undefined, agents: AGENTS });
  });

describe("a check of a plan", () => {
  it.each([
    ["by schema", { artifact: "made.json", schema: { type: "object" } }],
    ["by command", { artifacts: ["x.md"], command: ["true"] }],
    ["by a judge of the run", { artifacts: ["folder/any.md", "x.md"], predicate: "P", agent: "judge" }],
  ])("%s is taken", (_, check) => {
    const file = parsePlanFile({
      subtasks: [{ id: "a", instructions: "Do a.", writes: ["x.md", "folder/*"] }],
      artifacts: [{ name: "made.json", content: "{}" }],
      checks: [{ id: "k", ...check }],
    });
    expect(expandPlan(file, { task: "t", version: 1, expandDocuments: undefined, agents: AGENTS }).checks).toHaveLength(
      1,
    );
  });

  it.each<[string, unknown, string]>([
    [
      "an artifact that nobody writes",
      { artifacts: ["z.md"], predicate: "P" },
      'check "k" looks at artifact "z.md", which no subtask writes and no declaration makes',
    ],
    ["no JSON Schema", { artifact: "x.md", schema: { type: "strange" } }, 'check "k": its schema is no JSON Schema'],
    ["an empty command", { artifacts: ["x.md"], command: [] }, 'check "k": command: '],
    [
      "a judge whom the run does not have",
      { artifacts: ["x.md"], predicate: "P", agent: "nobody" },
      'check "k" names agent "nobody", which the run does not have',
    ],
    ["an unknown key", { artifacts: ["x.md"], command: ["true"], timeout: 5 }, 'check "k": unknown key "timeout"'],
    ["artifacts for artifact", { artifacts: ["x.md"], schema: {} }, 'check "k": unknown key "artifacts"'],
    ["no artifact", { schema: {} }, 'check "k": artifact: '],
    ["a name that leads away", { artifacts: ["../x"], predicate: "P" }, 'check "k": artifacts.0: '],
    [
      "two ways",
      { artifacts: ["x.md"], predicate: "P", command: ["true"] },
      'check "k": has command and predicate: it takes one of them',
    ],
    [
      "no way",
      { artifacts: ["x.md"], comand: ["true"] },
      'check "k": takes a schema, a command or a predicate (it has "comand")',
    ],
  ])("with %s is refused by name", (_, check, said) => {
    expect(refusal({ id: "k", ...(check as object) })).toContain(said);
  });

  it("that is no object, or has no id or another's, is refused by its place", () => {
    expect(refusal("it is fine")).toContain("check 1: is no object");
    expect(refusal({ artifacts: ["x.md"], predicate: "P" })).toContain("check 1: id: ");
    const check = { id: "k", artifacts: ["x.md"], predicate: "P" };
    expect(refusal(check, check)).toContain('check "k" is declared twice');
  });
});
