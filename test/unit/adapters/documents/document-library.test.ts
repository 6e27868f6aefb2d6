import { chmodSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { libraryOf, pathsOf, temporaryTree } from "./temporary-tree.ts";

describe("the paths of a library", () => {
  it("are relative to where the user stands, elsewhere to the folder that was named", async () => {
    const elsewhere = temporaryTree({ "far.md": "far" });
    const folder = temporaryTree({ "docs/a.md": "a", "sub/b.md": "b" });
    const library = await libraryOf(folder, { roots: [join(folder, "docs"), elsewhere] });
    expect(pathsOf(library)).toEqual(expect.arrayContaining(["docs/a.md", "far.md"]));
    expect(library.read(join(elsewhere, "far.md"))?.lines).toEqual(["far"]);
    expect(library.read(join(folder, "docs/a.md"))?.path).toBe("docs/a.md");
    for (const path of ["a.md", "./docs/a.md", "docs//a.md", " docs/a.md ", "sub/../docs/a.md"]) {
      expect(library.read(path)?.path).toBe("docs/a.md");
    }
  });

  it("lead back to their document where several folders have one of that name", async () => {
    const trees = ["one", "two"].map((name) =>
      temporaryTree({ [`${name}/a.md`]: name, [`${name}/docs/a.md`]: `${name} docs` }),
    );
    const folder = temporaryTree({ "a.md": "here" });
    const roots = [join(folder, "a.md"), ...trees.map((tree, at) => join(tree, ["one", "two"][at] ?? ""))];
    const library = await libraryOf(folder, { roots });
    const paths = pathsOf(library);
    expect(new Set(paths).size).toBe(5);
    expect(paths.map((path) => library.read(path)?.path)).toEqual(paths);
    expect(paths.filter((path) => path.startsWith("/"))).toEqual([]);
  });

  it("lead to nothing outside of what was walked", async () => {
    const outer = temporaryTree({
      "secret.md": "secret",
      "in/a.md": "a",
      "in/.env": "KEY=1",
      "in/.gitignore": "private.md",
      "in/private.md": "p",
    });
    symlinkSync(join(outer, "secret.md"), join(outer, "in/link.md"));
    const library = await libraryOf(join(outer, "in"));
    const tried = [
      "../secret.md",
      join(outer, "secret.md"),
      "/etc/passwd",
      "link.md",
      ".env",
      "private.md",
      "a.md\0",
      "\0",
      "",
      ".",
      "..",
      "/",
      "a.md/",
      "x".repeat(9_000),
    ];
    expect(tried.filter((path) => library.read(path) !== undefined)).toEqual(["a.md/"]);
    expect(library.search("secret")).toEqual([]);
  });

  it("are not followed when a link was put in their place after the walk", async () => {
    const outer = temporaryTree({
      "secret.md": "secret",
      "in/a.md": "alpha",
      "in/sub/b.md": "beta",
      "away/b.md": "secret beta",
    });
    const library = await libraryOf(join(outer, "in"));
    rmSync(join(outer, "in/a.md"));
    symlinkSync(join(outer, "secret.md"), join(outer, "in/a.md"));
    renameSync(join(outer, "in/sub"), join(outer, "in/old"));
    symlinkSync(join(outer, "away"), join(outer, "in/sub"));
    expect(library.read("a.md")).toBeUndefined();
    expect(library.read("sub/b.md")).toBeUndefined();
    expect(library.search("alpha beta")).toEqual([]);
  });
});

describe("reading", () => {
  it("gives the lines asked for and how many there are", async () => {
    const library = await libraryOf(temporaryTree({ "a.md": "one\r\ntwo\r\nthree", "empty.md": "" }));
    expect(library.read("a.md")).toEqual({
      path: "a.md",
      firstLine: 1,
      lines: ["one", "two", "three"],
      score: 0,
      totalLines: 3,
    });
    expect(library.read("a.md", 2, 1)).toMatchObject({ firstLine: 2, lines: ["two"] });
    expect(library.read("a.md", 9)).toMatchObject({ firstLine: 9, lines: [], totalLines: 3 });
    expect(library.read("a.md", -5, 1)).toMatchObject({ firstLine: 1, lines: ["one"] });
    expect(library.read("a.md", Number.NaN, -1)).toMatchObject({ firstLine: 1, lines: [] });
    expect(library.read("empty.md")).toMatchObject({ lines: [], totalLines: 0 });
  });

  it("shows a file as it is now", async () => {
    const folder = temporaryTree({ "a.md": "first state\n", "b.md": "x\n".repeat(30) + "lonely\n" });
    const library = await libraryOf(folder);
    expect(library.read("a.md")?.lines).toEqual(["first state"]);
    writeFileSync(join(folder, "a.md"), "second, longer state\n");
    expect(library.read("a.md")?.lines).toEqual(["second, longer state"]);
    writeFileSync(join(folder, "b.md"), "");
    expect(library.search("lonely")).toEqual([]);
    rmSync(join(folder, "a.md"));
    expect(library.read("a.md")).toBeUndefined();
    expect(library.search("first")).toEqual([]);
  });

  it("leaves binary content out whatever its name says", async () => {
    const library = await libraryOf(temporaryTree({ "a.md": "a", "b.md": Uint8Array.of(1, 0, 2) }));
    expect(pathsOf(library)).toEqual(["a.md"]);
    expect(library.overview(0).leftOut).toEqual([{ reason: "binary", count: 1, names: ["b.md"] }]);
  });
});

describe("a document in the encoding of its program", () => {
  it("is found, read and counted in lines as any other", async () => {
    const text = "Allgemeines\nDie Größe der Pumpe ist 42, der Überdruck 6.\nSchluss\n";
    const folder = temporaryTree({
      "a.md": Buffer.from(text, "latin1"),
      "b.txt": Buffer.from(`\uFEFF${text.replace("42", "43")}`, "utf16le"),
      "c.txt": Buffer.from(text.replace("42", "44"), "utf16le").swap16(),
      "d.html": Buffer.from(`<p>${text.replace("42", "45")}</p>`, "latin1"),
      "e.md": Uint8Array.of(0x47, 0x72, 0x94, 0xe1, 0x65),
    });
    const library = await libraryOf(folder);
    expect(
      library
        .search("Größe Überdruck")
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(["a.md", "b.txt", "c.txt", "d.html"]);
    expect(library.read("b.txt", 2, 1)?.lines).toEqual(["Die Größe der Pumpe ist 43, der Überdruck 6."]);
    expect(library.list("a.md", 1)).toMatchObject([{ lines: 3 }]);
    expect(library.overview(0).leftOut).toEqual([{ reason: "encoding", count: 1, names: ["e.md"] }]);
  });
});

describe("listing and expanding", () => {
  const PACKAGES = {
    "package.json": "{}",
    "a/package.json": "{}",
    "a/esm/package.json": "{}",
    "@s/b/package.json": "{}",
    "@s/b/README.md": "b",
    "c/readme.md": "c",
    "c/docs/[id].md": "d",
  };

  it("expands a glob to the outermost folders below the root, or to files", async () => {
    const folder = temporaryTree(
      Object.fromEntries(Object.entries(PACKAGES).map(([path, text]) => [`node_modules/${path}`, text])),
    );
    const library = await libraryOf(folder, { roots: [join(folder, "node_modules")] });
    expect(library.expand("**/package.json", "folder")).toEqual(["node_modules/@s/b", "node_modules/a"]);
    expect(library.expand("*/package.json", "folder")).toEqual(["node_modules/a"]);
    expect(library.expand("node_modules/*/package.json", "file")).toEqual(["node_modules/a/package.json"]);
    expect(library.expand("**/*.md", "file")).toEqual([
      "node_modules/@s/b/README.md",
      "node_modules/c/docs/[id].md",
      "node_modules/c/readme.md",
    ]);
    for (const glob of ["", "  ", "nothing/*", "[", "{", "(", "../*", "x".repeat(70_000)])
      expect(library.expand(glob, "folder")).toEqual([]);
  });

  it("lists by glob at any depth or by a part of the path, in path order", async () => {
    const library = await libraryOf(temporaryTree(PACKAGES));
    const listed = (pattern: string | undefined, limit = 99): string[] =>
      library.list(pattern, limit).map(({ path }) => path);
    expect(listed("*.md")).toEqual(["@s/b/README.md", "c/docs/[id].md", "c/readme.md"]);
    expect(listed("README")).toEqual(["@s/b/README.md", "c/readme.md"]);
    expect(listed("[id]")).toEqual(["c/docs/[id].md"]);
    expect(listed("c/**")).toEqual(["c/docs/[id].md", "c/readme.md"]);
    expect(listed(undefined, 2)).toEqual(["@s/b/README.md", "@s/b/package.json"]);
    expect(library.list("a/package", 1)).toEqual([{ path: "a/package.json", lines: 1, bytes: 2 }]);
  });

  it("gives an overview: what there is, its collections and its central files", async () => {
    const library = await libraryOf(
      temporaryTree({
        "README.md": "# The project\n",
        "docs/index.md": "# Start\n",
        "src/deep/x.ts": "export {};\n",
        ...Object.fromEntries(
          ["a", "b", "c"].flatMap((name) => [
            [`p/${name}/package.json`, "{}"],
            [`p/${name}/README.md`, `# ${name}\n`],
          ]),
        ),
        "p/d/readme.md": "# d\n",
        "x.pdf": "x",
      }),
    );
    const { files, leftOut, collections, sample } = library.overview(3);
    expect([files, leftOut]).toEqual([10, [{ reason: "format", count: 1, names: ["x.pdf"] }]]);
    expect(collections).toEqual([
      { glob: "**/package.json", manifest: "package.json", folders: 3, examples: ["p/a", "p/b", "p/c"] },
      { glob: "**/{README.md,readme.md}", manifest: "README.md", folders: 4, examples: ["p/a", "p/b", "p/c", "p/d"] },
    ]);
    for (const { glob, folders } of collections) expect(library.expand(glob, "folder")).toHaveLength(folders);
    expect(sample.map(({ path, heading }) => `${path} ${heading}`)).toEqual([
      "README.md The project",
      "docs/index.md Start",
      "p/a/README.md a",
    ]);
    expect(library.overview(0).sample).toEqual([]);
    // A paused run that has closed them still says what there was.
    library.close();
    expect(library.overview(0).files).toBe(files);
  });

  it("is empty over an empty folder", async () => {
    const folder = temporaryTree({});
    const library = await libraryOf(folder);
    const nothing = { files: 0, bytes: 0, leftOut: [], ignored: 0, emptyRoots: [folder] };
    expect(library.overview(5)).toEqual({ ...nothing, collections: [], sample: [] });
    expect([library.search("x"), library.list(undefined, 5), library.expand("**", "file")]).toEqual([[], [], []]);
  });
});

describe("an unreadable root", () => {
  it("is refused with its path and what to do", async () => {
    const folder = temporaryTree({ "a.md": "a" });
    for (const path of ["nowhere", "a.md/below"]) {
      await expect(libraryOf(folder, { roots: [join(folder, path)] })).rejects.toMatchObject({
        code: "DOCUMENTS_UNREADABLE",
        message: `cannot read documents at ${join(folder, path)}: there is no such file or folder`,
        next: "check that the path exists and that you may read it",
      });
    }
    await expect(libraryOf(folder, { roots: ["/dev/null"] })).rejects.toMatchObject({ code: "DOCUMENTS_UNREADABLE" });
  });

  // The superuser may read everything: nothing is unreadable then.
  it.skipIf(process.getuid?.() === 0)(
    "is refused without permission, while an unreadable file in it is only counted",
    async () => {
      const folder = temporaryTree({ "a.md": "a", "b.md": "b", "closed/c.md": "c" });
      chmodSync(join(folder, "b.md"), 0);
      chmodSync(join(folder, "closed"), 0);
      const library = await libraryOf(folder);
      const unreadable = { reason: "unreadable", count: 2, names: ["closed", "b.md"] };
      expect([pathsOf(library), library.overview(0).leftOut]).toEqual([["a.md"], [unreadable]]);
      await expect(libraryOf(folder, { roots: [join(folder, "closed")] })).rejects.toMatchObject({
        code: "DOCUMENTS_UNREADABLE",
      });
      chmodSync(join(folder, "closed"), 0o700);
    },
  );
});

it("a library tells what it holds after it is closed", async () => {
  const library = await libraryOf(temporaryTree({ "a.md": "a", "b.bin": "\0" }));
  library.close();
  expect(library.overview(1)).toMatchObject({ files: 1, leftOut: [{ count: 1 }] });
});
