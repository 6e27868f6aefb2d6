import { describe, expect, it } from "vitest";
import { expandPlan } from "../../../engine/policy/plan/read-plan.ts";
import { parsePlanFile } from "../../../engine/policy/plan/plan-shape.ts";
import { ArtifactName, nameClash } from "../../../state/artifact.ts";

describe("a name that some file system does not take", () => {
  it.each([
    ["é".repeat(120), /at most 200 bytes/],
    [`${"語".repeat(70)}.md`, /at most 200 bytes/],
    [`docs/${"😀".repeat(60)}`, /must be letters/],
    ["con", /devices/],
    ["out/NUL.txt", /devices/],
    ["Com1.tar.gz", /devices/],
    ["lpt9/x", /devices/],
    ["a./b", /ends in '\.' or a space/],
    ["a/b ", /ends in '\.' or a space/],
    ["a/../b", /must be letters/],
    ["a\u0000b", /must be letters/],
  ])("is none: %j", (name, said) => {
    expect(ArtifactName.safeParse(name).error?.issues[0]?.message).toMatch(said);
  });

  it.each(["console.md", "auxiliary/nullable.json", "com.md", "com10.md", "語".repeat(60), "a/b/c", "COMMON"])(
    "is not this one: %j",
    (name) => expect(ArtifactName.parse(name)).toBe(name),
  );
});

it("names that differ in case alone clash, in folders too", () => {
  expect(nameClash("Guide.md", "guide.md")).toBe(true);
  expect(nameClash("Docs/a", "docs/b")).toBe(false);
  expect(nameClash("docs", "Docs/b")).toBe(true);
  expect(nameClash("docs", "docs/b")).toBe(false);
  expect(nameClash("doc", "Docs/b")).toBe(false);
  expect(nameClash("a", "a")).toBe(false);
});

describe("a plan", () => {
  const refusal = (plan: unknown): string => {
    try {
      expandPlan(parsePlanFile(plan), { task: "t", version: 1, expandDocuments: undefined });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const subtask = (id: string, writes: string[], more = {}) => ({ id, instructions: "x", writes, ...more });

  it("is refused before anything is spent where names of its artifacts would meet", () => {
    const twins = { subtasks: [subtask("a", ["Guide.md"]), subtask("b", ["guide.md"])] };
    expect(refusal(twins)).toBe('the plan is not valid: artifacts "Guide.md" and "guide.md" differ in case alone');
    const declared = { artifacts: [{ name: "out/A" }], subtasks: [subtask("a", ["OUT/b"])] };
    expect(refusal(declared)).toContain('artifacts "out" and "OUT" differ in case alone');
    const filled = { subtasks: [subtask("a", ["{{item}}.md"], { forEach: ["x", "X"] })] };
    expect(refusal(filled)).toContain('artifacts "x.md" and "X.md" differ in case alone');
  });

  it("may name one artifact often, and a folder beside what is in it", () => {
    const fine = { artifacts: [{ name: "a/b" }], subtasks: [subtask("a", ["a/b", "a", "c/*"]), subtask("b", ["a/b"])] };
    expect(refusal(fine)).toBe("");
  });
});
