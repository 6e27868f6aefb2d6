import { describe, expect, it } from "vitest";
import {
  documentsBriefly,
  documentsView,
  type ListedFile,
} from "../../../../../engine/policy/prompts/documents-view.ts";

const MOST = 7_100;
const file = (path: string, heading: string | null = null): ListedFile => ({ path, lines: 9, heading });
const files = (count: number, folder: (index: number) => string): ListedFile[] =>
  Array.from({ length: count }, (_, index) => file(`${folder(index)}/page-${index}.md`, `Heading of page ${index}`));

describe("the documents as a planner is shown them", () => {
  it("names each folder once, with its files, their sizes and headings", () => {
    const shown = documentsView([file("README.md", "Start"), file("docs/a.md", "A"), file("docs/b.txt")], []);
    expect(shown).toBe(
      [
        "./ (1 file)",
        "  README.md (9 lines): Start",
        "docs/ (2 files)",
        "  a.md (9 lines): A",
        "  b.txt (9 lines)",
      ].join("\n"),
    );
  });

  it("names all files while their names fit, without headings where these do not", () => {
    const shown = documentsView(
      files(247, () => "handbook"),
      [],
    );
    expect(shown.length).toBeLessThan(MOST);
    expect(shown.match(/handbook/g)).toHaveLength(1);
    for (const name of ["page-0.md", "page-246.md"]) expect(shown).toContain(name);
    expect(shown).not.toContain("Heading");
  });

  it("of more shows the tree with counts, as deep as it fits", () => {
    const shown = documentsView(
      [
        ...files(2000, (index) => `docs/part-${index % 40}/chapter-${index % 400}`),
        file("docs/part-0/x.html"),
        file("docs/part-0/LICENCE"),
      ],
      [],
    );
    expect(shown.length).toBeLessThan(MOST);
    expect(shown).toContain("docs/part-0/ 52 files in 11 folders: .md 50, .html 1, others 1");
    expect(shown.split("\n")).toHaveLength(40);
  });

  it("says how many folders it leaves out where there are too many on the first level", () => {
    const shown = documentsView(
      files(5000, (index) => `folder-${index}`),
      [],
    );
    expect(shown.length).toBeLessThan(MOST);
    const [, left] = /and (\d+) more folders$/.exec(shown) ?? [];
    expect(shown.split("\n").length - 1 + Number(left)).toBe(5000);
  });

  it("ends with the places that were found, each in a line, with the heading above it", () => {
    const shown = documentsView(
      [file("a.md")],
      [
        { path: "a.md", line: 12, heading: "Pumps", text: "A pump\nmoves   water." },
        { path: "b.txt", line: 1, heading: undefined, text: "x".repeat(1000) },
      ],
    );
    const [said, first, second, ...more] = shown.split("\n").slice(2);
    expect(said).toBe("Found for the task's own words, the best first:");
    expect(first).toBe('- a.md:12 Pumps: "A pump moves water."');
    expect(second?.length).toBeLessThan(200);
    expect(more).toEqual([]);
  });
});

describe("the documents as each agent is told of them", () => {
  it("names all of a few by their folders, and of more how many there are and some of them", () => {
    const few = [file("docs/b.md"), file("docs/a.md"), file("README.md")];
    expect(documentsBriefly(3, few)).toBe("./ (1 file) README.md\ndocs/ (2 files) a.md, b.md");
    expect(documentsBriefly(92, few)).toBe("92 files, such as docs/b.md, README.md");
    const long = files(40, (index) => `folder-${index}`);
    expect(documentsBriefly(40, long).length).toBeLessThan(200);
  });
});

it("what stands at a place is shown without the lines under titles", () => {
  const found = { path: "a.rst", line: 3, heading: "Options", text: "======= depth -- the depth, a--b" };
  expect(documentsView([], [found])).toContain(`- a.rst:3 Options: ${JSON.stringify("depth -- the depth, a--b")}`);
});
