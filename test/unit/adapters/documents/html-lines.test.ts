import { describe, expect, it } from "vitest";
import { textLines } from "../../../../adapters/documents/text-lines.ts";

const linesOf = (source: string): string[] => textLines(source, "page.html").lines;

describe("the text of an HTML page", () => {
  it("stands on the lines of its source", () => {
    const source = [
      "<!doctype html>",
      "<html><head><title>The page</title>",
      "<style>",
      "p { color: red }",
      "</style></head><body>",
      "<nav><a href='/'>Home</a></nav>",
      "<h1>A",
      "  heading</h1>",
      "<p>One <b>bo</b>ld word",
      "and the &amp; rest.</p><p>Next</p>",
      "<script>var x = '<p>no</p>';</script>",
      "<table><tr><td>a</td><td>b</td></tr>",
      "</table>tail",
      "",
    ].join("\n");
    const lines = linesOf(source);
    expect(lines).toEqual([
      "",
      "The page",
      "",
      "",
      "",
      "",
      "A",
      "heading",
      "One bold word",
      "and the & rest. Next",
      "",
      "a b",
      "tail",
    ]);
    expect(textLines(source, "x.htm").headings).toEqual([
      { line: 2, level: 1, text: "The page" },
      { line: 7, level: 1, text: "A heading" },
    ]);
  });

  it("has every word on the line where the source has it, whatever the line ends", () => {
    for (const end of ["\n", "\r\n"]) {
      const source = Array.from(
        { length: 5_000 },
        (_, index) => `<div${index % 3 ? "" : `${end} class=x`}>word${index} &eacute;&amp;<br></div>`,
      ).join(end);
      const lines = linesOf(source);
      const sourceLines = source.split("\n");
      expect(lines).toHaveLength(sourceLines.length);
      for (const [index, line] of lines.entries()) {
        for (const [word] of line.matchAll(/word\d+/g)) expect(sourceLines[index]).toMatch(new RegExp(`${word}\\b`));
      }
      const text = lines.join(" ");
      expect(text.match(/word\d+ é&/g)).toHaveLength(5_000);
      expect(text).not.toContain("<");
    }
  });

  it("keeps entities that mean a line end within their line, and control characters out", () => {
    expect(linesOf("a&#10;b&NewLine;c&nbsp;d&lt;e&gt;&#x1b;[0m&#x2028;f\nsecond")).toEqual([
      "a b c d<e> [0m f",
      "second",
    ]);
  });

  it("keeps the indentation in pre and no other", () => {
    expect(linesOf("<pre>\n  if x:\n    y()\n</pre>\n   <p>  plain   text")).toEqual([
      "",
      "  if x:",
      "    y()",
      "",
      "plain text",
    ]);
  });

  it("skips comments, templates and noscript, and reads on behind them", () => {
    expect(
      linesOf("<!-- c\n d --><template>t</template>\n<noscript>n</noscript>text<svg><text>s</text></svg>"),
    ).toEqual(["", "", "text"]);
  });

  it("takes broken markup as it comes", () => {
    expect(linesOf("<p>open <b>bold\n</i></p></div>\nrest < 3 & more")).toEqual(["open bold", "", "rest < 3 & more"]);
    expect(linesOf("<p>cut <a href='")).toEqual(["cut"]);
    expect(linesOf("")).toEqual([]);
    expect(linesOf("\n")).toEqual([""]);
  });

  it("does not take the rest of a page for a heading that is never closed", () => {
    const [heading] = textLines(`<h1>Title ${"<p>text</p>".repeat(1_000)}`, "a.html").headings;
    expect(heading?.text).toMatch(/^Title text text/);
    expect(heading?.text.length).toBeLessThanOrEqual(200);
  });

  it("is the source itself where tags are nested without end", () => {
    expect(linesOf(`${"<div>".repeat(100_000)}\r\ntext\r\n`)).toEqual(["<div>".repeat(100_000), "text"]);
  });

  it("reads a page of one line with many tags in a moment", () => {
    const lines = linesOf("<p>x</p>".repeat(50_000));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toHaveLength(99_999);
  });
});
