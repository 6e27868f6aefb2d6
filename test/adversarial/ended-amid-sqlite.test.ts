/** A process that ends while a thread of it is amid a call of SQLite: the call ends first, and the exit code is the process's own. */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

const GATE = fileURLToPath(new URL("../../adapters/process/thread-gate.ts", import.meta.url));
const SQLITE = import.meta.resolve("better-sqlite3");

/** Each piece of work is one call of some milliseconds, then leaves a file. */
const THREAD = `
import { writeFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import Database from ${JSON.stringify(SQLITE)};
import { passing } from ${JSON.stringify(GATE)};
const database = new Database(":memory:");
const count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT count(*) FROM n";
const work = (name) => passing(workerData.gate, () => {
  writeFileSync(name + ".begun", "");
  database.prepare(count).get();
  writeFileSync(name, "");
});
work("first");
work("second");
parentPort.postMessage("done");
`;

const PROCESS = (end: string): string => `
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { newGate } from ${JSON.stringify(GATE)};
const worker = new Worker(new URL("./thread.mjs", import.meta.url), { workerData: { gate: newGate() } });
const look = setInterval(() => { if (existsSync("first.begun")) { clearInterval(look); ${end} } }, 1);
`;

it.each([
  ["at once", "process.exit(130)", 130],
  ["by an error that nobody catches", 'throw new Error("unforeseen")', 1],
])("%s", (_, end, code) => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "thread.mjs"), THREAD);
  writeFileSync(join(cwd, "process.mjs"), PROCESS(end));
  const { status, signal } = spawnSync(process.execPath, ["process.mjs"], { cwd, encoding: "utf8" });
  expect([status, signal]).toEqual([code, null]);
  expect(existsSync(join(cwd, "first"))).toBe(true);
  expect(existsSync(join(cwd, "second.begun"))).toBe(false);
});
