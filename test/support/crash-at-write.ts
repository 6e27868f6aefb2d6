/**
 * A preload for a child process (`--import`): strikes at the n-th write to the journal, the database or a file, as
 * GLASSHIVE_TEST_FAULT says: `STRIKE:TARGET:N`. The product knows nothing of it.
 * Strikes: `before` and `after` end the process with SIGKILL around the write (`after`: it is on the disk, and nobody has
 * heard of it yet); `torn` does so when half of it is written; `full` writes half and says that the disk is full, from
 * then on each time. Targets: `journal`, `database`, or the name of a file that is written whole.
 */
import fs from "node:fs";
import { open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import workerThreads from "node:worker_threads";
import Database from "better-sqlite3";

type Strike = "before" | "torn" | "after" | "full";
type Transaction = (work: (...args: unknown[]) => unknown) => (...args: unknown[]) => unknown;

const fault = process.env["GLASSHIVE_TEST_FAULT"];
if (fault !== undefined) await arm(...(fault.split(":") as [Strike, string, string]));

async function arm(strike: Strike, target: string, number: string): Promise<void> {
  let writes = 0;
  const isStruck = (): boolean => {
    writes += 1;
    return strike === "full" ? writes >= Number(number) : writes === Number(number);
  };
  if (target === "journal") await armJournal(strike, isStruck);
  else if (target === "database") armDatabase(strike, isStruck);
  else armFile(strike, target, isStruck);
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;);
}

function diskFull(): never {
  throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
}

/** Nothing but the journal appends through a file handle. */
async function armJournal(strike: Strike, isStruck: () => boolean): Promise<void> {
  const some = await open(import.meta.filename);
  const handles = Object.getPrototypeOf(some) as {
    appendFile: (this: unknown, text: string) => Promise<void>;
    datasync: (this: unknown) => Promise<void>;
  };
  await some.close();
  const { appendFile, datasync } = handles;
  let isNext = false;
  handles.appendFile = async function (text) {
    isNext = isStruck();
    if (!isNext) return appendFile.call(this, text);
    if (strike === "before") die();
    if (strike === "after") return appendFile.call(this, text);
    await appendFile.call(this, text.slice(0, Math.ceil(text.length / 2)));
    return strike === "torn" ? die() : diskFull();
  };
  handles.datasync = async function () {
    await datasync.call(this);
    if (isNext) die();
  };
}

/** The thread that writes the database is struck, which loads no preload of its process: it is started with this one. */
function armDatabase(strike: Strike, isStruck: () => boolean): void {
  const { Worker } = workerThreads;
  workerThreads.Worker = class extends Worker {
    constructor(file: string | URL, options: workerThreads.WorkerOptions = {}) {
      super(file, { ...options, execArgv: [...(options.execArgv ?? []), "--import", import.meta.url] });
    }
  };
  syncBuiltinESMExports();
  const prototype = Database.prototype as unknown as { transaction: Transaction };
  const { transaction } = prototype;
  prototype.transaction = function (this: typeof prototype, work) {
    const run = transaction.call(this, work);
    return (...args) => {
      const isNow = isStruck();
      if (isNow && strike === "before") die();
      if (isNow && strike === "full")
        throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
      const result = run(...args);
      if (isNow) die();
      return result;
    };
  };
}

/** Files that are written beside their place and renamed: `.NAME.PID`. */
function armFile(strike: Strike, name: string, isStruck: () => boolean): void {
  const { writeFileSync, renameSync } = fs;
  fs.writeFileSync = (file, data, options) => {
    if (!String(file).includes(`.${name}.`) || !isStruck()) return writeFileSync(file, data, options);
    if (strike === "before") die();
    if (strike === "after") return writeFileSync(file, data, options);
    writeFileSync(file, String(data).slice(0, String(data).length / 2), options);
    return strike === "torn" ? die() : diskFull();
  };
  fs.renameSync = (from, to) => {
    renameSync(from, to);
    if (strike === "after" && String(to).endsWith(`/${name}`)) die();
  };
  syncBuiltinESMExports();
}
