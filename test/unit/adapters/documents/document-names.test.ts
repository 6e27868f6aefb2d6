/** Names as people have them: found by how they are typed, shown so that they can be cited, and citable whatever they hold. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCitations } from "../../../../engine/policy/citations/check-citations.ts";
import { citation } from "../../../../engine/policy/prompts/citation-rule.ts";
import { holdsInTime } from "../../../property/law.ts";
import { libraryOf, pathsOf, temporaryTree } from "./temporary-tree.ts";

const NFD = "Übersicht Prüfung".normalize("NFD");

describe("a name that is typed as it looks", () => {
  it.each([
    ["Report 5.01\u202FPM.md", ["Report 5.01 PM.md"]],
    ["Snímek\u00A0v 13.05.md", ["Snímek v 13.05.md", "docs/Snímek v 13.05.md"]],
    [`${NFD}.md`, ["Übersicht Prüfung.md"]],
    ["it’s “quoted”.md", ['it\'s "quoted".md']],
    ["em—dash – en.md", ["em-dash - en.md"]],
    ["with  two blanks.md", ["with two blanks.md"]],
    ["ende .md", ["ende.md"]],
    ["zero\u200Bwidth.md", ["zerowidth.md"]],
    ["emoji 😀🧑‍🔧.md", ["emoji 😀🧑‍🔧.md"]],
    ["-dash.md", ["-dash.md", "./-dash.md", '"docs/-dash.md"', "docs\\-dash.md", "`docs/-dash.md`"]],
    ['a&b<c>"d".md', ['a&b<c>"d".md', "a&amp;b&lt;c&gt;&quot;d&quot;.md"]],
    ["two\nlines.md", ["two␊lines.md", "two lines.md"]],
    ["README.md", ["readme.md"]],
  ])("leads to %j", async (name, typed) => {
    const folder = temporaryTree({ [`docs/${name}`]: "here\n", "docs/other.md": "other\n", "docs/sub/x.md": "x\n" });
    const library = await libraryOf(folder);
    const shown = pathsOf(library).find((path) => !/other|sub/.test(path));
    for (const path of typed) {
      const place = path.includes("docs") ? path : `docs/${path}`;
      expect([path, library.read(place)?.lines, library.read(place)?.path]).toEqual([path, ["here"], shown]);
    }
  });

  it("leads to nothing where it can mean several, unless it is one of them to the letter", async () => {
    const library = await libraryOf(
      temporaryTree({ "a b.md": "1", "a\u00A0b.md": "2", "Read.md": "3", "READ.md": "4" }),
    );
    expect(library.read("a b.md")?.lines).toEqual(["1"]);
    expect(library.read("a\u00A0b.md")?.lines).toEqual(["2"]);
    expect(library.read("ab.md")).toBeUndefined();
    expect(library.read("read.md")).toBeUndefined();
  });

  it("finds a folder for a search", async () => {
    const library = await libraryOf(
      temporaryTree({ [`${NFD}/a.md`]: "alpha", "app/[id]/b.md": "alpha", "app/i/c.md": "alpha" }),
    );
    const found = (path: string): string[] => library.search("alpha", { path }).map((passage) => passage.path);
    expect(found("Übersicht Prüfung")).toEqual([`${NFD}/a.md`]);
    expect(found("app/[id]")).toEqual(["app/[id]/b.md"]);
  });
});

describe("a glob", () => {
  const TREE = {
    "app/[id]/page.md": "1",
    "app/(group)/page.md": "2",
    "app/{type} note.md": "3",
    "app/[...slug]/x.md": "4",
    "app/i/page.md": "5",
    "app/a,b/{c,d}.md": "6",
    "!first.md": "7",
    [`${NFD}.md`]: "8",
    "deep/a.mdx": "9",
  };

  it.each([
    ["app/[id]/*.md", ["app/[id]/page.md"]],
    ["app/[id]/page.{md,mdx}", ["app/[id]/page.md"]],
    ["app/[hij]/page.md", ["app/i/page.md"]],
    ["app/(group)/*", ["app/(group)/page.md"]],
    ["app/{type} note.md", ["app/{type} note.md"]],
    ["app/[...slug]/**", ["app/[...slug]/x.md"]],
    ["app/a,b/{c,d}.md", ["app/a,b/{c,d}.md"]],
    ["!first.md", ["!first.md"]],
    ["Übersicht*.md", [`${NFD}.md`]],
    ["**/*.{md?,xyz}", ["deep/a.mdx"]],
    ["app/?/page.md", ["app/i/page.md"]],
  ])("%s means what is there", async (glob, paths) => {
    const library = await libraryOf(temporaryTree(TREE));
    expect(library.expand(glob, "file")).toEqual(paths);
    expect(library.list(glob, 9).map(({ path }) => path)).toEqual(expect.arrayContaining(paths));
  });

  it("takes no longer than its length times that of the paths, whatever it is", async () => {
    const library = await libraryOf(temporaryTree({ [`${"a".repeat(200)}.md`]: "a" }));
    const hostile = ["*a".repeat(200), "**/".repeat(150), "{a,b}".repeat(90), "[".repeat(400), "{".repeat(400)];
    for (const glob of [...hostile, `${"*a".repeat(25)}x`]) {
      expect(library.expand(`${glob}c`, "file")).toEqual([]);
      expect(library.list(`${glob}c`, 9)).toEqual([]);
    }
  });
});

describe("a citation", () => {
  const odd = fc.string({
    unit: fc.constantFrom(..."ab[]()|\"':,;!*?{}#%& .-\n\t\u0007\u00A0\u202F［｜é😀"),
    minLength: 1,
    maxLength: 12,
  });

  it("of any name is read back and verified, and shown on one line", async () => {
    await holdsInTime(
      fc.asyncProperty(odd, odd, async (folder, name) => {
        const tree = { [`d${folder}/n${name}.md`]: "quoted words\n", "other/plain.md": "others\n" };
        const library = await libraryOf(temporaryTree(tree));
        const path = pathsOf(library).find((one) => one !== "other/plain.md") as string;
        expect(path).not.toMatch(/[\p{Cc}\u2028]/u);
        const answer = `As "it" says: ${citation("quoted words", { path, first: 1, last: 1 })} and more.`;
        expect(checkCitations(answer, { documents: library })).toMatchObject({ total: 1, verified: 1 });
      }),
      60,
    );
  });

  it("holds the words however their letters are composed and their blanks look", async () => {
    const library = await libraryOf(temporaryTree({ "a.md": `${NFD} um 5\u202FUhr` }));
    expect(
      checkCitations(citation("Übersicht Prüfung um 5 Uhr", { path: "a.md", first: 1, last: 1 }), {
        documents: library,
      }).verified,
    ).toBe(1);
    expect(
      checkCitations(citation("Ubersicht", { path: "a.md", first: 1, last: 1 }), { documents: library }).verified,
    ).toBe(0);
  });
});
