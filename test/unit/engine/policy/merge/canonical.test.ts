import { describe, expect, it } from "vitest";
import { canonicalContent } from "../../../../../engine/policy/merge/canonical.ts";

const content = (type: Parameters<typeof canonicalContent>[0], given: unknown, key = "id"): string => {
  const checked = canonicalContent(type, given, key);
  if (!checked.ok) throw new Error(checked.problem);
  return checked.content;
};
const problem = (type: Parameters<typeof canonicalContent>[0], given: unknown, key = "id"): string => {
  const checked = canonicalContent(type, given, key);
  return checked.ok ? `no problem: ${checked.content}` : checked.problem;
};

describe("the canonical form of a text", () => {
  it("is the text, whatever its line ends", () => {
    expect(content("text", "a\r\nb\n\n")).toBe("a\r\nb\n\n");
    expect(content("text", "")).toBe("");
  });

  it("is refused where the text is not one", () => {
    expect(problem("text", { a: 1 })).toBe("the content of a text must be a string");
    expect(problem("text", "x\ud800")).toMatch(/half of a surrogate pair/u);
  });
});

describe("the canonical form of JSON", () => {
  it("sorts members by UTF-16 code units, whole numbers too, and keeps arrays in order", () => {
    expect(content("json", '{"b":[2,1],"a":{},"10":1,"9":[],"é":null,"B":true}')).toBe(
      '{\n  "10": 1,\n  "9": [],\n  "B": true,\n  "a": {},\n  "b": [\n    2,\n    1\n  ],\n  "é": null\n}',
    );
  });

  it("is laid out as JSON.stringify does", () => {
    const value = { a: [{ b: [[], {}, "x\n\u2028"] }], c: -0, d: 1e21 };
    expect(content("json", value)).toBe(JSON.stringify(value, null, 2));
  });

  it("keeps members with the names of prototypes' members", () => {
    const text = '{\n  "__proto__": {\n    "x": 1\n  },\n  "constructor": 2\n}';
    expect(content("json", text)).toBe(text);
    expect(content("json", JSON.parse(text))).toBe(text);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("is a problem for 10,000 levels, as text or parsed, and for a value that holds itself", () => {
    const deep = "[".repeat(10_000) + "]".repeat(10_000);
    expect(problem("json", deep)).toMatch(/deeper than 500 levels/u);
    expect(problem("json", JSON.parse(deep))).toMatch(/deeper than 500 levels/u);
    const circle: unknown[] = [];
    circle.push(circle, circle);
    expect(problem("json", circle)).toMatch(/deeper than 500 levels/u);
    expect(content("json", "[".repeat(500) + "]".repeat(500))).toContain("[]");
  });

  it("is a problem for what JSON cannot hold", () => {
    expect(problem("json", "[1e400]")).toMatch(/the number Infinity/u);
    expect(problem("json", { a: undefined })).toMatch(/undefined/u);
    expect(problem("json", [Number.NaN])).toMatch(/NaN/u);
    expect(problem("json", [new Date(0)])).toMatch(/not plain JSON/u);
    expect(problem("json", "hello")).toMatch(/not JSON .* double quotes/u);
    expect(problem("json", "")).toMatch(/empty/u);
  });
});

describe("the canonical form of lines", () => {
  it("is sorted and unique, without empty lines and carriage returns", () => {
    expect(content("lines", "b\r\na\n\nb\n")).toBe("a\nb");
    expect(content("lines", ["c\nd", "a"])).toBe("a\nc\nd");
    expect(content("lines", "\n\n")).toBe("");
  });

  it("is refused where a line is not a text", () => {
    expect(problem("lines", ["a", 1])).toMatch(/string or as an array of strings/u);
  });
});

describe("the canonical form of a table", () => {
  it("is JSON Lines by key, from each notation", () => {
    const rows = '{"a":1,"id":"x"}\n{"id":"y"}';
    expect(content("table", '{"id":"y"}\r\n\n{"id":"x","a":1}\n')).toBe(rows);
    expect(content("table", '[{"id":"y"},{"id":"x","a":1}]')).toBe(rows);
    expect(content("table", [{ id: "y" }, { id: "x", a: 1 }])).toBe(rows);
    expect(content("table", '{\n  "id": "y"\n}')).toBe('{"id":"y"}');
    expect(content("table", "")).toBe("");
  });

  it("sorts numbers by their text and takes a key of any name", () => {
    expect(content("table", [{ n: 9 }, { n: 10 }], "n")).toBe('{"n":10}\n{"n":9}');
    expect(content("table", '{"__proto__":"k"}', "__proto__")).toBe('{"__proto__":"k"}');
  });

  it("is a problem that names the row", () => {
    expect(problem("table", [{ id: 1 }, { id: "1" }])).toMatch(/row 2 has the key "1" again/u);
    expect(problem("table", '{"id":1}\n{"id"')).toMatch(/line 2: it is not JSON/u);
    expect(problem("table", [{ id: 1 }, { x: 2 }])).toMatch(/row 2 must have a field "id"/u);
    expect(problem("table", [{}], "constructor")).toMatch(/must have a field "constructor"/u);
    expect(problem("table", [[1]])).toMatch(/row 1 must be an object/u);
    expect(problem("table", '{"id":12345678901234567890}')).toMatch(/must have a field "id"/u);
  });
});

describe("the canonical form of a binary artifact", () => {
  const reference = { uri: "s3://b/n", sha256: "A".repeat(64), bytes: 0, mediaType: "image/png" };

  it("is its reference", () => {
    const text = content("binary", reference);
    expect(JSON.parse(text)).toEqual({ ...reference, sha256: "a".repeat(64) });
    expect(content("binary", text)).toBe(text);
  });

  it.each([
    [{ ...reference, uri: "" }, /"uri"/u],
    [{ ...reference, sha256: "abc" }, /64 hex digits/u],
    [{ ...reference, bytes: -1 }, /"bytes"/u],
    [{ ...reference, bytes: 1.5 }, /"bytes"/u],
    [{ ...reference, mediaType: undefined }, /undefined/u],
    [{ ...reference, extra: 1 }, /"extra" does not belong/u],
    ["raw bytes", /not JSON/u],
    [[], /not an object/u],
  ])("is a problem for %j", (given, expected) => {
    expect(problem("binary", given)).toMatch(expected);
  });
});
