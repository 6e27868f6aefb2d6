import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, equalShare } from "../../../../adapters/documents/document-limits.ts";
import { rootsWithout, walk, type WalkResult } from "../../../../adapters/documents/walk.ts";
import { temporaryTree } from "./temporary-tree.ts";

function found(result: WalkResult, folder: string): string[] {
  return result.files.map(({ path }) => path.slice(folder.length + 1));
}

function leftOut(result: WalkResult, folder: string): Record<string, string[]> {
  return Object.fromEntries(
    result.leftOut.all.map(({ reason, names }) => [reason, names.map((name) => name.slice(folder.length + 1))]),
  );
}

describe("the walk", () => {
  it("obeys ignore files at every level, the deeper and the later one first", () => {
    const folder = temporaryTree({
      ".gitignore": "*.log\n/build/\nsecret.md\n",
      "a.md": "a",
      "x.log": "x",
      "build/out.md": "b",
      "sub/build/kept.md": "only the root's build is ignored",
      "sub/.gitignore": "!x.log\n*.tmp.md\n",
      "sub/.ignore": "draft-*\n",
      "sub/.glasshiveignore": "!draft-2.md\n",
      "sub/x.log": "taken back in",
      "sub/n.tmp.md": "n",
      "sub/draft-1.md": "d",
      "sub/draft-2.md": "d",
      "sub/secret.md": "s",
    });
    const result = walk([folder], DEFAULT_LIMITS);
    expect(found(result, folder)).toEqual(["a.md", "sub/build/kept.md", "sub/draft-2.md", "sub/x.log"]);
    expect([result.leftOut.all, result.leftOut.ignored]).toEqual([[], 9]);
  });

  it("leaves out what is hidden, generated, locked, binary or an office file, and counts it by reason", () => {
    const folder = temporaryTree({
      "a.md": "a",
      ".env": "KEY=1",
      ".hidden/b.md": "b",
      "app.js.map": "{}",
      "app.min.js": "x",
      "package-lock.json": "{}",
      "font.woff2": "x",
      "picture.png": "x",
      "report.pdf": "x",
    });
    const result = walk([folder], DEFAULT_LIMITS);
    expect(found(result, folder)).toEqual(["a.md"]);
    expect(leftOut(result, folder)).toEqual({
      format: ["picture.png", "report.pdf"],
      binary: ["font.woff2"],
    });
    expect(result.leftOut.ignored).toBe(5);
  });

  it("lets no ignore file take in what is hidden, nor a nested node_modules", () => {
    const folder = temporaryTree({
      ".ignore": "!.*\n!.env\n!.github\n!.git\n!node_modules\n",
      "part/.gitignore": "!.env\n!/.npmrc\n",
      "guide.md": "g",
      ".env": "KEY=1",
      "part/.env": "KEY=2",
      "part/.npmrc": "token",
      ".github/guide.md": "g",
      ".git/config.md": "c",
      "node_modules/x/readme.md": "x",
    });
    const result = walk([folder], DEFAULT_LIMITS);
    expect(found(result, folder)).toEqual(["guide.md"]);
  });

  it("enters a node_modules that is a root or holds the root, but none below", () => {
    const folder = temporaryTree({
      "node_modules/a/readme.md": "a",
      "node_modules/a/node_modules/b/readme.md": "b",
      "node_modules/@s/c/readme.md": "c",
    });
    const modules = join(folder, "node_modules");
    expect(found(walk([modules], DEFAULT_LIMITS), modules)).toEqual(["@s/c/readme.md", "a/readme.md"]);
    expect(found(walk([join(modules, "a")], DEFAULT_LIMITS), modules)).toEqual(["a/readme.md"]);
  });

  it("does not follow links that leave the root, and follows those within it once", () => {
    const outside = temporaryTree({ "secret.md": "s", "folder/more.md": "m" });
    const folder = temporaryTree({ "real/a.md": "a" });
    symlinkSync(join(outside, "secret.md"), join(folder, "out.md"));
    symlinkSync(join(outside, "folder"), join(folder, "out"));
    symlinkSync(join(folder, "real"), join(folder, "again"));
    symlinkSync(folder, join(folder, "real", "cycle"));
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling.md"));
    const result = walk([folder], DEFAULT_LIMITS);
    expect(found(result, folder)).toEqual(["real/a.md"]);
    expect(leftOut(result, folder)).toEqual({ unreadable: ["dangling.md"], outside: ["out", "out.md"] });
  });

  it("follows no link to what is hidden, but those of a package manager to its store", () => {
    const folder = temporaryTree({
      ".env": "KEY=1",
      ".git/config": "token",
      ".hidden/part/c.md": "c",
      "node_modules/.store/pkg/b.md": "b",
      "node_modules/.store/pkg/.env": "KEY=2",
      "node_modules/.env": "KEY=3",
    });
    const modules = join(folder, "node_modules");
    const links = { "env.md": ".env", git: ".git", "c.md": ".hidden/part/c.md", part: ".hidden/part" };
    for (const [name, to] of Object.entries(links)) symlinkSync(to, join(folder, name));
    expect(found(walk([folder], DEFAULT_LIMITS), folder)).toEqual([]);
    symlinkSync("./.store/pkg", join(modules, "pkg"));
    symlinkSync("./.env", join(modules, "env.md"));
    symlinkSync("./.store/pkg/.env", join(modules, "env2.md"));
    const result = walk([modules], DEFAULT_LIMITS);
    expect(found(result, modules)).toEqual(["pkg/b.md"]);
    expect(result.files[0]?.real).toBe(join(modules, ".store/pkg/b.md"));
  });

  it("takes a root file whatever the rules say, and a file of two roots once", () => {
    const folder = temporaryTree({ ".gitignore": "notes.md", "notes.md": "n", ".env.example": "e", "sub/a.md": "a" });
    const roots = [folder, join(folder, "sub"), join(folder, "notes.md"), join(folder, ".env.example")];
    expect(found(walk(roots, DEFAULT_LIMITS), folder)).toEqual([".env.example", "notes.md", "sub/a.md"]);
  });

  it("counts what is beyond the limits, and keeps what lies nearest to the root", () => {
    const folder = temporaryTree({
      "a/b/deep.md": "12345",
      "top.md": "12345",
      "a/mid.md": "12345",
      "a/large.md": "x".repeat(50),
    });
    const few = walk([folder], { ...DEFAULT_LIMITS, files: 2, fileBytes: 20 });
    expect(found(few, folder)).toEqual(["a/mid.md", "top.md"]);
    expect(leftOut(few, folder)).toEqual({ "too-large": ["a/large.md"], limit: ["a/b/deep.md"] });
    const bytes = walk([folder], { ...DEFAULT_LIMITS, totalBytes: 12, fileBytes: 20 });
    expect(leftOut(bytes, folder)["limit"]).toEqual(["a/b/deep.md"]);
    const folders = walk([folder], { ...DEFAULT_LIMITS, entries: 2 });
    expect(leftOut(folders, folder)["limit"]).toEqual(["a"]);
  });

  it("holds a file that is named itself to the same limit, and reads no other format by its name", () => {
    const folder = temporaryTree({ "large.md": "x".repeat(50), "a.pdf": "%PDF-1.7" });
    const result = walk([join(folder, "large.md"), join(folder, "a.pdf")], { ...DEFAULT_LIMITS, fileBytes: 20 });
    expect(leftOut(result, folder)).toEqual({ "too-large": ["large.md"], format: ["a.pdf"] });
    expect(rootsWithout([folder], result.files)).toEqual([folder]);
  });

  it("leaves out sockets, and names that are no text", async () => {
    const folder = temporaryTree({ "fine.md": "f", "two\nlines.md": "t", "bell\u0007.md": "b" });
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff), Buffer.from(".md")]), "x");
    const server = createServer().listen(join(folder, "socket.md"));
    await once(server, "listening");
    const result = walk([folder], DEFAULT_LIMITS);
    server.close();
    expect(found(result, folder)).toEqual(["bell\u0007.md", "fine.md", "two\nlines.md"]);
    expect(leftOut(result, folder)).toEqual({ unreadable: ["socket.md", "\uFFFD.md"] });
  });

  it("survives odd rules in an ignore file", () => {
    const folder = temporaryTree({
      ".gitignore": "\uFEFF[z-a]\n\\\n(((\n!\n**\\/\n# note\n*.tmp\n",
      "a.md": "a",
      "b.tmp": "b",
    });
    mkdirSync(join(folder, "empty"));
    expect(found(walk([folder], DEFAULT_LIMITS), folder)).toEqual(["a.md"]);
  });
});

describe("a home among the documents", () => {
  it("is none of them, whatever it is called; of one that is named, its records are none", () => {
    const home = { "glasshive.db": "x", "runs/r/answer.md": "an old answer", "heads.jsonl": "{}" };
    const files = Object.fromEntries(Object.entries(home).map(([path, text]) => [`out/${path}`, text]));
    const folder = temporaryTree({ "a.md": "a", "runs/b.md": "no home", ...files });
    expect(found(walk([folder], DEFAULT_LIMITS), folder)).toEqual(["a.md", "runs/b.md"]);
    const named = temporaryTree({ "a.md": "a", ...home });
    expect(found(walk([named], DEFAULT_LIMITS), named)).toEqual(["a.md"]);
  });
});

describe("equalShare", () => {
  it("gives small files what they need and splits the rest evenly", () => {
    expect(equalShare([10, 100, 1_000], 1_000)).toBe(890);
    expect(equalShare([10, 500, 1_000], 400)).toBe(195);
    expect(equalShare([10, 20], 30)).toBe(Infinity);
    expect(equalShare([], 0)).toBe(Infinity);
  });
});
