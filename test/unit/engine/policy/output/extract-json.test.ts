import { describe, expect, it } from "vitest";
import { extractJson } from "../../../../../engine/policy/output/extract-json.ts";

const value = { a: [1, "two", { b: null }] };
const json = JSON.stringify(value, null, 2);

describe("the JSON in a reply", () => {
  it.each([
    ["bare", json],
    ["between blanks", `\n\n  ${json}  \n`],
    ["in a fence", `\`\`\`json\n${json}\n\`\`\``],
    ["in a fence without a language", `\`\`\`\n${json}\n\`\`\``],
    ["in a fence on one line", `\`\`\`json ${json} \`\`\``],
    ["after a sentence", `Here is the result: ${json}`],
    ["before a sentence", `${json}\nI hope that this helps.`],
    ["in a fence among prose with brackets", `As asked [see above]:\n\`\`\`json\n${json}\n\`\`\`\nDone {really}.`],
    ["in the second fence", `\`\`\`text\nnote\n\`\`\`\n\`\`\`json\n${json}\n\`\`\``],
  ])("is found %s", (_, reply) => {
    expect(extractJson(reply)).toEqual({ ok: true, value });
  });

  it.each([
    ["the last fence, which mends the first", '```json\n{"a": 0}\n```\nCorrected:\n```json\n{"a": 1}\n```'],
    ["the last of several amid words", 'Draft: {"a": 0}\nFinal: {"a": 1}'],
    ["amid words in braces", 'Here [see above] it is: {"a": 1} Hope {that} helps!'],
    ["with single quotes, and a comma too many", "{'a': 1,}"],
    ["without quotes", "{a: 1}"],
    ["behind many citations", `${"It says so [docs/a.md:3], [x] and [a](b.md). ".repeat(30)}\n{"a": 1}`],
  ])("is %s", (_, reply) => {
    expect(extractJson(reply)).toEqual({ ok: true, value: { a: 1 } });
  });

  it("is the one that is meant, where there are several", () => {
    const isMeant = (found: unknown): boolean => JSON.stringify(found) === json.replace(/\s/g, "");
    expect(extractJson(`${json} For instance {"a": 0}.`, isMeant)).toEqual({ ok: true, value });
    expect(extractJson(JSON.stringify(json), isMeant)).toEqual({ ok: true, value });
    expect(extractJson('{"b": 0} or {"c": 1}', isMeant)).toEqual({ ok: true, value: { c: 1 } });
  });

  it("may be any JSON value", () => {
    expect(extractJson("[1, 2]")).toEqual({ ok: true, value: [1, 2] });
    expect(extractJson("items: [1, 2].")).toEqual({ ok: true, value: [1, 2] });
    expect(extractJson("null")).toEqual({ ok: true, value: null });
    expect(extractJson('"text"')).toEqual({ ok: true, value: "text" });
  });

  it("is taken whole where a string in it holds a fence or a brace", () => {
    const tricky = { code: "```json\n{}\n```", brace: "}{][" };
    expect(extractJson(JSON.stringify(tricky))).toEqual({ ok: true, value: tricky });
    expect(extractJson(`Answer: ${JSON.stringify(tricky)}`)).toEqual({ ok: true, value: tricky });
  });
});

describe("a reply without JSON", () => {
  it("that is empty is called empty", () => {
    expect(extractJson(" \n ")).toEqual({ ok: false, problem: "it is empty" });
  });

  it.each(["I cannot do that.", '{"a": 1', "}{", "```json\nnothing\n```"])(
    "is refused in one short line: %j",
    (reply) => {
      const extracted = extractJson(reply);
      expect(extracted).toMatchObject({ ok: false });
      if (extracted.ok) return;
      expect(extracted.problem).toMatch(/^it is not JSON: ./);
      expect(extracted.problem).not.toContain("\n");
    },
  );

  it("stays short however long the reply is", () => {
    const extracted = extractJson(`{${"x\n".repeat(100_000)}}`);
    expect(extracted.ok).toBe(false);
    expect(JSON.stringify(extracted).length).toBeLessThan(300);
  });
});
