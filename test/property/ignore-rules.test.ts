/** Ignore rules against git itself: random trees with random rules at every level; the walk finds what git would add. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../adapters/documents/document-limits.ts";
import { walk } from "../../adapters/documents/walk.ts";
import { holds } from "./law.ts";

const names = fc.constantFrom("a", "b", "ab", "build", "x.log", "a.md", "b.md", "ab.md", "[id].md", "a b.md");
const folders = fc.array(fc.constantFrom("a", "b", "build", "x"), { maxLength: 3 }).map((parts) => parts.join("/"));
const pieces = fc.constantFrom(
  ...[
    "a",
    "b",
    "ab",
    "x",
    "build",
    "*",
    "**",
    "*.md",
    "*.log",
    "a*",
    "?",
    "a?",
    "[ab]",
    "[!a]*",
    "[a-c].md",
    "x.log",
    "\\[id].md",
  ],
  ...["[[:alpha:]]", "a**", "**b", "a\\ b.md", "a b.md"],
);
const pattern = fc
  .tuple(
    fc.constantFrom("", "", "!", "!"),
    fc.constantFrom("", "", "/"),
    fc.array(pieces, { minLength: 1, maxLength: 3 }),
    fc.constantFrom("", "", "/", "  "),
  )
  .map(([not, anchor, parts, end]) => not + anchor + parts.join("/") + end);
const ignoreFile = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 9, arbitrary: pattern },
        { weight: 1, arbitrary: fc.constantFrom("# note", "", "\\#a", "[", "a\\", "!") },
      ),
      { minLength: 1, maxLength: 5 },
    ),
    fc.constantFrom("\n", "\r\n"),
  )
  .map(([lines, end]) => lines.join(end) + end);
const tree = fc.record({
  files: fc.array(fc.tuple(folders, names), { minLength: 3, maxLength: 14 }),
  rules: fc.array(fc.tuple(folders, ignoreFile), { minLength: 1, maxLength: 4 }),
  exclude: fc.option(ignoreFile),
});

/** A path may be a file in one place and a folder in another: the first of the two stays. */
function write(folder: string, path: string, text: string): void {
  try {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  } catch {
    return;
  }
}

function gitFinds(folder: string): string[] {
  const listed = execFileSync("git", ["ls-files", "--others", "--exclude-standard", "-z"], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
  });
  return listed.split("\0").filter((path) => path !== "" && !path.endsWith(".gitignore"));
}

// Where there is no git there is nothing to compare with.
describe.skipIf(spawnSync("git", ["--version"]).status !== 0)("ignore files at every level", () => {
  it("leave out what git leaves out", () => {
    holds(
      fc.property(tree, ({ files, rules, exclude }) => {
        const folder = realpathSync(mkdtempSync(join(tmpdir(), "glasshive-test-")));
        try {
          mkdirSync(join(folder, ".git/refs"), { recursive: true });
          mkdirSync(join(folder, ".git/objects"));
          write(folder, ".git/HEAD", "ref: refs/heads/main\n");
          if (exclude !== null) write(folder, ".git/info/exclude", exclude);
          for (const [place, name] of files) write(folder, join(place, name), "x");
          for (const [place, text] of rules) write(folder, join(place, ".gitignore"), text);
          const found = walk([folder], DEFAULT_LIMITS).files.map(({ path }) => path.slice(folder.length + 1));
          expect(found.toSorted()).toEqual(gitFinds(folder).toSorted());
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      250,
    );
  }, 180_000);
});
