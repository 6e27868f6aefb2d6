import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDataFile, readTextFile } from "../../../../app/config/read-file.ts";
import { readTask } from "../../../../app/config/run-settings.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

function file(name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

const DATA = { task: "Wie groß ist die Pumpe?" };
const FORMS = {
  "with a byte order mark": (text: string) => `\uFEFF${text}`,
  "in UTF-16": (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le"),
  "in UTF-16 without a mark": (text: string) => Buffer.from(text, "utf16le"),
  "in Windows-1252": (text: string) => Buffer.from(text, "latin1"),
  "with Windows line ends": (text: string) => text.replaceAll("\n", "\r\n"),
};

describe("a file that a person names", () => {
  it.each(Object.entries(FORMS))("is read %s", (_, write) => {
    expect(readDataFile(file("a.json", write(JSON.stringify(DATA, null, 2))), "the plan", "PLAN_INVALID")).toEqual(
      DATA,
    );
    expect(readDataFile(file("a.yaml", write(`task: ${DATA.task}\n`)), "the plan", "PLAN_INVALID")).toEqual(DATA);
    expect(readTextFile(file("a.txt", write(DATA.task)), "the task file", "USAGE")).toBe(DATA.task);
    expect(readTask(Buffer.from(write(DATA.task)))).toBe(DATA.task);
  });

  it("is refused in words: tabs in YAML, no text, an encoding that cannot be told", () => {
    const refused = (name: string, content: string | Uint8Array, says: RegExp): void =>
      expect(() => readDataFile(file(name, content), "the plan", "PLAN_INVALID")).toThrow(says);
    refused("a.yaml", "task: x\nsubtasks:\n\t- id: a\n", /line 3 is indented with a tab, and YAML takes spaces alone/);
    refused("a.yaml", Uint8Array.of(0, 1, 2, 3), /the plan .*a\.yaml cannot be read: it is no text/);
    refused("a.json", Uint8Array.of(0x7b, 0x22, 0x94, 0xe1, 0x22, 0x7d), /cannot be told; save it as UTF-8/);
    expect(() => readTask(Uint8Array.of(0, 1, 2))).toThrow("the task on standard input cannot be read: it is no text");
  });
});
