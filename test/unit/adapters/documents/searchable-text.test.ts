import { describe, expect, it } from "vitest";
import { queryTerms, searchable } from "../../../../adapters/documents/searchable-text.ts";

describe("query terms", () => {
  it("drop stop words where other words remain", () => {
    expect(queryTerms("What is the licence of it?").any).toEqual(['"licence"']);
    expect(queryTerms("to be or not to be").any).toEqual(['"to"', '"be"', '"or"', '"not"']);
  });

  it("of a compound are the phrase and its words", () => {
    expect(queryTerms("node-fetch 1.2.3 end-of-life").any).toEqual([
      '"node fetch"',
      '"1 2 3"',
      '"end of life"',
      '"node"',
      '"fetch"',
      '"end"',
      '"life"',
    ]);
    expect(queryTerms("node-fetch 1.2.3 end-of-life").all).toEqual(['"node"', '"fetch"', '"end"', '"life"']);
  });

  it("are quoted words of letters and digits, whatever is asked", () => {
    const odd = `"NEAR(a b)" * ^x title:y -z AND OR NOT {q} 'w' \u0000 \ud800 😀 ;DROP TABLE (`;
    for (const term of queryTerms(odd).any) expect(term).toMatch(/^"[\p{L}\p{N} ]+"$/u);
    expect(queryTerms('😀 *** "" ()')).toEqual({ any: [], all: [] });
    expect(queryTerms("")).toEqual({ any: [], all: [] });
  });

  it("stay few and short for a query of any length", () => {
    const { any } = queryTerms(Array.from({ length: 5_000 }, (_, index) => `word${index}`).join(" "));
    expect(any.length).toBeLessThanOrEqual(32);
    expect(queryTerms("x".repeat(10_000)).any[0]).toHaveLength(66);
  });

  it("of Chinese are pairs of neighbours", () => {
    expect(queryTerms("許可證 v2").any).toEqual(['"許 可"', '"可 證"', '"v2"']);
    expect(queryTerms("猫").any).toEqual(['"猫"']);
  });
});

describe("searchable text", () => {
  it("has the parts of names in camel case besides the names", () => {
    expect(searchable("call isGraphBubbleUp() or parseHTMLPage")).toBe(
      "call isGraphBubbleUp() or parseHTMLPage\nis graph bubble up parse html page",
    );
    expect(searchable("plain words, CAPITALS and Names")).toBe("plain words, CAPITALS and Names");
  });

  it("is made of a word of a million letters in a moment", () => {
    for (const word of ["x".repeat(1_000_000), "X".repeat(1_000_000), "xY".repeat(500_000)])
      expect(searchable(word)).toBe(word);
  });

  it("sets Chinese characters apart", () => {
    expect(searchable("a許可b")).toBe("a 許  可 b");
  });
});
