/** An agent that knows one version of an artifact is told in a few lines what the next one changed. */
import { expect, it } from "vitest";
import { describeChange } from "../../../../../engine/policy/merge/describe-change.ts";
import type { ArtifactType } from "../../../../../state/artifact.ts";

const told = (type: ArtifactType, before: string, after: string): string =>
  describeChange(type, { before, after, key: "id" });

it("of a text: which lines, under which heading", () => {
  const text = "# Guide\n\none\n\n## Prices\n\nopen\n\n## Hours\n\nopen\n";
  expect(told("text", text, text)).toBe("");
  expect(told("text", text, text.replace("open\n\n## H", "7 EUR\n\n## H"))).toBe('line 7 changed under "## Prices"');
  expect(told("text", text, `${text}nine\nto five\n`)).toBe('lines 12-13 new under "## Hours"');
  expect(told("text", text, text.replace("one\n\n", "").replace("open\n\n## H", "x\n\n## H"))).toBe(
    '2 lines gone after line 2 under "# Guide"; line 5 changed under "## Prices"',
  );
  expect(told("text", "", "a\nb")).toBe("lines 1-2 new");
});

it("of JSON: which members, and what they are now where that is short", () => {
  const before = '{"a":{"b":1,"c":[1]},"d":"x"}';
  expect(told("json", before, '{"a":{"b":2,"c":[1,2]},"e/f":true}')).toBe(
    "/a/b changed to 2; /a/c changed to [1,2]; /d gone; /e~1f new: true",
  );
  expect(told("json", "", "[1]")).toBe("all changed to [1]");
});

it("of a table and of lines: which rows and entries", () => {
  const row = (id: number, v: string): string => JSON.stringify({ id, v });
  expect(told("table", `${row(1, "a")}\n${row(2, "b")}`, `${row(1, "c")}\n${row(3, "d")}`)).toBe(
    '"3" new; "1" changed; "2" gone',
  );
  expect(told("lines", "a\nb\n", "b\nc\n")).toBe('"c" new; "a" gone');
});

it("is short, however much has changed", () => {
  const many = Array.from({ length: 4_000 }, (_, index) => `line ${index} ${"x".repeat(50)}`);
  const other = many.map((line, index) => (index % 2 === 0 ? line : `other ${line}`));
  expect(told("text", many.join("\n"), other.join("\n"))).toBe("lines 2-4000 changed");
  const few = told("text", many.slice(0, 100).join("\n"), other.slice(0, 100).join("\n"));
  expect(few).toMatch(/; and 44 more places$/);
  const keys = (value: number): string => JSON.stringify(Object.fromEntries(many.map((name) => [name, value])));
  expect(told("json", keys(1), keys(2)).length).toBeLessThan(800);
});
