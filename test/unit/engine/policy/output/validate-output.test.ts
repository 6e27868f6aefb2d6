import { describe, expect, it } from "vitest";
import { schemaProblem, validateOutput } from "../../../../../engine/policy/output/validate-output.ts";

const schema = {
  type: "object",
  properties: { name: { type: "string" }, rows: { type: "array", items: { type: "integer" } } },
  required: ["name"],
  additionalProperties: false,
};
const problemOf = (reply: string, given: Record<string, unknown> = schema): string => {
  const validated = validateOutput(reply, given);
  if (validated.ok) throw new Error("the output was taken");
  return validated.problem;
};

describe("an output that fits", () => {
  it("becomes the JSON text alone, without fences and remarks", () => {
    const reply = 'Here you are:\n```json\n{ "name": "x",\n  "rows": [1] }\n```';
    expect(validateOutput(reply, schema)).toEqual({ ok: true, output: '{"name":"x","rows":[1]}' });
  });

  it("of fixed words may be one of them, without quotes", () => {
    expect(validateOutput("**yes**.", { enum: ["yes", "no"] })).toEqual({ ok: true, output: '"yes"' });
    expect(validateOutput("yes", { type: "string", const: "yes" })).toEqual({ ok: true, output: '"yes"' });
    expect(validateOutput("yes and no", { enum: ["yes", "no"] }).ok).toBe(false);
  });

  it("may use unknown keywords and formats, which are annotations", () => {
    const annotated = { type: "string", format: "made-up", "x-note": 1 };
    expect(validateOutput('"text"', annotated).ok).toBe(true);
    expect(schemaProblem(annotated)).toBeUndefined();
  });

  it("is checked by the draft that the schema names", () => {
    const tuple = (draft: string, keyword: string): Record<string, unknown> => ({
      $schema: draft,
      type: "array",
      [keyword]: [{ type: "string" }, { type: "integer" }],
    });
    for (const given of [
      tuple("https://json-schema.org/draft/2020-12/schema", "prefixItems"),
      tuple("http://json-schema.org/draft-07/schema#", "items"),
    ]) {
      expect(schemaProblem(given)).toBeUndefined();
      expect(validateOutput('["a", 1]', given).ok).toBe(true);
      expect(problemOf('["a", "b"]', given)).toBe('it does not fit the schema: /1 must be integer, got "b"');
    }
  });

  it("is told apart for two schemas of one $id", () => {
    expect(validateOutput("1", { $id: "same", type: "integer" }).ok).toBe(true);
    expect(validateOutput("1", { $id: "same", type: "string" }).ok).toBe(false);
  });
});

describe("an output that does not fit", () => {
  it("is refused with the place and the rule, in one line", () => {
    expect(problemOf("{}")).toBe("it does not fit the schema: the value must have required property 'name'");
    expect(problemOf('{"name":"x","rows":[1,"two"]}')).toBe(
      'it does not fit the schema: /rows/1 must be integer, got "two"',
    );
    expect(problemOf('{"name":"x","more":1}')).toContain("must NOT have additional properties");
  });

  it("is refused where it is no JSON at all, even where a text is expected", () => {
    expect(problemOf("I could not.")).toMatch(/^it is not JSON: /);
    expect(problemOf("")).toBe("it is empty");
    expect(problemOf("plain words", { type: "string" })).toMatch(/^it is not JSON: /);
  });

  it("is refused by a schema that asks to be checked asynchronously, too", async () => {
    expect(problemOf("1", { $async: true, type: "string" })).toContain("must be string");
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("a schema that is wrong itself", () => {
  it("is described in one line, before any output is there", () => {
    expect(schemaProblem(schema)).toBeUndefined();
    expect(schemaProblem({})).toBeUndefined();
    for (const wrong of [{ type: "text" }, { $ref: "https://elsewhere.example/schema.json" }, { required: "name" }]) {
      expect(schemaProblem(wrong)).toMatch(/^[^\n]+$/);
    }
  });
});
