/** 100 swarms, opened, run and closed in one process, leave no descriptor, thread, file or memory behind; and the process ends. */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

const MAIN = join(import.meta.dirname, "many-swarms", "main.ts");
/** The engine's own caches grow a little; what 100 swarms hold while they are open is many times as much. */
const HEAP_BYTES = 4 * 2 ** 20;

interface Sight {
  files: number;
  threads: number;
  heap: number;
}

test.runIf(process.platform === "linux")("100 swarms leave nothing behind", { timeout: 180_000 }, async () => {
  const folder = temporaryFolder();
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", MAIN, folder, "100"], {
    env: { ...process.env, TMPDIR: temporary, NODE_OPTIONS: "" },
    timeout: 170_000,
  });
  const { before, after } = JSON.parse(stdout) as { before: Sight; after: Sight };
  expect(after.files).toBe(before.files);
  expect(after.threads).toBe(before.threads);
  expect(after.heap - before.heap).toBeLessThan(HEAP_BYTES);
  expect(readdirSync(temporary)).toEqual([]);
});
