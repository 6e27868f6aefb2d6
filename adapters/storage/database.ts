/**
 * The home's one SQLite file: a process reads it on one connection, which the checkpointer and the store share, and writes it on
 * another, in a thread of its own. Owns the pragmas and the translation of SQLite's errors; owns no table.
 *
 * 1. What `commit` resolved survives a crash of this process: WAL, each batch one transaction. (A crash of the whole machine
 *    may take the last batches, never tear one; the journal is flushed to the disk itself.)
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { sleepSync } from "../clock/system-clock.ts";
import { codeOf, describeError, reasonOf, SwarmError } from "../../state/errors.ts";
import { privateFile, privateFolder } from "./private-files.ts";
import { refuseIrregular } from "./regular-files.ts";

export type SqliteDatabase = Database.Database;
export type SqliteStatement = Database.Statement;

export const DATABASE_FILE = "glasshive.db";
/** What lies in a home, and in no other folder that somebody may name for one. */
const OWN_ENTRIES = /^(glasshive\.db|runs$|heads\.jsonl$)/;
/** How long a writer waits for another process before it says that the database is locked. */
export const BUSY_TIMEOUT_MS = 5000;
const BETWEEN_TRIES_MS = 5;
const BETWEEN_LOOKS_MS = 50;

/** Opens (and creates) the database of a home. Throws SwarmError HOME_UNUSABLE, DATABASE_LOCKED or DATABASE_CORRUPT. */
export function openDatabase(home: string, busyMs = BUSY_TIMEOUT_MS): SqliteDatabase {
  try {
    privateFolder(home, OWN_ENTRIES);
  } catch (error) {
    throw new SwarmError("HOME_UNUSABLE", `the home ${home} cannot be used: ${reasonOf(error)}`, {
      cause: error,
      next: FAILURES.HOME_UNUSABLE.next,
    });
  }
  const file = join(home, DATABASE_FILE);
  try {
    return connect(file, busyMs);
  } catch (error) {
    throw databaseError(error, file);
  }
}

/** The error that a home's database is, looked at without a change to it; undefined: there is none, or no such database. */
export function databaseDamage(home: string): SwarmError | undefined {
  const file = join(home, DATABASE_FILE);
  try {
    look(file);
    return undefined;
  } catch (error) {
    return failureOf(error) === "DATABASE_CORRUPT" ? databaseError(error, file) : undefined;
  }
}

/** Throws what SQLite throws. The log is left as it is: a last writer that closes takes it into the database, with three flushes. */
function look(file: string): void {
  refuseIrregular(file);
  const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
  } finally {
    database.close();
  }
}

/**
 * Throws what SQLite throws. Of two processes that open a new home's database at once, SQLite refuses one the change to WAL without
 * a wait, whatever the timeout (each could be waiting for the other): that one tries again.
 */
export function connect(file: string, busyMs = BUSY_TIMEOUT_MS): SqliteDatabase {
  const giveUpAt = performance.now() + busyMs;
  for (;;) {
    try {
      return connectOnce(file, busyMs);
    } catch (error) {
      if (failureOf(error) !== "DATABASE_LOCKED" || performance.now() >= giveUpAt) throw error;
      sleepSync(BETWEEN_TRIES_MS);
    }
  }
}

/**
 * Waits for a home's database that another process has locked, so that nothing else of this one waits with it, signals least:
 * `openDatabase` stands still for as long. Throws SwarmError DATABASE_LOCKED; whatever else is wrong, `openDatabase` says.
 */
export async function databaseUnlocked(home: string): Promise<void> {
  const file = join(home, DATABASE_FILE);
  const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
  while (existsSync(file)) {
    try {
      return look(file);
    } catch (error) {
      if (failureOf(error) !== "DATABASE_LOCKED") return;
      if (performance.now() >= giveUpAt) throw databaseError(error, file);
      await setTimeout(BETWEEN_LOOKS_MS);
    }
  }
}

function connectOnce(file: string, busyMs: number): SqliteDatabase {
  refuseIrregular(file);
  privateFile(file);
  const database = new Database(file, { timeout: busyMs });
  try {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const FAILURES = {
  DATABASE_LOCKED: {
    what: "is locked by another process",
    next: "wait for the other process (a run that stopped: then glasshive resume), or give another --home",
  },
  DATABASE_CORRUPT: {
    what: "is damaged or not a database",
    next: "restore it from a backup, or move it away and start a new home; the run folders with journals and answers are not touched",
  },
  HOME_UNUSABLE: { what: "cannot be opened", next: "give another folder with --home or GLASSHIVE_HOME" },
  STORAGE_FAILED: { what: "cannot be written", next: "make room on the disk, then: glasshive resume" },
};

/** The SwarmError that an error of SQLite stands for. */
export function databaseError(error: unknown, file: string): SwarmError {
  const failure = failureOf(error);
  const { what, next } = FAILURES[failure];
  return new SwarmError(failure, `the database ${file} ${what}: ${describeError(error)}`, { cause: error, next });
}

function failureOf(error: unknown): keyof typeof FAILURES {
  const code = codeOf(error) ?? "";
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return "DATABASE_LOCKED";
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return "DATABASE_CORRUPT";
  if (/^(SQLITE_(CANTOPEN|READONLY|PERM|AUTH)|E(ACCES|PERM|ROFS|NOENT|ISDIR|NOTDIR|NXIO))/.test(code))
    return "HOME_UNUSABLE";
  return "STORAGE_FAILED";
}
