import { describe, expect, it } from "vitest";
import {
  citation,
  CITATION_RULE,
  citationsIn,
  findCitations,
  placeText,
} from "../../../../../engine/policy/prompts/citation-rule.ts";

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
    ["x", "【重要】通知.md", 7],
    ["x", "app/[[...rest]]/[id].tsx", 7],
    ["x", "odd\u2028name.md", 7],
    ["x".repeat(1000), "a.md", 1],
  ])("of %j in %s is found again as it was written", (quote, path, line) => {
    expect(citationsIn(`So: ${citation(quote, at(path, line))}, and more.`)).toEqual([{ quote, ...at(path, line) }]);
  });
});

/** Each as its quote and its places. */
const found = (text: string): string[] =>
  findCitations(text).map(({ quote, places }) => `${quote}|${places.map(placeText).join(" ")}`);

describe("a citation as models write it", () => {
  it.each([
    ["without a quote", "Bees dance [docs/a.md:3].", "|docs/a.md:3"],
    ["in parentheses", '"x" (docs/a.md:3-4)', "x|docs/a.md:3-4"],
    ["in backticks, without brackets", "See `src/c.ts:9-12`.", "|src/c.ts:9-12"],
    ["bare", "As docs/d.md:4 says", "|docs/d.md:4"],
    ["in wide brackets", "“x”【a.md:1】", "x|a.md:1"],
    ["with letters before the lines", '"x" [a.md:L3-L5]', "x|a.md:3-5"],
    ["of several places", '"x" [a.md:3; b.md:7-8]', "x|a.md:3 b.md:7-8"],
    ["of several lines", '"x" [a.md:3, 9]', "x|a.md:3 a.md:9"],
    ["behind the end of an emphasis or a clause", '**"x"**, [a.md:3]', "x|a.md:3"],
    ["on the next line", '"x\n  y"\n   [a.md:3]', "x\n  y|a.md:3"],
    ["as GitHub links to lines", '"x" [docs/a.md#L3-L5]', "x|docs/a.md:3-5"],
    ["as GitHub links to a line, bare", "As docs/a.md#L3 says", "|docs/a.md:3"],
    ["as a link", '"x" [the rules](docs/a.md#L3-L5)', "x|docs/a.md:3-5"],
    ["in backticks", '"x" `docs/a.md:3`', "x|docs/a.md:3"],
    ["in words", '"x" (docs/a.md, lines 3-5)', "x|docs/a.md:3-5"],
    ["in words, within brackets", '"x" [docs/a.md, line 3]', "x|docs/a.md:3"],
    ["in words, in prose", "See `docs/a.md`, line 3.", "|docs/a.md:3"],
    ["in words, in parentheses of their own", '"x" (see docs/a.md (line 3))', "x|docs/a.md:3"],
    ["of a path with a comma", '"x" [a, b.md:3]', "x|a, b.md:3"],
  ])("is found %s", (_, text, expected) => expect(found(text)).toEqual([expected]));

  it.each([
    "rows[self.start:5]",
    "at [12:30]",
    "[localhost:80]",
    "[example.com:443]",
    "http://x.org/a.md:80/",
    "[NOTE: 5]",
    "[owner/repo#123]",
    "[1] and [2] of the list",
    "https://github.com/o/r/blob/main/a.md#L3",
    "1. one\n2. two [1]",
  ])("is none in %j", (text) => expect(found(text)).toEqual([]));

  it.each([
    ["as [1]", '"x" [1], "y" [2].\n\nSources:\n[1] docs/a.md:3\n[2] `docs/b.md:7-8`'],
    ["as footnotes", '"x" [^1], "y"[^2].\n\n[^1]: docs/a.md:3\n[^2]: docs/b.md:7-8'],
    ["as a numbered list", '"x" [1], "y" [2].\n\n## Sources\n1. docs/a.md:3 – the rules\n2. docs/b.md:7-8'],
    ["in brackets", '"x" [1], "y" [2].\n\n- [1] [docs/a.md:3]\n- [2] [docs/b.md:7-8]'],
  ])("is told by the list of sources %s", (_, text) => {
    expect(found(text)).toEqual(["x|docs/a.md:3", "y|docs/b.md:7-8"]);
  });

  it("by number is none where nobody can tell which is meant", () => {
    expect(found('"x" [1]')).toEqual([]);
    expect(found('"x" [1]\n\n[1] docs/a.md')).toEqual([]);
    expect(found('"x" [1]\n\n[1] docs/a.md:3\n[1] docs/b.md:4')).toEqual(["|docs/a.md:3", "|docs/b.md:4"]);
    expect(found('"x" [1, 2]\n\n[1] docs/a.md:3\n[2] docs/b.md:4')).toEqual(["x|docs/a.md:3 docs/b.md:4"]);
    expect(found("Two steps [2]:\n1. docs/a.md:3 is read\n2. then docs/b.md:4")).toEqual([
      "|docs/a.md:3",
      "|docs/b.md:4",
    ]);
  });

  it("is found in time, whatever the text", () => {
    for (const part of [
      "[",
      '"',
      "[a",
      "a.b",
      "a/",
      '" [a',
      "[a:1 ",
      "a.a:1-",
      '"x" (',
      "[[a",
      "智",
      "ü/",
      "@",
      "a.智/",
      "[1] a.md:1\n",
      "1. a.md:1 [1]\n",
      "a.md, line 1, ",
      '"x" [1]',
    ])
      expect(findCitations(part.repeat(50_000)).length).toBeGreaterThanOrEqual(0);
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

  it.each(['"x" [a.md]', '"x" [a.md:one]', '"" [a.md:1]', "x [a.md:1]", '"x" it says [a.md:1]'])(
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
