import { describe, expect, it } from "vitest";
import { readArguments, readLoosely } from "../../../../../engine/policy/reply/loose-json.ts";

const plain = '{"path":"docs/a.md","lines":[1,2]}';
const value = { path: "docs/a.md", lines: [1, 2] };

describe("arguments", () => {
  it.each<[string, string]>([
    ["plain", plain],
    ["encoded twice", JSON.stringify(plain)],
    ["encoded three times", JSON.stringify(JSON.stringify(plain))],
    ["in a code block", `\`\`\`json\n${plain}\n\`\`\``],
    ["with brackets too many", `${plain}}]`],
    ["the same object twice", plain + plain],
    ["behind an empty object", `{}${plain}`],
    ["before an empty object", `${plain} {}`],
    ["in a list of one", `[${plain}]`],
    ["with commas behind the last", '{"path":"docs/a.md","lines":[1,2,],}'],
    ["with comments", '{"path":"docs/a.md", // where\n/* which */ "lines":[1,2]}'],
    ["in single quotes", "{'path': 'docs/a.md', 'lines': [1, 2]}"],
    ["with bare names", '{path: "docs/a.md", lines: [1, 2]}'],
  ])("are read: %s", (_, text) => {
    expect(readArguments(text)).toEqual(value);
  });

  it("keep every character of a text", () => {
    expect(readArguments('{"a":"x\n\ty, }",}')).toEqual({ a: "x\n\ty, }" });
    expect(readArguments(`{'a': 'it\\'s "so"', 'b': True, 'c': None}`)).toEqual({ a: 'it\'s "so"', b: true, c: null });
    expect(readArguments('{"a":1e5,"b":-2.5,}')).toEqual({ a: 1e5, b: -2.5 });
  });

  it.each([
    '{"path": "docs/a.md"',
    '{"path": "docs/a',
    `${plain}{"path":"docs/b.md"}`,
    `${plain} and more`,
    "docs/a.md",
    "7",
    "[1, 2]",
    '{"a": b}',
    "[".repeat(10_000),
    `{"a":${"[".repeat(300)}${"]".repeat(300)}}`,
  ])("are not guessed where they could mean something else: %.40s", (text) => {
    expect(readArguments(text)).toBeUndefined();
  });

  it("may be none", () => {
    const nothing = ["", " ", "{}", "{}{}", "null", '""'];
    expect(nothing.map((text) => readArguments(text))).toEqual(nothing.map(() => ({})));
  });
});

it("gives what stands behind the first value", () => {
  expect(readLoosely('{"a":[1,],} rest')).toEqual({ value: { a: [1] }, rest: " rest" });
});
