import { describe, expect, it } from "vitest";
import { applyChange, type ArtifactChange } from "../../../../../engine/policy/merge/change.ts";
import type { ArtifactType } from "../../../../../state/artifact.ts";

/** The content, or the problem in angle brackets. */
function changed(type: ArtifactType, content: string, change: ArtifactChange): string {
  const checked = applyChange(type, content, change, "id");
  return checked.ok ? checked.content : `<${checked.problem}>`;
}

const append = (content: unknown, pointer?: string): ArtifactChange => ({ do: "append", content, pointer });
const json = (value: unknown): string => JSON.stringify(value, null, 2);

describe("an append", () => {
  it("adds to a text on a new line", () => {
    expect(changed("text", "", append("a"))).toBe("a");
    expect(changed("text", "a", append("b\n"))).toBe("a\nb\n");
    expect(changed("text", "a\n", append("b"))).toBe("a\nb");
    expect(changed("text", "a", append(""))).toBe("a");
    expect(changed("text", "a", append(1))).toMatch(/must be a string/u);
  });

  it("unites lines and adds rows", () => {
    expect(changed("lines", "b", append("a\nb"))).toBe("a\nb");
    expect(changed("table", '{"id":1,"x":1}', append({ id: 2 }))).toBe('{"id":1,"x":1}\n{"id":2}');
    expect(changed("table", "", append('{"id":2}\n{"id":1}'))).toBe('{"id":1}\n{"id":2}');
    expect(changed("table", '{"id":1,"x":1,"y":2}', append([{ id: 1, x: 3 }]))).toBe('{"id":1,"x":3,"y":2}');
  });

  it("pushes one value to the array at the pointer", () => {
    expect(changed("json", "", append({ a: 1 }))).toBe(json([{ a: 1 }]));
    expect(changed("json", json([1]), append([2, 3]))).toBe(json([1, [2, 3]]));
    expect(changed("json", json({ a: { "b/~": [1] } }), append(2, "/a/b~1~0"))).toBe(json({ a: { "b/~": [1, 2] } }));
    expect(changed("json", json([{ x: [] }]), append(1, "/0/x"))).toBe(json([{ x: [1] }]));
    expect(changed("json", json({}), append(1, "/log"))).toBe(json({ log: [1] }));
    expect(changed("json", "", append(1, "/log"))).toBe(json({ log: [1] }));
    expect(changed("json", "{}", append(1, "/__proto__"))).toBe('{\n  "__proto__": [\n    1\n  ]\n}');
  });

  it("says what is wrong with the pointer or the value", () => {
    expect(changed("json", json({ a: 1 }), append(1))).toMatch(/not an array/u);
    expect(changed("json", json({ a: 1 }), append(1, "/a/b"))).toMatch(/nothing at "\/a\/b"/u);
    expect(changed("json", json({}), append(1, "/a/b"))).toMatch(/nothing at/u);
    expect(changed("json", json({}), append(1, "/constructor/prototype/x"))).toMatch(/nothing at/u);
    expect(changed("json", json([]), append(1, "/-1"))).toMatch(/nothing at/u);
    expect(changed("json", json([]), append(1, "a"))).toMatch(/not a JSON pointer/u);
    expect(changed("json", json([]), append(1, "/~2"))).toMatch(/not a JSON pointer/u);
    expect(changed("json", json([]), append("plain words"))).toMatch(/double quotes/u);
    expect(changed("json", json({}), append(1, "/a".repeat(100_000)))).toMatch(/nothing at/u);
    expect(changed("text", "", append("a", "/x"))).toMatch(/a pointer is for json alone/u);
    expect(changed("binary", "", append("a"))).toMatch(/write a new reference/u);
  });
});

describe("a patch of a text", () => {
  const edit = (content: string, ...edits: { find: string; replace: string }[]): string =>
    changed("text", content, { do: "patch", edits });

  it("applies its edits one after another, literally", () => {
    expect(edit("a b c", { find: "b", replace: "$& $1 x" }, { find: "x c", replace: "" })).toBe("a $& $1 ");
  });

  it("is refused as a whole where one edit is in doubt", () => {
    expect(edit("a b", { find: "a", replace: "x" }, { find: "q", replace: "y" })).toMatch(/edit 2: .*0 times/u);
    expect(edit("a b", { find: "p", replace: "x" }, { find: "a", replace: "y" }, { find: "q", replace: "y" })).toMatch(
      /edit 1: .*0 times.*; edit 3: .*0 times.*; no edit was applied/u,
    );
    expect(edit("aaa", { find: "aa", replace: "" })).toMatch(/occurs 2 times/u);
    expect(edit("a".repeat(500), { find: "a", replace: "" })).toMatch(/more than 100 times/u);
    expect(edit("a", { find: "", replace: "x" })).toMatch(/empty/u);
    expect(edit("a\r\nb", { find: "a\nb", replace: "" })).toMatch(/end in \\r\\n/u);
    expect(edit("😀", { find: "\ude00", replace: "" })).toMatch(/surrogate/u);
  });
});

describe("a patch of the other types", () => {
  it("merges JSON as RFC 7396 says", () => {
    const merge = (content: string, patch: unknown): string => changed("json", content, { do: "patch", merge: patch });
    expect(merge(json({ a: "b", c: { d: 1, e: 2 } }), { a: null, c: { d: 3, f: null } })).toBe(
      json({ c: { d: 3, e: 2 } }),
    );
    expect(merge(json([1]), { a: { b: null } })).toBe(json({ a: {} }));
    expect(merge(json({ a: 1 }), ["c"])).toBe(json(["c"]));
    expect(merge("", '{"a":1}')).toBe(json({ a: 1 }));
    expect(merge("{}", JSON.parse('{"__proto__":{"polluted":1}}'))).toContain('"__proto__"');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(merge("{}", JSON.parse(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`))).toMatch(/deeper than/u);
  });

  it("changes rows by key and lines by themselves", () => {
    const table = '{"id":1,"x":1}\n{"id":2}';
    expect(changed("table", table, { do: "patch", upsert: [{ id: 1, y: 2 }, { id: 3 }], remove: ["2", 9] })).toBe(
      '{"id":1,"x":1,"y":2}\n{"id":3}',
    );
    expect(changed("lines", "a\nb", { do: "patch", add: ["c"], remove: ["a", "q"] })).toBe("b\nc");
    expect(changed("table", table, { do: "patch", upsert: [{ id: 2 }], remove: [2] })).toMatch(
      /in "upsert" and in "remove"/u,
    );
    expect(changed("lines", "", { do: "patch", add: ["c"], remove: ["c"] })).toMatch(/in "add" and in "remove"/u);
    expect(changed("table", table, { do: "patch", upsert: [{ x: 2 }] })).toMatch(/must have a field "id"/u);
  });

  it.each([
    ["text", { do: "patch", merge: {} }, /"merge" does not fit; a patch of text takes "edits"/u],
    ["json", { do: "patch", edits: [] }, /"edits" does not fit; a patch of json takes "merge"/u],
    [
      "table",
      { do: "patch", remove: [1], add: [] },
      /"add" does not fit; a patch of table takes "upsert" and "remove"/u,
    ],
    ["lines", { do: "patch" }, /empty; a patch of lines takes "add" and "remove"/u],
    ["binary", { do: "patch", merge: {} }, /cannot be patched/u],
  ] satisfies [ArtifactType, ArtifactChange, RegExp][])("of %s refuses what does not fit", (type, change, expected) => {
    expect(changed(type, "", change)).toMatch(expected);
  });
});
