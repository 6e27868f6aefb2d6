import { describe, expect, it } from "vitest";
import { bySchema } from "../../../../engine/checks/evaluate-check.ts";
import type { ArtifactType } from "../../../../state/artifact.ts";

const look = (type: ArtifactType, content: string | undefined, schema: Record<string, unknown>) =>
  bySchema({ id: "k", artifact: "it", schema }, new Map(content === undefined ? [] : [["it", content]]), {
    type,
    key: "id",
    policy: "reject-and-retry",
  }).verdict;

describe("what a schema is held against", () => {
  it.each<[ArtifactType, string | undefined, unknown]>([
    ["text", undefined, ""],
    ["text", "", ""],
    ["text", "one\n\ntwo", "one\n\ntwo"],
    ["lines", undefined, []],
    ["lines", "a\nb", ["a", "b"]],
    ["table", undefined, []],
    ["table", '{"id":1}\n{"id":2}\n', [{ id: 1 }, { id: 2 }]],
    ["json", undefined, null],
    ["json", '{"a":[1]}', { a: [1] }],
    ["json", "null", null],
    ["binary", undefined, null],
    ["binary", '{"uri":"s3://b/n"}', { uri: "s3://b/n" }],
  ])("%s %j is %j", (type, content, value) => {
    expect(look(type, content, { const: value })).toBe("holds");
    expect(look(type, content, { not: { const: value } })).toBe("violated");
  });

  it("is told in one line, however long the problem", () => {
    const schema = { type: "object", required: ["a\nb".repeat(1000)] };
    const { evidence } = bySchema({ id: "k", artifact: "it", schema }, new Map([["it", "{}"]]), {
      ...{ type: "json", key: "id", policy: "reject-and-retry" },
    });
    expect(evidence.length).toBeLessThanOrEqual(500);
    expect(evidence).not.toMatch(/[\n\r]/);
  });
});
