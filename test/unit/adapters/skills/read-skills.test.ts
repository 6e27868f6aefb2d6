import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSkills } from "../../../../adapters/skills/read-skills.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

function folderOf(files: Record<string, string | Uint8Array>): string {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const skill = (name: string): string => `---\nname: ${name}\ndescription: Prüft ${name}.\n---\nRead carefully.\n`;
const names = (folder: string): string[] => readSkills(folder).map(({ name }) => name);

describe("a folder of skills", () => {
  it("may have them in categories, and as links to folders elsewhere; loops end", () => {
    const elsewhere = folderOf({ "linked/SKILL.md": skill("linked") });
    const folder = folderOf({
      "direct/SKILL.md": skill("direct"),
      "category/one/SKILL.md": skill("one"),
      "category/two/SKILL.md": skill("two"),
      "category/two/inner/SKILL.md": skill("inner"),
      ".hidden/three/SKILL.md": skill("three"),
    });
    symlinkSync(join(elsewhere, "linked"), join(folder, "link"));
    symlinkSync(folder, join(folder, "category", "loop"));
    symlinkSync("self", join(folder, "self"));
    symlinkSync("nowhere", join(folder, "nowhere-link"));
    expect(names(folder)).toEqual(["one", "two", "direct", "linked"]);
  });

  it("that is none is told in plain words", () => {
    const folder = folderOf({ file: "x" });
    expect(() => readSkills(join(folder, "none"))).toThrow(/none cannot be read: there is no such file or folder$/);
    expect(() => readSkills(join(folder, "file"))).toThrow(/file cannot be read: a part of its path is not a folder$/);
  });

  it("may be written by any editor: with a byte order mark, in UTF-16, in the code page of a country", () => {
    const folder = folderOf({
      "a/SKILL.md": `\uFEFF${skill("a")}`.replaceAll("\n", "\r\n"),
      "b/SKILL.md": Buffer.from(`\uFEFF${skill("b")}`, "utf16le"),
      "c/SKILL.md": Buffer.from(skill("c"), "latin1"),
    });
    expect(readSkills(folder).map(({ description }) => description)).toEqual(["Prüft a.", "Prüft b.", "Prüft c."]);
  });

  it("without one is refused", () => {
    expect(() => readSkills(folderOf({ "a/b/c/d/SKILL.md": skill("deep") }))).toThrow(/holds no SKILL\.md/);
  });
});
