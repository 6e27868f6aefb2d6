/**
 * One process a run: a lock that the operating system takes back when its holder dies, `kill -9` included. It is an exclusive
 * transaction on a small SQLite file of its own; who holds it stands beside it, for the message only.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { SwarmError } from "../../state/errors.ts";
import { databaseError } from "./database.ts";
import { PRIVATE_FILE, privateFile, privateFolder } from "./private-files.ts";

export interface RunLock {
  release(): void;
}

/** Throws SwarmError RUN_HELD where another process works on the run, HOME_UNUSABLE where its lock cannot be taken. */
export function lockRun(folder: string, runId: string): RunLock {
  const holder = join(folder, "holder.json");
  const file = join(folder, "lock.sqlite");
  let database: Database.Database | undefined;
  try {
    privateFolder(folder);
    privateFile(file);
    // Long enough for one who only asks whether the run is held.
    database = new Database(file, { timeout: 300 });
    database.exec("BEGIN EXCLUSIVE");
    writeFileSync(
      holder,
      `${JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() })}\n`,
      { mode: PRIVATE_FILE },
    );
  } catch (error) {
    database?.close();
    const failure = databaseError(error, file);
    if (failure.code === "DATABASE_CORRUPT" || isFolder(file)) throw damagedLock(file, runId, error);
    if (failure.code !== "DATABASE_LOCKED") throw failure;
    throw new SwarmError("RUN_HELD", `run ${runId} is being worked on by ${holderOf(holder)}`, {
      next: "wait for it, or stop it; the run is free as soon as that process is gone",
      cause: error,
    });
  }
  const held = database;
  return { release: () => void held.close() };
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
