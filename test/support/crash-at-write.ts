/**
 * A preload for a child process (`--import`): strikes at writes to the journal, the database or a file, as
 * GLASSHIVE_TEST_FAULT says. The product knows nothing of it. Targets: `journal`, `database`, or the name of a file that is
 * written whole.
 * - `MOMENT:TARGET:N` ends the process with SIGKILL at the N-th write: `before` it, `torn` (half of it is written), or `after`
 *   (it is on the disk, and nobody has heard of it yet).
 * - `full:TARGET:N` writes half of it and says that the disk is full, from then on each time.
 * - `each` stops at every moment of every write until the parent has looked (see moments.ts): the thread says
 *   `MOMENT:TARGET:N WHAT` on descriptor 3 (4: a worker) and waits for a byte on it.
 */
import fs from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import workerThreads from "node:worker_threads";
import Database from "better-sqlite3";

type Moment = "before" | "torn" | "after";
type Transaction = (work: (...args: unknown[]) => unknown) => (...args: unknown[]) => unknown;

interface Write {
  target: string;
  number: number;
  /** Kinds of the journal's lines. */
  what: string;
}

const fault = process.env["GLASSHIVE_TEST_FAULT"];
const [strike, struck, nth] = fault?.split(":") ?? [];
const isEach = strike === "each";
/** Files that are written beside their place and renamed, `.NAME.PID`, where each is looked at. */
const WHOLE_FILES = ["answer.md", "result.json", "log.md", "data.json"];

if (isEach || struck === "journal") await armJournal();
if (isEach || struck === "database") armDatabase();
if (isEach) armFiles(WHOLE_FILES);
else if (struck !== undefined && struck !== "journal" && struck !== "database") armFiles([struck]);

function counter(target: string): (what?: string) => Write {
  let number = 0;
  return (what = "") => ({ target, number: (number += 1), what });
}

function at(moment: Moment, { target, number, what }: Write): void {
  if (isEach) showMoment(`${moment}:${target}:${number} ${what}`);
  else if (strike === moment && number === Number(nth)) die();
}

function showMoment(name: string): void {
  const descriptor = workerThreads.isMainThread ? 3 : 4;
  fs.writeSync(descriptor, `${name}\n`);
  fs.readSync(descriptor, Buffer.alloc(1));
}

const isFull = ({ number }: Write): boolean => strike === "full" && number >= Number(nth);
const isTorn = ({ number }: Write): boolean => isEach || (strike === "torn" && number === Number(nth));

function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;);
}

function diskFull(): never {
  throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
}

/** Nothing but the journal appends to an open file; others are flushed as well. */
async function armJournal(): Promise<void> {
  const some = await open(import.meta.filename);
  const handles = Object.getPrototypeOf(some) as { datasync: (this: FileHandle) => Promise<void> };
  await some.close();
  const { datasync } = handles;
  const { appendFileSync } = fs;
  const begin = counter("journal");
  const writes = new Map<number, Write>();
  fs.appendFileSync = (file, data, options) => {
    if (typeof file !== "number") return appendFileSync(file, data, options);
    const text = String(data);
    const write = begin(kindsIn(text));
    writes.set(file, write);
    at("before", write);
    const middle = Math.ceil(text.length / 2);
    if (!isFull(write) && !isTorn(write)) return appendFileSync(file, text);
    appendFileSync(file, text.slice(0, middle));
    if (isFull(write)) diskFull();
    at("torn", write);
    appendFileSync(file, text.slice(middle));
  };
  syncBuiltinESMExports();
  handles.datasync = async function (this: FileHandle) {
    await datasync.call(this);
    const write = writes.get(this.fd);
    if (write !== undefined) at("after", write);
  };
}

function kindsIn(text: string): string {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { kind: string }).kind)
    .join("+");
}

/** The thread that writes the database is struck, which loads no preload of its process: it is started with this one. */
function armDatabase(): void {
  const { Worker } = workerThreads;
  workerThreads.Worker = class extends Worker {
    constructor(file: string | URL, options: workerThreads.WorkerOptions = {}) {
      super(file, { ...options, execArgv: [...(options.execArgv ?? []), "--import", import.meta.url] });
    }
  };
  syncBuiltinESMExports();
  const begin = counter("database");
  const prototype = Database.prototype as unknown as { transaction: Transaction };
  const { transaction } = prototype;
  prototype.transaction = function (this: typeof prototype, work) {
    const run = transaction.call(this, work);
    return (...args) => {
      const write = begin();
      at("before", write);
      if (isFull(write)) throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
      const result = run(...args);
      at("after", write);
      return result;
    };
  };
}

function armFiles(names: readonly string[]): void {
  const { writeFileSync, renameSync } = fs;
  const begin = new Map(names.map((name) => [name, counter(name)]));
  const drafts = new Map<string, Write>();
  fs.writeFileSync = (file, data, options) => {
    const name = names.find((one) => String(file).includes(`.${one}.`));
    if (name === undefined) return writeFileSync(file, data, options);
    const write = begin.get(name)!();
    drafts.set(String(file), write);
    at("before", write);
    if (isFull(write) || isTorn(write)) {
      writeFileSync(file, String(data).slice(0, String(data).length / 2), options);
      if (isFull(write)) diskFull();
      at("torn", write);
    }
    writeFileSync(file, data, options);
  };
  fs.renameSync = (from, to) => {
    renameSync(from, to);
    const write = drafts.get(String(from));
    if (write !== undefined) at("after", write);
  };
  syncBuiltinESMExports();
}
