/**
 * One process a run: a lock that the operating system takes back when its holder dies, `kill -9` included. It is an exclusive
 * transaction on a small SQLite file of its own; who holds it stands beside it, for the message only.
 *
 * 1. A folder in which there is nothing but the lock, and an index of documents, goes with the lock: who is refused leaves nothing behind.
 * 2. So who has waited for a lock may have one whose file is gone: it is taken again.
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { sleepSync } from "../clock/system-clock.ts";
import { SwarmError } from "../../state/errors.ts";
import { databaseError } from "./database.ts";
import { PRIVATE_FILE, privateFile, privateFolder } from "./private-files.ts";
import { readRegular } from "./regular-files.ts";

export interface RunLock {
  release(): void;
}

const LOCK_FILE = "lock.sqlite";
const HOLDER_FILE = "holder.json";
/** What there may be before a run begins. */
const OF_NO_RUN = new RegExp(`^(?:${LOCK_FILE}|${HOLDER_FILE}|documents\\.sqlite)`);

/**
 * Linux gives the number of a deleted file to the next one unless somebody has it open. Who has opened the path alone
 * (`O_PATH`, open(2)) keeps the number, and takes no lock of the process along when it closes. Elsewhere numbers are not used again.
 */
const PATH_ONLY = 0o1000_0000;

/** What fails in the same way so often in a row is no work of another process. */
const MOST_OF_ONE_FAILURE = 20;
const MOST_TRIES = 200;
const MOST_MS_BETWEEN_TRIES = 10;

/** Throws SwarmError RUN_HELD where another process works on the run, HOME_UNUSABLE where its lock cannot be taken. */
export function lockRun(folder: string, runId: string): RunLock {
  let last: SwarmError | undefined;
  for (let tried = 1, alike = 1; ; tried += 1) {
    const locked = tryToLock(folder, runId);
    if (!(locked instanceof SwarmError)) return locked;
    alike = locked.message === last?.message ? alike + 1 : 1;
    last = locked;
    if (alike === MOST_OF_ONE_FAILURE) throw locked;
    if (tried === MOST_TRIES) throw heldRun(folder, runId, locked);
    sleepSync(Math.random() * MOST_MS_BETWEEN_TRIES);
  }
}

/** A SwarmError: what may be otherwise at the next try, since a folder that is taken away meanwhile fails in many ways. */
function tryToLock(folder: string, runId: string): RunLock | SwarmError {
  const file = join(folder, LOCK_FILE);
  let database: Database.Database | undefined;
  let pin: FilePin | undefined;
  try {
    privateFolder(folder);
    privateFile(file);
    pin = pinFile(file);
    // Long enough for one who only asks whether the run is held.
    database = new Database(file, { timeout: 300 });
    database.exec("BEGIN EXCLUSIVE");
    if (statSync(file).ino !== pin.ino) throw new TakenAway();
    noteHolder(join(folder, HOLDER_FILE));
    const held = database;
    return { release: () => release(held, folder) };
  } catch (error) {
    database?.close();
    if (error instanceof TakenAway) return heldRun(folder, runId, error);
    const failure = databaseError(error, file);
    if (failure.code === "DATABASE_CORRUPT" || isIrregular(file)) throw damagedLock(file, runId, error);
    if (failure.code === "DATABASE_LOCKED") throw heldRun(folder, runId, error);
    return failure;
  } finally {
    pin?.release();
  }
}

/** Another process had the lock meanwhile, and its folder went with it. */
class TakenAway extends Error {}

interface FilePin {
  readonly ino: number;
  release(): void;
}

/** The number of the file, which no other file has until the release. */
function pinFile(path: string): FilePin {
  if (process.platform !== "linux") return { ino: statSync(path).ino, release: () => undefined };
  const handle = openSync(path, PATH_ONLY);
  return { ino: fstatSync(handle).ino, release: () => closeSync(handle) };
}

function heldRun(folder: string, runId: string, cause: unknown): SwarmError {
  return new SwarmError("RUN_HELD", `run ${runId} is being worked on by ${holderOf(join(folder, HOLDER_FILE))}`, {
    next: "wait for it, or stop it; the run is free as soon as that process is gone",
    cause,
  });
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
  return new SwarmError("HOME_UNUSABLE", `${file} is not a lock of ours, and nothing else is kept in it`, {
    cause,
    next: `remove it, then: glasshive resume ${runId}`,
  });
}

function isIrregular(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === false;
}

/** For the message alone: what cannot be written there hinders nobody. */
function noteHolder(file: string): void {
  const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  try {
    rmSync(file, { force: true });
    writeFileSync(file, `${JSON.stringify(holder)}\n`, { mode: PRIVATE_FILE, flag: "wx" });
  } catch {
    // Who is refused is told of another process.
  }
}

function holderOf(file: string): string {
  try {
    const { pid, host, since }: Record<string, string | number> = JSON.parse(readRegular(file).toString());
    return `process ${pid} on ${host} since ${since}`;
  } catch {
    return "another process";
  }
}

/** Whether some process works on the run now. It asks with a reader's lock, so that none of many that ask is taken for a holder. */
export function isRunLocked(folder: string): boolean {
  let database: Database.Database | undefined;
  try {
    database = new Database(join(folder, LOCK_FILE), { timeout: 0, fileMustExist: true });
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    return databaseError(error, folder).code === "DATABASE_LOCKED";
  } finally {
    database?.close();
  }
}
