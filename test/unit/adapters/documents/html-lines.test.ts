import { describe, expect, it } from "vitest";
import { loadHtmlParser } from "../../../../adapters/documents/html-lines.ts";
import { textLines } from "../../../../adapters/documents/text-lines.ts";

await loadHtmlParser();

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
      "# The page",
      "",
      "",
      "",
      "",
      "# A",
      "heading",
      "One bold word",
      "and the & rest. Next",
      "",
      "a | b",
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
    expect(lines).toHaveLength(50_000);
    expect(lines[0]).toBe("x");
  });

  const ROWS =
    "<tr><th>Pump</th><th>Flow</th></tr><tr><td>P-7</td><td>40 <b>l</b>/min</td></tr><tr><td>P-8<br>new</td><td></td></tr>";

  it("has a table's row on one line, its cells parted, at the line where the row begins", () => {
    const source = `<p>Pumps:</p>\n<table>\n${ROWS.replaceAll("><", ">\n<")}\n</table>\n<p>End</p>\n`;
    const lines = linesOf(source);
    expect(lines).toHaveLength(source.split("\n").length - 1);
    expect(lines.filter((line) => line !== "")).toEqual([
      "Pumps:",
      "Pump | Flow",
      "P-7 | 40 l/min",
      "P-8 new |",
      "End",
    ]);
    for (const line of lines.filter((text) => text.includes("|")))
      expect(source.split("\n")[lines.indexOf(line)]).toBe("<tr>");
  });

  it("marks what parts a page, and nothing in a line that holds more than its heading", () => {
    const source =
      "<h2>Valves</h2>\n<dl><dt>open</dt>\n<dd>Turns it on.</dd>\n</dl>\n<pre>\nturn 5\n</pre>\n<h3>Seals</h3> and more\n<p>One.</p>\n<p>Two.</p>";
    expect(linesOf(source)).toEqual([
      "## Valves",
      "open",
      "    Turns it on.",
      "",
      "",
      "\tturn 5",
      "",
      "Seals and more",
      "One.",
      "Two.",
    ]);
  });

  it("has lines of its own where one line of the source holds several rows", () => {
    const page = `<h1>Pumps</h1><p>All of <i>them</i>:</p><table>${ROWS}</table><pre>a\n  b</pre><ul><li>one<li>two</ul>`;
    expect(linesOf(page)).toEqual([
      "# Pumps",
      "All of them:",
      "Pump | Flow",
      "P-7 | 40 l/min",
      "P-8 new |",
      "\ta",
      "\t  b",
      "- one",
      "- two",
    ]);
    expect(textLines(page, "x.html").headings).toEqual([{ line: 1, level: 1, text: "Pumps" }]);
  });

  it("has lines of its own where a whole page is one line", () => {
    const page = Array.from({ length: 300 }, (_, index) => `<p>Paragraph ${index} of the page.</p>`).join("");
    expect(linesOf(page).slice(0, 2)).toEqual(["Paragraph 0 of the page.", "Paragraph 1 of the page."]);
    expect(linesOf(page)).toHaveLength(300);
  });

  it("takes no page that is laid out by tables for a row", () => {
    const page = `<table>\n<tr>\n<td>\n<h1>Title</h1>\n<p>Text</p>\n<table>\n${ROWS.replaceAll("</tr>", "</tr>\n")}\n</table>\n</td>\n</tr>\n</table>`;
    expect(linesOf(page).filter((line) => line !== "")).toEqual([
      "Title",
      "Text",
      "Pump | Flow",
      "P-7 | 40 l/min",
      "P-8 new |",
    ]);
  });
});
