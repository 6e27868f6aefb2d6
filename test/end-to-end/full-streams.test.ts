/** Standard output and error that take no more: the run goes on and its files are whole. Through the real command. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { RunResult } from "../../state/run-result.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const COMMAND = fileURLToPath(new URL("../../bin/glasshive.mjs", import.meta.url));

/** What a shell's command comes to, in which `"$@"` is `glasshive` with these words. */
async function shell(script: string, words: readonly string[], cwd: string): Promise<unknown[]> {
  const child = spawn("bash", ["-c", `set -o pipefail; ${script}`, "bash", process.execPath, COMMAND, ...words], {
    cwd,
    stdio: "ignore",
  });
  return once(child, "exit");
}

it.skipIf(process.platform !== "linux")(
  "what stands in no file fails with standard output, not with its reader",
  async () => {
    const home = temporaryFolder();
    expect(await shell(`"$@" >/dev/full`, ["runs", "--json", "--home", home], home)).toEqual([1, null]);
    expect(await shell(`"$@" >/dev/full`, ["--help"], home)).toEqual([1, null]);
    expect(await shell(`"$@" | true`, ["runs", "--json", "--home", home], home)).toEqual([0, null]);
  },
);

it.skipIf(process.platform !== "linux").each([
  ["a full disk", ">/dev/full 2>/dev/full"],
  ["closed streams", ">&- 2>&-"],
  ["readers that are gone", "2>&1 | true"],
])(
  "%s",
  async (_, redirected) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "pump.md"), "The pump P-7 delivers 40 litres a minute.\n");
    const words = ["run", "What does the pump deliver?", "--docs", "pump.md", "--id", "r", "--home", "home"];
    expect(await shell(`"$@" ${redirected}`, words, folder)).toEqual([0, null]);
    const place = join(folder, "home", "runs", "r");
    const result = JSON.parse(readFileSync(join(place, "result.json"), "utf8")) as RunResult;
    expect(result).toMatchObject({ status: "complete", coverage: { done: 1 } });
    expect(readFileSync(join(place, "answer.md"), "utf8")).toContain("40 litres");
  },
  30_000,
);
