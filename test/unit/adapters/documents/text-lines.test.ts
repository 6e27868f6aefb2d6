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
    expect(headings("Title\n=====\n\nPart\n~~~~\n", "a.rst")).toEqual(["1:1 Title", "4:3 Part"]);
    expect(headings("= Title\n\n== Part\n", "a.adoc")).toEqual(["1:1 Title", "3:2 Part"]);
    expect(headings("# comment\n", "a.py")).toEqual([]);
  });
});
