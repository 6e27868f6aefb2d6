import { describe, expect, it } from "vitest";
import { citation, CITATION_RULE, citationsIn } from "../../../../../engine/policy/prompts/citation-rule.ts";

const at = (path: string, first: number, last = first) => ({ path, first, last });

describe("a citation", () => {
  it.each([
    ["plain words", "docs/a.md", 1],
    ["words, [brackets] (and) 'quotes'", "docs/with space.md", 123456],
    ["x", "C:/docs/a.md", 3],
    ["x", "odd:12", 3],
    ["`code` | table", "../up/a.md", 9],
    ["wörter 智能 😀", "日本語/ü.md", 2],
    ["x", "app/[slug]/page.tsx", 7],
    ["x", "app/[[...rest]]/[id].tsx", 7],
    ["x".repeat(1000), "a.md", 1],
  ])("of %j in %s is found again as it was written", (quote, path, line) => {
    expect(citationsIn(`So: ${citation(quote, at(path, line))}, and more.`)).toEqual([{ quote, ...at(path, line) }]);
  });
});

describe("the citations in a text", () => {
  it("come in order, repeated ones once", () => {
    const [one, two] = [citation("one", at("a.md", 1)), citation("two", at("b.md", 2))];
    expect(citationsIn(`${two} ${one}; ${two}`).map(({ quote }) => quote)).toEqual(["two", "one"]);
  });

  it("are told apart by place and by words", () => {
    expect(
      citationsIn(`${citation("x", at("a.md", 1))} ${citation("x", at("a.md", 2))} ${citation("y", at("a.md", 1))}`),
    ).toHaveLength(3);
  });

  it("belong to the words right before them, past quotes that cite nothing", () => {
    expect(citationsIn('He said "no" and "yes" [a.md:3].')).toEqual([{ quote: "yes", ...at("a.md", 3) }]);
    expect(citationsIn('"a" [a.md:1], "b", "c"\n[c.md:2]').map(({ quote }) => quote)).toEqual(["a", "c"]);
  });

  it("are found in tables and lists", () => {
    expect(citationsIn('| x | "one" [a.md:1] | "two" [b.md:2] |\n- "three" [c.md:3]')).toHaveLength(3);
  });

  it.each(['"x" (a.md:1)', '"x" [a.md]', '"x" [a.md:one]', '"" [a.md:1]', "x [a.md:1]", '"x"   [a.md:1]'])(
    "are none in %j",
    (text) => {
      expect(citationsIn(text)).toEqual([]);
    },
  );

  it("may run over lines, in straight quotes or others", () => {
    expect(citationsIn('"x\ny" [a.md:1-2], “z” [b.md:7–9], „u“ [c.md:1]')).toEqual([
      { quote: "x\ny", ...at("a.md", 1, 2) },
      { quote: "z", ...at("b.md", 7, 9) },
      { quote: "u", ...at("c.md", 1) },
    ]);
  });

  it("are not made of a link or a footnote and what follows", () => {
    expect(citationsIn('See "x" [note] and also [a.md:3].')).toEqual([]);
  });

  it("are sought in linear time in hostile text", () => {
    expect(citationsIn(`"x" [${"[a]".repeat(20_000)}`)).toEqual([]);
    expect(citationsIn(`"x" [${"a:1".repeat(50_000)}`)).toEqual([]);
  });

  it("are what the rule asks for", () => {
    expect(citationsIn(CITATION_RULE.replace("[path:line]", "[path:1]"))).toEqual([
      { quote: "words copied letter by letter", ...at("path", 1) },
    ]);
  });
});
