import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { libraryOf, temporaryTree } from "./temporary-tree.ts";

const GUIDE =
  "# Guide\n\nThe retry policy waits twice as long each time.\n\n## Timeouts\n\nA timeout of zero means none.\nIt is in seconds.\n";

describe("searching", () => {
  it("finds passages with their lines, best first", async () => {
    const library = await libraryOf(
      temporaryTree({ "guide.md": GUIDE, "other.md": "Nothing about waiting.\n\nA policy.\n" }),
    );
    const passages = library.search("What is the retry policy?");
    expect(passages.map(({ path, firstLine }) => `${path}:${firstLine}`)).toEqual(["guide.md:1", "other.md:1"]);
    expect(passages[0]?.lines).toEqual(["# Guide", "", "The retry policy waits twice as long each time."]);
    expect(passages[0]?.score).toBeGreaterThan(passages[1]?.score ?? Infinity);
    expect(passages[1]?.score).toBeGreaterThan(0);
  });

  it("finds other forms of a word, words without their accents, parts of names, and Chinese", async () => {
    const files = {
      "a.md": "Timeouts are retried.",
      "b.md": "Der Schlüssel fehlt.",
      "c.ts": "export function parseHtmlPage() {}",
      "d.md": "本軟件的許可證是自由的",
    };
    const library = await libraryOf(temporaryTree(files));
    const found = (query: string): string[] => library.search(query).map(({ path }) => path);
    expect(found("timeout retry")).toEqual(["a.md"]);
    expect(found("schlussel")).toEqual(["b.md"]);
    expect(found("html page")).toEqual(["c.ts"]);
    expect(found("parseHtmlPage")).toEqual(["c.ts"]);
    expect(found("許可證")).toEqual(["d.md"]);
  });

  it("puts headings and paths above text, and passages with all words above those with some", async () => {
    const filler = "Some words that fill the line and say nothing else at all.\n".repeat(5);
    const files = {
      "x.md": `# Cache\n\n${filler}`,
      "y.md": `# Other\n\n${filler}The cache is there.\n`,
      "both.md": `# Third\n\n${filler}A quota, and far away ${filler} an invoice.\n`,
      "one.md": `# Fourth\n\n${filler}An invoice, invoice.\n`,
      "cursor/z.md": `# Fifth\n\n${filler}`,
    };
    const library = await libraryOf(temporaryTree(files));
    expect(library.search("cache").map(({ path }) => path)).toEqual(["x.md", "y.md"]);
    expect(library.search("quota invoice").map(({ path }) => path)).toEqual(["both.md", "one.md"]);
    expect(library.search("cursor").map(({ path }) => path)).toEqual(["cursor/z.md"]);
  });

  it("says under which headings a passage stands that does not show them itself", async () => {
    const long = "A line of prose that goes on about the retries of a call.\n".repeat(40);
    const library = await libraryOf(
      temporaryTree({ "guide.md": `# Guide\n\nIt begins.\n\n## Retries > 3\n\n${long}`, "plain.txt": "retries\n" }),
    );
    const headings = library.search("retries").map(({ path, firstLine, heading }) => `${path}:${firstLine} ${heading}`);
    expect(headings.toSorted()).toEqual([
      "guide.md:42 Guide > Retries > 3",
      "guide.md:5 Guide",
      "plain.txt:1 undefined",
    ]);
  });

  it("weighs the names of files: of two that say the same, the one that is called so comes first", async () => {
    const text = "Each call is tried again, and the backoff of it doubles.\n";
    const files = { "a-notes.md": `${text}One.\n`, "retry-backoff.md": `${text}Two.\n`, "z.md": `${text}Three.\n` };
    const library = await libraryOf(temporaryTree(files));
    expect(library.search("backoff doubles")[0]?.path).toBe("retry-backoff.md");
    const [named, other] = library.search("retry backoffs call");
    expect(named?.path).toBe("retry-backoff.md");
    expect(named?.score).toBeGreaterThan(1.5 * (other?.score ?? 0));
  });

  it("stays in the folder or the file that is named", async () => {
    const files = {
      "a/x.md": "token one",
      "a-b/x.md": "token two",
      "a/sub/y.md": "token three",
      "ab.md": "token four",
    };
    const folder = temporaryTree(files);
    const library = await libraryOf(folder);
    const found = (path: string): string[] =>
      library
        .search("token", { path })
        .map((passage) => passage.path)
        .toSorted();
    expect(found("a")).toEqual(["a/sub/y.md", "a/x.md"]);
    expect(found("a/")).toEqual(["a/sub/y.md", "a/x.md"]);
    expect(found("./a/sub")).toEqual(["a/sub/y.md"]);
    expect(found(join(folder, "a-b"))).toEqual(["a-b/x.md"]);
    expect(found("ab.md")).toEqual(["ab.md"]);
    expect(found(".")).toHaveLength(4);
    for (const path of ["nowhere", "..", "a/x", "\0"])
      expect([path, ...found(path)].slice(0, 5)).toEqual(path === ".." ? ["..", ...found(".")] : [path]);
  });

  it("tries the common words of a query where the rare one is not in the folder", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`many/${index}.md`, `common number${index}`]),
    );
    const library = await libraryOf(temporaryTree({ ...files, "rare/r.md": "rareword" }));
    expect(library.search("rareword common", { path: "many/7.md" }).map(({ path }) => path)).toEqual(["many/7.md"]);
  });

  it("shows the same text once, and few passages of one document where there are others", async () => {
    const section = (index: number): string => `## Part ${index}\n\nThe widget ${index} is here.\n\nAnd here.\n\n`;
    const long = Array.from({ length: 9 }, (_, index) => section(index)).join("");
    const library = await libraryOf(
      temporaryTree({ "copy-1.md": "widget copy", "copy-2.md": "widget copy", "long.md": long }),
    );
    const paths = library.search("widget").map(({ path }) => path);
    expect(paths.toSorted()).toEqual(["copy-1.md", "long.md", "long.md", "long.md"]);
    expect(library.search("widget", { path: "long.md", limit: 50 })).toHaveLength(9);
    expect(library.search("widget", { limit: 1 })).toHaveLength(1);
    expect(library.search("widget", { limit: -3 })).toHaveLength(1);
  });

  it.each([
    ['"', 0],
    ['guide" OR "x', 1],
    ["*", 0],
    ["retr* NEAR(retry policy, 2)", 1],
    ["(", 0],
    ["heading:guide", 1],
    ["^guide -policy AND NOT", 1],
    ["😀", 0],
    ["", 0],
    ["   \n\t", 0],
    ["\0", 0],
    ["\ud800", 0],
    ["'; DROP TABLE words; --", 0],
    ["retry ".repeat(1_700), 1],
    ["x".repeat(10_000), 0],
  ])("takes %j for words", async (query, count) => {
    const library = await libraryOf(temporaryTree({ "guide.md": GUIDE.slice(0, 60) }));
    expect(library.search(query)).toHaveLength(count);
  });
});
