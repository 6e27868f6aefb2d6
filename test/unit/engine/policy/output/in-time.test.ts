import { describe, expect, it, vi } from "vitest";
import { extractJson } from "../../../../../engine/policy/output/extract-json.ts";
import { inTime } from "../../../../../engine/policy/output/in-time.ts";
import { checkOutput, schemaMismatch, schemaProblem } from "../../../../../engine/policy/output/validate-output.ts";
import { parsePlanFile } from "../../../../../engine/policy/plan/plan-shape.ts";
import { isDeeper } from "../../../../../state/nesting.ts";

const EVIL = `${"a".repeat(40)}!`;
const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;

describe("a stranger's pattern over a stranger's text", () => {
  it("is ended where it takes too long, and is not tried for ever", () => {
    const told = [1, 2, 3, 4].map(() => checkOutput(EVIL, { matches: "^(a+)+$" }));
    expect(told.slice(0, 3)).toEqual(
      Array(3).fill("whether it matches /^(a+)+$/ cannot be told: it takes more than 500 ms"),
    );
    expect(told[3]).toContain("is not tried again");
    expect(checkOutput(EVIL, { lacks: "^(a|a)+$" })).toContain("cannot be told");
  });

  it.each<[string, Record<string, unknown>, unknown]>([
    ["pattern", { properties: { v: { pattern: "^(a+)+$" } } }, { v: EVIL }],
    ["patternProperties", { patternProperties: { "^(a+)+$": { type: "string" } } }, { [EVIL]: "x" }],
    ["uniqueItems", { uniqueItems: true }, Array.from({ length: 60_000 }, (_, at) => ({ at }))],
  ])("is ended in a schema too (%s)", (_, schema, value) => {
    expect(schemaMismatch(value, schema)).toEqual({ ok: false, problem: "it takes more than 500 ms" });
  });

  it("is as before where it does not: the language's own patterns, look-ahead and back-reference too", () => {
    expect(checkOutput("Straße 12", { matches: "(?=.*\\d)^STRASSE|^straße" })).toBeUndefined();
    expect(checkOutput("abab", { matches: "^(ab)\\1$", lacks: "x" })).toBeUndefined();
    expect(checkOutput("abc", { matches: "x" })).toBe("it does not match /x/");
    expect(schemaMismatch({ v: "b" }, { properties: { v: { pattern: "^a" } } })).toEqual({
      ...{ ok: true, value: '/v must match pattern "^a", got "b"' },
    });
  });

  it("passes on what the work itself throws", () => {
    expect(() => inTime("k", () => JSON.parse("{") as unknown)).toThrow(SyntaxError);
    expect(inTime("k", () => 7)).toEqual({ ok: true, value: 7 });
  });
});

describe("a schema", () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ["too long", { description: "x".repeat(200_001) }, /more than 200000 characters/],
    ["nested too deep", { allOf: JSON.parse(nested(200)) as unknown }, /nests deeper than 100 levels/],
    [
      "nested so deep that it cannot be written",
      { allOf: JSON.parse(nested(100_000)) as unknown },
      /nests (too deep|deeper)/,
    ],
    ["a reference to itself alone", { $ref: "#" }, /nests without an end/],
    [
      "a circle of references",
      { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
      /nests without an end|takes more than/,
    ],
  ])("that is %s is refused before anything is spent", (_, schema, said) => {
    expect(schemaProblem(schema)).toMatch(said);
  });

  it.each([
    ["2020-12", {}],
    ["draft-07", { $schema: "http://json-schema.org/draft-07/schema#" }],
  ])("of %s costs its own time alone, not that of the rules for schemas, however busy the machine is", (_, head) => {
    expect(schemaProblem({ ...head, required: ["one"] })).toBeUndefined();
    const compiling = vi.spyOn(globalThis, "Function");
    expect(schemaProblem({ ...head, required: ["other"] })).toBeUndefined();
    expect(compiling).toHaveBeenCalledTimes(1);
    compiling.mockRestore();
    expect(schemaProblem({ ...head, type: "banana" })).toContain("schema is invalid: data/type must be");
  });

  it("may refer to itself where values end", () => {
    const tree = { type: "object", properties: { child: { $ref: "#" } } };
    expect(schemaProblem(tree)).toBeUndefined();
    expect(schemaMismatch({ child: { child: {} } }, tree)).toEqual({ ok: true, value: undefined });
    expect(schemaMismatch({ child: { child: 1 } }, tree)).toEqual({
      ok: true,
      value: "/child/child must be object, got 1",
    });
  });
});

describe("what nests too deep", () => {
  it("is told from what does not, whatever stands in its texts", () => {
    expect([isDeeper(nested(5), 5), isDeeper(nested(6), 5)]).toEqual([false, true]);
    expect(isDeeper(JSON.stringify([nested(50), '\\"[[[[[[']), 1)).toBe(false);
  });

  it("is refused in a reply, and in a plan, of whatever shape", () => {
    expect(extractJson(nested(100_000))).toEqual({
      ok: false,
      problem: "it is not JSON: it nests deeper than 500 levels",
    });
    const circle: unknown[] = [];
    circle.push(circle);
    for (const expects of [JSON.parse(nested(100_000)) as unknown, circle])
      expect(() => parsePlanFile({ subtasks: [{ id: "a", instructions: "i", expects: { expects } }] })).toThrow(
        "the plan is not valid: it nests deeper than 500 levels",
      );
  });
});

describe("a long reply", () => {
  it.each([
    ["blank lines behind an open fence", `\`\`\`\n${"\n".repeat(300_000)}`],
    ["fences without an end", "```json\n".repeat(100_000)],
    ["backticks", "`".repeat(1_000_000)],
    ["braces", "{".repeat(1_000_000)],
  ])("of %s is looked through once", (_, reply) => {
    const read = inTime(reply.slice(0, 20), () => extractJson(reply));
    expect(read).toMatchObject({ ok: true, value: { ok: false } });
  });
});
