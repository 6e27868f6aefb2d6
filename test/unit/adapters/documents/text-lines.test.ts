import { describe, expect, it } from "vitest";
import { countLines, textLines } from "../../../../adapters/documents/text-lines.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("lines", () => {
  it.each([
    ["", []],
    ["\n", [""]],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\r\nb\r\n", ["a", "b"]],
    ["a\n\n", ["a", ""]],
    ["a\rb\u2028c\u0085d\u001b[31m\te", ["a b c d [31m\te"]],
  ])("of %j are %j, however they are counted", (text, lines) => {
    expect(textLines(text, "a.txt").lines).toEqual(lines);
    expect(countLines(bytes(text))).toBe(lines.length);
    expect(countLines(bytes(`\uFEFF${text}`))).toBe(lines.length);
  });

  it("keeps a line of a megabyte whole", () => {
    const line = "word ".repeat(200_000).trim();
    expect(textLines(`first\n${line}\nlast`, "a.txt").lines).toEqual(["first", line, "last"]);
  });
});

describe("headings", () => {
  const headings = (text: string, name: string): string[] =>
    textLines(text, name).headings.map(({ line, level, text: title }) => `${line}:${level} ${title}`);

  it("of Markdown are ATX and setext ones, not comments in code", () => {
    const text = "# One #\n\n```sh\n# not one\n~~~\n```\n\nTwo\n---\n\n| a |\n|---|\n\n- item\n---\n### Three";
    expect(headings(text, "a.md")).toEqual(["1:1 One", "8:2 Two", "16:3 Three"]);
  });

  it("begin with the title of a front matter", () => {
    expect(headings('---\ntitle: "A guide"\ntags: [x]\n---\n\n## Start\n', "a.md")).toEqual([
      "2:1 A guide",
      "6:2 Start",
    ]);
    expect(headings("---\n\nno front matter\n", "a.md")).toEqual([]);
  });

  it("are known in reStructuredText and AsciiDoc, and none are seen in source", () => {
    expect(headings("Title\n=====\n\nPart\n~~~~\n", "a.rst")).toEqual(["1:1 Title", "4:2 Part"]);
    expect(headings("= Title\n\n== Part\n", "a.adoc")).toEqual(["1:1 Title", "3:2 Part"]);
    expect(headings("# comment\n", "a.py")).toEqual([]);
  });

  it("of reStructuredText have levels by the order of use; a line above makes another one, and a short line below none", () => {
    const text = "=======\n Title\n=======\n\nPart\n----\n\nInner\n^^^^^\n\nOther\n-----\n\nA long sentence.\n---\n";
    expect(headings(text, "a.rst")).toEqual(["2:1 Title", "5:2 Part", "8:3 Inner", "11:2 Other"]);
  });

  it("of AsciiDoc stand in one or two lines, and none in what is taken to the letter", () => {
    const text = "Title\n=====\n\n== Part ==\n\n----\n== code\nabcd\n----\n\n## Other\n\nInner\n~~~~~\n";
    expect(headings(text, "a.adoc")).toEqual(["1:1 Title", "4:2 Part", "11:2 Other", "13:3 Inner"]);
  });

  it("of plain text are numbered or in capitals, and stand alone", () => {
    const text = [
      ...["ACCESS CONTROL", "", "1. Introduction", "", "Text of it. 2. No heading.", "", "1.2 Scope of use", ""],
      ...[
        "1. Do this first.",
        "",
        "2. Then\ngo on.",
        "",
        "NAME",
        "    tool - does it",
        "",
        "OK",
        "",
        "THIS IS LOUD",
        "and not alone",
      ],
    ];
    expect(headings(text.join("\n"), "a.txt")).toEqual([
      "1:1 ACCESS CONTROL",
      "3:1 1. Introduction",
      "7:2 1.2 Scope of use",
      "14:1 NAME",
    ]);
    expect(headings(text.join("\n"), "a.md")).toEqual([]);
  });
});
