import { describe, expect, it } from "vitest";
import { canonicalContent } from "../../../../../engine/policy/merge/canonical.ts";
import { type Merge, mergeThreeWay } from "../../../../../engine/policy/merge/three-way.ts";
import type { ArtifactType } from "../../../../../state/artifact.ts";

function merge(type: ArtifactType, base: unknown, committed: unknown, incoming: unknown): Merge {
  const canonical = (given: unknown): string => {
    const checked = given === "" ? { ok: true as const, content: "" } : canonicalContent(type, given, "id");
    if (!checked.ok) throw new Error(checked.problem);
    return checked.content;
  };
  return mergeThreeWay({
    type,
    key: "id",
    base: canonical(base),
    committed: canonical(committed),
    incoming: canonical(incoming),
  });
}

const merged = (content: string): Merge => ({ kind: "merged", content });
const json = (value: unknown): string => JSON.stringify(value, null, 2);

describe("the merge of texts", () => {
  it("takes each side's lines where one unchanged line is between", () => {
    expect(merge("text", "a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n")).toEqual(merged("A\nb\nC\n"));
    expect(merge("text", "a\nb\nc", "a\nb\nc\nd", "a\nB\nc")).toEqual(merged("a\nB\nc\nd"));
  });

  it("is in conflict where the lines touch, as in git", () => {
    expect(merge("text", "a\nb\nc\n", "A\nb\nc\n", "a\nB\nc\n")).toEqual({
      kind: "conflict",
      regions: [{ at: "lines 1 to 2", base: "a\nb\n", committed: "A\nb\n", incoming: "a\nB\n" }],
      committedFirst: "A\nb\nc\n",
      incomingFirst: "a\nB\nc\n",
    });
  });

  it("takes the same change once", () => {
    expect(merge("text", "a\nb\nc\n", "A\nb\nc\nd\n", "A\nb\nc\nD\n")).toMatchObject({
      regions: [{ at: "after line 3", committed: "d\n", incoming: "D\n" }],
      committedFirst: "A\nb\nc\nd\n",
    });
    expect(merge("text", "a\nb\nc\nd\n", "A\nb\nC\nd\n", "A\nb\nc\nd\ne\n")).toEqual(merged("A\nb\nC\nd\ne\n"));
  });

  it("keeps line ends and the missing one at the end", () => {
    expect(merge("text", "a\r\nb\r\nc", "A\r\nb\r\nc", "a\r\nb\r\nc\r\n")).toEqual(merged("A\r\nb\r\nc\r\n"));
    expect(merge("text", "a\r\nb\r\n", "a\nb\n", "a\r\nB\r\n").kind).toBe("conflict");
  });

  it("is in conflict where both append, with both sides on record", () => {
    expect(merge("text", "a\n", "a\nx\n", "a\ny\n")).toMatchObject({
      regions: [{ at: "after line 1", base: "", committed: "x\n", incoming: "y\n" }],
      incomingFirst: "a\ny\n",
    });
    expect(merge("text", "", "x", "y").kind).toBe("conflict");
  });

  it("merges all that does not conflict, on both sides", () => {
    const both = merge("text", "1\n2\n3\n4\n5\n", "X\n2\n3\n4\nA\n", "1\n2\nY\n4\nB\n");
    expect(both).toMatchObject({ committedFirst: "X\n2\nY\n4\nA\n", incomingFirst: "X\n2\nY\n4\nB\n" });
  });

  it("takes lines with the names of prototypes' members and numbers for what they are", () => {
    expect(merge("text", "__proto__\nconstructor\n7\n", "__proto__\nconstructor\n8\n", "x\nconstructor\n7\n")).toEqual(
      merged("x\nconstructor\n8\n"),
    );
  });
});

describe("the merge of long texts", () => {
  const lines = (count: number, line: (index: number) => string): string[] =>
    Array.from({ length: count }, (_, i) => line(i));
  const replaced = (given: readonly string[], ...changes: [number, string][]): string => {
    const copy = [...given];
    for (const [index, line] of changes) copy[index] = line;
    return copy.join("\n");
  };

  it.each([
    ["equal", (): string => "same"],
    ["different", (index: number): string => `line ${index}`],
    ["alternating", (index: number): string => (index % 2 === 0 ? "a" : "b")],
  ])("finds one change on each side among 100,000 %s lines", (_name, line) => {
    const base = lines(100_000, line);
    const result = merge("text", base.join("\n"), replaced(base, [10, "X"]), replaced(base, [99_990, "Y"]));
    expect(result).toEqual(merged(replaced(base, [10, "X"], [99_990, "Y"])));
  });

  it.each([
    ["different", (index: number): string => `line ${index}`],
    [
      "few different",
      (index: number): string => `line ${(Math.imul(index ^ (index >>> 7), 2_654_435_761) >>> 9) % 1000}`,
    ],
  ])("tells changes apart all over 100,000 %s lines", (_name, line) => {
    const base = lines(100_000, line);
    const mine = base.map((line, index) => (index % 100 === 0 ? `mine ${index}` : line));
    const theirs = base.map((line, index) => (index % 100 === 50 ? `theirs ${index}` : line));
    const both = base.map((line, index) => (index % 100 === 0 ? (mine[index] as string) : (theirs[index] as string)));
    expect(merge("text", base.join("\n"), mine.join("\n"), theirs.join("\n"))).toEqual(merged(both.join("\n")));
  });

  it("is coarse, but has both sides, where 100,000 equal lines change at both ends and in the middle", () => {
    const base = lines(100_000, () => "same");
    const result = merge(
      "text",
      base.join("\n"),
      replaced(base, [0, "X"], [99_999, "X"]),
      replaced(base, [50_000, "Y"]),
    );
    expect(result).toMatchObject({
      kind: "conflict",
      regions: [{ at: "lines 1 to 100000" }],
      incomingFirst: replaced(base, [50_000, "Y"]),
    });
  });

  it("is not led into endless levels of anchors", () => {
    // Left of each anchor one more element is unique: as many levels as there are elements.
    const levels = Array.from({ length: 20_000 }, (_, index) => 20_000 - index);
    const side = (parity: number, change: string): string =>
      levels.flatMap((level) => [`e${level}`, `e${level + 1}`, level % 2 === parity ? change : "same"]).join("\n");
    const [base, committed, incoming] = [side(2, ""), side(0, "X"), side(1, "Y")];
    const result = merge("text", base, committed, incoming);
    const swapped = merge("text", base, incoming, committed);
    if (result.kind !== "conflict" || swapped.kind !== "conflict") throw new Error("no conflict");
    expect(result.committedFirst.includes("X")).toBe(true);
    expect(swapped.incomingFirst).toBe(result.committedFirst);
  });

  it("keeps regions few and short", () => {
    const base = lines(200, (index) => (index % 2 === 0 ? "-" : `line ${index}`));
    const side = (name: string): string =>
      base.map((line) => (line === "-" ? line : `${name}${"😀".repeat(1500)}${line}`)).join("\n");
    const result = merge("text", base.join("\n"), side("c"), side("i"));
    if (result.kind !== "conflict") throw new Error("no conflict");
    expect(result.regions).toHaveLength(51);
    expect(result.regions.at(-1)?.at).toBe("and 50 more");
    expect(result.regions[0]?.committed).toMatch(/^c😀.*… \(\d+ more characters\)$/u);
    expect(result.regions.every(({ committed }) => committed.isWellFormed() && committed.length < 2100)).toBe(true);
  });
});

describe("the merge of JSON", () => {
  it("goes member by member", () => {
    expect(
      merge("json", { a: { x: 1, y: 2 }, b: 1 }, { a: { x: 3, y: 2 }, b: 1 }, { a: { x: 1, y: 4 }, c: 5 }),
    ).toEqual(merged(json({ a: { x: 3, y: 4 }, c: 5 })));
  });

  it("unites what both sides began", () => {
    expect(merge("json", "", { a: { x: 1 } }, { a: { y: 2 } })).toEqual(merged(json({ a: { x: 1, y: 2 } })));
    expect(merge("json", "", [1], [2])).toMatchObject({ regions: [{ at: "the whole value", base: "" }] });
  });

  it("is in conflict where one removes what the other changes", () => {
    expect(merge("json", { "a/b": { x: 1 }, c: 1 }, { c: 1 }, { "a/b": { x: 2 }, c: 1 })).toEqual({
      kind: "conflict",
      regions: [{ at: "/a~1b", base: json({ x: 1 }), committed: "", incoming: json({ x: 2 }) }],
      committedFirst: json({ c: 1 }),
      incomingFirst: json({ "a/b": { x: 2 }, c: 1 }),
    });
  });

  it("merges arrays by their items", () => {
    expect(merge("json", { a: [1, 2, 3] }, { a: [0, 1, 2, 3] }, { a: [1, 2, 3, { b: 1 }] })).toEqual(
      merged(json({ a: [0, 1, 2, 3, { b: 1 }] })),
    );
    expect(merge("json", { a: [1, 2, 3] }, { a: [1, 9, 3] }, { a: [1, 8, 3, 4] })).toMatchObject({
      regions: [{ at: "/a, item 1", base: json([2]), committed: json([9]), incoming: json([8]) }],
      committedFirst: json({ a: [1, 9, 3, 4] }),
      incomingFirst: json({ a: [1, 8, 3, 4] }),
    });
  });

  it("takes the names of prototypes' members for members", () => {
    const [base, one, other] = [
      '{"__proto__":{"a":1}}',
      '{"__proto__":{"a":2}}',
      '{"__proto__":{"a":1,"b":3},"toString":4}',
    ];
    expect(merge("json", base, one, other)).toMatchObject({
      content: '{\n  "__proto__": {\n    "a": 2,\n    "b": 3\n  },\n  "toString": 4\n}',
    });
    expect(merge("json", "{}", '{"constructor":1}', '{"__proto__":2}').kind).toBe("merged");
  });

  it("reaches as deep as a content can be", () => {
    const deep = (leaf: string): string => `${'{"a":'.repeat(499)}${leaf}${"}".repeat(499)}`;
    expect(merge("json", deep('{"x":1}'), deep('{"x":2}'), deep('{"x":1,"y":1}'))).toMatchObject({ kind: "merged" });
  });
});

describe("the merge of the other types", () => {
  it("unites lines, and keeps removed what one removed", () => {
    expect(merge("lines", "a\nb\nc", "b\nc\nd", "a\nc\ne")).toEqual(merged("c\nd\ne"));
  });

  it("merges rows by field, and a removal against a change is a conflict of the row", () => {
    expect(
      merge("table", [{ id: 1, x: 1, y: 1 }], [{ id: 1, x: 2, y: 1 }], [{ id: 1, x: 1, y: 2 }, { id: 2 }]),
    ).toEqual(merged('{"id":1,"x":2,"y":2}\n{"id":2}'));
    expect(merge("table", [{ id: 1, x: 1 }], [{ id: 1, x: 2 }], [{ id: 1, x: 3 }])).toMatchObject({
      regions: [{ at: 'row "1" /x', base: "1", committed: "2", incoming: "3" }],
    });
    expect(merge("table", [{ id: 1, x: 1 }], "", [{ id: 1, x: 3 }])).toMatchObject({
      kind: "conflict",
      committedFirst: "",
      incomingFirst: '{"id":1,"x":3}',
    });
  });

  it("has nothing to merge in references", () => {
    const reference = (bytes: number): unknown => ({ uri: "u", sha256: "0".repeat(64), bytes, mediaType: "m" });
    expect(merge("binary", reference(1), reference(2), reference(2)).kind).toBe("merged");
    expect(merge("binary", reference(1), reference(2), reference(3))).toMatchObject({
      regions: [{ at: "the whole reference" }],
      committedFirst: json({ bytes: 2, mediaType: "m", sha256: "0".repeat(64), uri: "u" }),
    });
  });
});
