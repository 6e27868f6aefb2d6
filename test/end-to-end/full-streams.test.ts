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
    const script = `set -o pipefail; "$@" ${redirected}`;
    const child = spawn("bash", ["-c", script, "bash", process.execPath, COMMAND, ...words], {
      cwd: folder,
      stdio: "ignore",
    });
    expect(await once(child, "exit")).toEqual([0, null]);
    const place = join(folder, "home", "runs", "r");
    const result = JSON.parse(readFileSync(join(place, "result.json"), "utf8")) as RunResult;
    expect(result).toMatchObject({ status: "complete", coverage: { done: 1 } });
    expect(readFileSync(join(place, "answer.md"), "utf8")).toContain("40 litres");
  },
  30_000,
);
