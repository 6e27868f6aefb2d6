import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildIndex } from "../../../../adapters/documents/build-index.ts";
import { openDocuments } from "../../../../adapters/documents/document-library.ts";
import { DEFAULT_LIMITS } from "../../../../adapters/documents/document-limits.ts";
import { libraryOf, pathsOf, temporaryTree } from "./temporary-tree.ts";

const temporaryIndexes = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("glasshive-documents-"));

describe("the index file", () => {
  it("is reused for the same documents, and made anew for others or when it is broken", async () => {
    const folder = temporaryTree({ "docs/a.md": "alpha" });
    const indexFile = join(temporaryTree({}), "run/index.sqlite");
    const options = { roots: [join(folder, "docs")], indexFile };
    (await libraryOf(folder, options)).close();
    const { ino } = statSync(indexFile);
    writeFileSync(join(folder, "docs/b.md"), "beta");
    expect(pathsOf(await libraryOf(folder, options))).toEqual(["docs/a.md"]);
    expect(statSync(indexFile).ino).toBe(ino);
    expect(pathsOf(await libraryOf(folder, { ...options, limits: { files: 100 } }))).toEqual([
      "docs/a.md",
      "docs/b.md",
    ]);
    writeFileSync(indexFile, "no database");
    expect(pathsOf(await libraryOf(folder, options))).toEqual(["docs/a.md", "docs/b.md"]);
    writeFileSync(indexFile, "");
    expect((await libraryOf(folder, options)).search("beta")).toHaveLength(1);
  });

  it("has nothing half beside it, and what a killed build left is removed", async () => {
    const folder = temporaryTree({ "a.md": "alpha" });
    const home = temporaryTree({
      "index.sqlite.part-999999999-x": "half",
      [`index.sqlite.part-${process.pid}-x`]: "alive",
      other: "o",
    });
    (await libraryOf(folder, { indexFile: join(home, "index.sqlite") })).close();
    expect(readdirSync(home).toSorted()).toEqual(["index.sqlite", `index.sqlite.part-${process.pid}-x`, "other"]);
  });

  it("is not there after a build that failed, and neither is a part of it", () => {
    const folder = temporaryTree({ "a.md": "alpha" });
    const file = join(temporaryTree({}), "index.sqlite");
    const limits = { ...DEFAULT_LIMITS, indexedSourceBytes: 0 };
    expect(() => buildIndex({ roots: [join(folder, "gone")], file, signature: "s", limits })).toThrow("ENOENT");
    expect(readdirSync(join(file, ".."))).toEqual([]);
  });

  it("is not there after a build that was told to stop, and neither is a part of it", () => {
    const folder = temporaryTree({ "a.md": "alpha" });
    const file = join(temporaryTree({}), "index.sqlite");
    const request = { roots: [folder], file, signature: "s", limits: DEFAULT_LIMITS };
    expect(() => buildIndex({ ...request, stop: Int32Array.of(1) })).toThrow("stopped");
    expect(readdirSync(join(file, ".."))).toEqual([]);
    buildIndex({ ...request, stop: Int32Array.of(0) });
    expect(readdirSync(join(file, ".."))).toEqual(["index.sqlite"]);
  });

  it("that cannot be written is a storage error", async () => {
    const folder = temporaryTree({ "a.md": "alpha" });
    const failing = libraryOf(folder, { indexFile: join(folder, "a.md/index.sqlite") });
    await expect(failing).rejects.toMatchObject({ code: "STORAGE_FAILED", next: expect.any(String) });
  });

  it("is temporary without a name, and removed when the library is closed", async () => {
    const folder = temporaryTree({ "a.md": "alpha" });
    const before = new Set(temporaryIndexes());
    const library = await openDocuments({ roots: [folder], cwd: folder, indexFile: undefined });
    const own = temporaryIndexes().filter((name) => !before.has(name));
    library.close();
    library.close();
    expect(own.length).toBeGreaterThan(0);
    expect(own.some((name) => !existsSync(join(tmpdir(), name)))).toBe(true);
  });
});

describe("a large collection", () => {
  it("is indexed in a worker thread, while this one goes on", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`${index}.md`, `# Note ${index}\n\nabout thing${index}\n`]),
    );
    const folder = temporaryTree(files);
    let ticks = 0;
    const ticking = setInterval(() => void (ticks += 1), 1);
    const library = await libraryOf(folder);
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(3);
    expect(library.search("thing77").map(({ path }) => path)).toEqual(["77.md"]);
    expect(library.overview(0).files).toBe(500);
  });

  it("says what went wrong in the worker thread", async () => {
    const folder = temporaryTree(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${index}.md`, "x"])));
    const failing = libraryOf(folder, { indexFile: join(folder, "1.md/index.sqlite") });
    await expect(failing).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringContaining("EEXIST"),
    });
  });
});

describe("source beyond the budget", () => {
  it("is indexed from its beginning, and can be read whole", async () => {
    const long = Array.from({ length: 400 }, (_, index) => `const value${index} = ${index};`).join("\n");
    const folder = temporaryTree({
      "long.ts": long,
      "short.ts": "const short = 1;",
      "min.js": "x=1;".repeat(2_000),
      "all.md": `${long}\nprose`,
    });
    const library = await libraryOf(folder, { limits: { indexedSourceBytes: 2_000 } });
    const found = (query: string): string[] => library.search(query).map(({ path }) => path);
    expect(found("value3")).toEqual(["all.md", "long.ts"]);
    expect(found("value399")).toEqual(["all.md"]);
    expect(found("short")).toEqual(["short.ts"]);
    expect(library.read("long.ts", 400)).toMatchObject({ lines: ["const value399 = 399;"], totalLines: 400 });
    expect(library.list("long.ts", 1)[0]?.lines).toBe(400);
    expect(found("min js")).toContain("min.js");
  });
});

describe("a build", () => {
  it("leaves out a document that takes for ever to read, and says so; the others are there", async () => {
    const library = await libraryOf(
      temporaryTree({ "good.md": "alpha", "evil.md": `---\ntitle:${" ".repeat(300_000)}\n---\n` }),
    );
    expect(pathsOf(library)).toEqual(["good.md"]);
    expect(library.overview(0).leftOut).toEqual([{ reason: "unreadable", count: 1, names: ["evil.md"] }]);
  });

  it("is not built on when the caller ends it: at once, and nothing is left of it", async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`d/${at}.md`, `# ${at}\n\ntext ${at}`]));
    const home = temporaryTree({});
    const stop = new AbortController();
    const building = libraryOf(temporaryTree(many), { indexFile: join(home, "index.sqlite"), signal: stop.signal });
    stop.abort(new Error("called off"));
    await expect(building).rejects.toThrow("called off");
    expect(readdirSync(home)).toEqual([]);
  });
});
