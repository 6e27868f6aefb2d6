import { symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { isInRoots } from "../../../../adapters/documents/in-roots.ts";
import { temporaryTree } from "./temporary-tree.ts";

function tree(): string {
  const folder = temporaryTree({
    "docs/a.md": "a",
    "docs/part/b.md": "b",
    "docs/.env": "KEY=1",
    "docs/.hidden/c.md": "c",
    "docs/node_modules/x/d.md": "d",
    "docs/.gitignore": "drafts/\n!.env\n",
    "docs/drafts/e.md": "e",
    "docs-of-others/f.md": "f",
    "secret.md": "s",
  });
  symlinkSync(join(folder, "secret.md"), join(folder, "docs/out.md"));
  symlinkSync(folder, join(folder, "docs/up"));
  symlinkSync(join(folder, "docs/.env"), join(folder, "docs/env.md"));
  symlinkSync(join(folder, "docs/.hidden"), join(folder, "docs/open"));
  symlinkSync(join(folder, "docs/part"), join(folder, "docs/again"));
  symlinkSync(join(folder, "docs"), join(folder, "other-name"));
  return folder;
}

describe("a path is in the allowed roots", () => {
  it.each([
    "docs",
    "docs/a.md",
    "docs/part",
    "docs/part/b.md",
    "docs/again/b.md",
    "other-name/a.md",
    "docs/not-there.md",
  ])("%s", (path) => {
    const folder = tree();
    expect(isInRoots(join(folder, path), [join(folder, "docs")])).toBe(true);
  });

  it("by any name that the root has", () => {
    const folder = tree();
    expect(isInRoots(join(folder, "docs/a.md"), [join(folder, "other-name")])).toBe(true);
    expect(isInRoots(join(folder, "docs/.env"), [join(folder, "other-name")])).toBe(false);
  });

  it("where it is a root itself, whatever its name", () => {
    const folder = tree();
    const roots = [join(folder, "docs/.env"), join(folder, "docs/.hidden")];
    for (const path of ["docs/.env", "docs/.hidden/c.md"]) expect(isInRoots(join(folder, path), roots)).toBe(true);
  });
});

describe("a path is not in them", () => {
  it.each([
    ...["", "secret.md", "docs-of-others", "docs-of-others/f.md", "docs/out.md", "docs/up", "docs/up/secret.md"],
    ...["docs/up/docs-of-others/not-there.md", "docs/.env", "docs/.hidden/c.md", "docs/drafts", "docs/drafts/e.md"],
    ...["docs/node_modules/x/d.md", "docs/a.md/../../secret.md", "docs/env.md", "docs/open/c.md", "docs/a\0b"],
  ])("%s", (path) => {
    const folder = tree();
    expect(isInRoots(join(folder, path), [join(folder, "docs")])).toBe(false);
  });

  it("where nothing is allowed, or only a file beside it", () => {
    const folder = tree();
    expect(isInRoots(join(folder, "docs/a.md"), [])).toBe(false);
    expect(isInRoots(join(folder, "docs/part/b.md"), [join(folder, "docs/a.md")])).toBe(false);
    expect(isInRoots(dirname(folder), [folder])).toBe(false);
  });
});
