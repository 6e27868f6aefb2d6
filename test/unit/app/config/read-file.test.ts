import { execFileSync, spawn } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
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

async function* onInput(content: string | Uint8Array) {
  yield Buffer.from(content);
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
  it.each(Object.entries(FORMS))("is read %s", async (_, write) => {
    expect(readDataFile(file("a.json", write(JSON.stringify(DATA, null, 2))), "the plan", "PLAN_INVALID")).toEqual(
      DATA,
    );
    expect(readDataFile(file("a.yaml", write(`task: ${DATA.task}\n`)), "the plan", "PLAN_INVALID")).toEqual(DATA);
    expect(readTextFile(file("a.txt", write(DATA.task)), "the task file", "USAGE")).toBe(DATA.task);
    expect(await readTask(onInput(write(DATA.task)))).toBe(DATA.task);
  });

  it("is refused in words: tabs in YAML, no text, an encoding that cannot be told", async () => {
    const refused = (name: string, content: string | Uint8Array, says: RegExp): void =>
      expect(() => readDataFile(file(name, content), "the plan", "PLAN_INVALID")).toThrow(says);
    refused("a.yaml", "task: x\nsubtasks:\n\t- id: a\n", /line 3 is indented with a tab, and YAML takes spaces alone/);
    refused("a.yaml", Uint8Array.of(0, 1, 2, 3), /the plan .*a\.yaml cannot be read: it is not text/);
    refused("a.json", Uint8Array.of(0x7b, 0x22, 0x94, 0xe1, 0x22, 0x7d), /cannot be told; save it as UTF-8/);
    const task = readTask(onInput(Uint8Array.of(0, 1, 2)));
    await expect(task).rejects.toThrow("the task on standard input cannot be read: it is not text");
  });

  it("is refused in words where it is a folder, too large, or YAML that would take minutes", () => {
    const reading = (path: string) => () => readDataFile(path, "the plan", "PLAN_INVALID");
    expect(reading(temporaryFolder())).toThrow(/the plan .* cannot be read: it is a folder$/);
    const large = file("a.json", "{}");
    truncateSync(large, 5 * 1024 ** 3);
    expect(reading(large)).toThrow(/cannot be read: it has more than 67108864 bytes$/);
    expect(reading(file("a.yaml", `task: ${"x".repeat(4_000_000)}`))).toThrow(/is not JSON, and YAML is read up to/);
    expect(reading(file("a", JSON.stringify({ task: "x".repeat(4_000_000) })))()).toEqual({
      task: "x".repeat(4_000_000),
    });
  });

  it("is read no further than its limit where it never ends", async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(1_000_000, "x");
    }
    await expect(readTask(endless())).rejects.toThrow("standard input cannot be read: it has more than 67108864 bytes");
    if (process.platform === "win32") return;
    expect(() => readTextFile("/dev/zero", "the task file", "USAGE")).toThrow("it has more than 67108864 bytes");
  });

  it.skipIf(process.platform === "win32")("may be a pipe, that somebody writes to", () => {
    const pipe = join(temporaryFolder(), "pipe");
    execFileSync("mkfifo", [pipe]);
    spawn("sh", ["-c", `(sleep 0.3; printf 'task: '; sleep 0.3; echo late) > '${pipe}'`]);
    expect(readDataFile(pipe, "the plan", "PLAN_INVALID")).toEqual({ task: "late" });
    expect(() => readDataFile(pipe, "the plan", "PLAN_INVALID")).toThrow(
      `the plan ${pipe} cannot be read: it is a pipe that nobody writes to`,
    );
  });
});
