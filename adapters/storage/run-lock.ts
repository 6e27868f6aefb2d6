/**
 * One process a run: a lock that the operating system takes back when its holder dies, `kill -9` included. It is an exclusive
 * transaction on a small SQLite file of its own; who holds it stands beside it, for the message only.
 *
 * 1. A folder in which there is nothing but the lock, and an index of documents, goes with the lock: who is refused leaves nothing behind.
 * 2. So who has waited for a lock may have one whose file is gone: it is taken again.
 */
import { readdirSync, readFileSync, rmdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { SwarmError } from "../../state/errors.ts";
import { databaseError } from "./database.ts";
import { PRIVATE_FILE, privateFile, privateFolder } from "./private-files.ts";

export interface RunLock {
  release(): void;
}

const LOCK_FILE = "lock.sqlite";
const HOLDER_FILE = "holder.json";
/** What there may be before a run begins. */
const OF_NO_RUN = new RegExp(`^(?:${LOCK_FILE}|${HOLDER_FILE}|documents\\.sqlite)`);

/** Who meets others that are refused as often has met something else. */
const MOST_TRIES = 50;

/** Throws SwarmError RUN_HELD where another process works on the run, HOME_UNUSABLE where its lock cannot be taken. */
export function lockRun(folder: string, runId: string): RunLock {
  for (let tried = 1; ; tried += 1) {
    const lock = tryToLock(folder, { runId, isLast: tried === MOST_TRIES });
    if (lock !== undefined) return lock;
  }
}

/** Undefined: the file was taken away meanwhile. Its number is nobody else's for as long as it is open here. */
function tryToLock(folder: string, { runId, isLast }: { runId: string; isLast: boolean }): RunLock | undefined {
  const holder = join(folder, HOLDER_FILE);
  const file = join(folder, LOCK_FILE);
  let database: Database.Database | undefined;
  try {
    privateFolder(folder);
    privateFile(file);
    const { ino } = statSync(file);
    // Long enough for one who only asks whether the run is held.
    database = new Database(file, { timeout: 300 });
    database.exec("BEGIN EXCLUSIVE");
    if (statSync(file).ino !== ino) throw new Error(`${file} was taken away`);
    const since = new Date().toISOString();
    writeFileSync(holder, `${JSON.stringify({ pid: process.pid, host: hostname(), since })}\n`, { mode: PRIVATE_FILE });
    const held = database;
    return { release: () => release(held, folder) };
  } catch (error) {
    database?.close();
    const failure = databaseError(error, file);
    if (failure.code === "DATABASE_CORRUPT" || isFolder(file)) throw damagedLock(file, runId, error);
    // What is taken away meanwhile fails in many ways.
    if (failure.code !== "DATABASE_LOCKED" && !isLast) return undefined;
    if (failure.code !== "DATABASE_LOCKED") throw failure;
    throw new SwarmError("RUN_HELD", `run ${runId} is being worked on by ${holderOf(holder)}`, {
      next: "wait for it, or stop it; the run is free as soon as that process is gone",
      cause: error,
    });
  }
}

function release(held: Database.Database, folder: string): void {
  if (held.open) removeUnbegun(folder);
  held.close();
}

/** While it is held: what another process puts there keeps the folder. */
function removeUnbegun(folder: string): void {
  try {
    const names = readdirSync(folder);
    if (!names.every((name) => OF_NO_RUN.test(name))) return;
    for (const name of names) unlinkSync(join(folder, name));
    rmdirSync(folder);
  } catch {
    // It is in use, or gone.
  }
}

/** A process that works on the run has not written this: there is none. */
function damagedLock(file: string, runId: string, cause: unknown): SwarmError {
  return new SwarmError("HOME_UNUSABLE", `${file} is no lock of ours, and nothing else is kept in it`, {
    cause,
    next: `remove it, then: glasshive resume ${runId}`,
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function holderOf(file: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(file, "utf8")) as Record<string, string | number>;
    return `process ${pid} on ${host} since ${since}`;
  } catch {
    return "another process";
  }
}

/** Whether some process works on the run now. It asks with a reader's lock, so that none of many that ask is taken for a holder. */
export function isRunLocked(folder: string): boolean {
  let database: Database.Database | undefined;
  try {
    database = new Database(join(folder, "lock.sqlite"), { timeout: 0, fileMustExist: true });
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    return databaseError(error, folder).code === "DATABASE_LOCKED";
  } finally {
    database?.close();
  }
}
