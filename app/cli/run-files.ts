/**
 * Files of a run, read back: `run.json`, what another process needs to continue it (it holds no key), and its result. And what lies
 * among the runs of a home.
 */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readRegular } from "../../adapters/storage/regular-files.ts";
import { codeOf, reasonOf, SwarmError } from "../../state/errors.ts";
import { cutTo, uriDecoded } from "../../state/plain-text.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { RunSettings } from "../config/run-settings.ts";
import { lastHashIn } from "../runs/heads.ts";
import {
  JOURNAL_FILE,
  newRunId,
  RESULT_FILE,
  RUN_ID,
  RUN_ID_RULE,
  RUNS_FOLDER,
  runFolder,
  SETTINGS_FILE,
  unknownRun,
  writeWhole,
} from "../runs/run-folder.ts";
import type { Flags } from "./home.ts";
import { fieldOf } from "../../state/is-record.ts";

export function saveSettings(home: string, settings: RunSettings): void {
  const text = `${JSON.stringify(settings, null, 2)}\n`;
  writeWhole(runFolder(home, settings.runId), SETTINGS_FILE, text, { newerThan: RESULT_FILE });
}

/** The run has not begun after all. */
export function forgetSettings(home: string, runId: string): void {
  rmSync(join(runFolder(home, runId), SETTINGS_FILE), { force: true });
}

/** The id of the run, as named, or a new one. Throws SwarmError USAGE. */
export function runIdOf({ id = newRunId(Date.now()) }: Flags): string {
  if (RUN_ID.test(id)) return id;
  throw new SwarmError("USAGE", `"${id.slice(0, 60)}" is not a valid run id`, { next: RUN_ID_RULE });
}

export function hasRun(home: string, runId: string): boolean {
  return existsSync(join(runFolder(home, runId), SETTINGS_FILE));
}

export function runExists(home: string, { runId, task }: RunSettings): SwarmError {
  const before = hasRun(home, runId) ? loadSettings(home, runId).task : task;
  const [then, now] = [before, task].map((text) => JSON.stringify(cutTo(text, 120)));
  const how = before === task ? "" : `: it was asked ${then}, and now ${now}`;
  return new SwarmError("RUN_EXISTS", `there is a run ${runId} already${how}`, {
    next: `continue it with: glasshive resume ${runId}, or choose another --id`,
  });
}

/** Refuses a run that another one cannot go on from, in the words of who wants to. Throws SwarmError USAGE. */
export function refuseUnfit(
  { runId, isEmbedded, run }: RunSettings,
  { elsewhere, empty }: { elsewhere: string; empty: string },
): void {
  if (isEmbedded === true) throw embedded(runId, elsewhere);
  if (run.dryRun)
    throw new SwarmError("USAGE", `run ${runId} was a dry run: ${empty}`, { next: "run it first, without --dry-run" });
}

export function embedded(runId: string, next: string): SwarmError {
  return new SwarmError("USAGE", `run ${runId} was begun by a program that embeds the swarm`, { next });
}

/** Throws SwarmError RUN_UNKNOWN, or STORAGE_FAILED where the file is damaged. */
export function loadSettings(home: string, runId: string): RunSettings {
  const file = join(runFolder(home, runId), SETTINGS_FILE);
  if (!hasRun(home, runId)) throw existsSync(join(dirname(file), JOURNAL_FILE)) ? lost(runId, file) : unknownRun(runId);
  try {
    const settings: RunSettings = JSON.parse(readRegular(file).toString());
    const [task, createdAt, run] = ["task", "createdAt", "run"].map((name) => fieldOf(settings, name));
    if (typeof task === "string" && typeof createdAt === "string" && run !== undefined) return settings;
    throw new Error("it does not say what the run is");
  } catch (error) {
    throw new SwarmError("STORAGE_FAILED", `run ${runId} is damaged: ${file} cannot be read: ${reasonOf(error)}`, {
      cause: error,
      next: `restore it from a copy, or remove ${dirname(file)}`,
    });
  }
}

function lost(runId: string, file: string): SwarmError {
  return new SwarmError("STORAGE_FAILED", `run ${runId} is damaged: it has a journal, and ${file} is gone`, {
    next: `restore it from a copy, or begin again under another --id; the answer, if there was one, is in ${dirname(file)}`,
  });
}

/**
 * The run's result, where no later work has outdated it: its settings are written anew whenever it is continued, and its journal goes on.
 * A copy of a home may have other times than the home. Undefined as well where the file cannot be read: journal and database say more.
 */
export function currentResult(home: string, runId: string): RunResult | undefined {
  const folder = runFolder(home, runId);
  try {
    const written = statSync(join(folder, RESULT_FILE)).mtimeMs;
    const begun = statSync(join(folder, SETTINGS_FILE), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const result = readResult(home, runId);
    if (written < begun && lastHashIn(join(folder, JOURNAL_FILE)) !== result.journalHead) return undefined;
    const [coverage, status] = [fieldOf(result, "coverage"), fieldOf(result, "status")];
    return coverage !== undefined && status !== undefined && Array.isArray(result.interrupts) ? result : undefined;
  } catch {
    return undefined;
  }
}

export function readResult(home: string, runId: string): RunResult {
  const file = join(runFolder(home, runId), RESULT_FILE);
  try {
    return JSON.parse(readRegular(file).toString());
  } catch (error) {
    throw new SwarmError("STORAGE_FAILED", `the result ${file} cannot be read: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** What lies among the runs of a home: a run by its id, or something else, and why it is none. */
export interface HomeEntry {
  id: string;
  problem?: string;
}

/** Everything in a home's folder of runs but hidden files. What is no run hinders no other. Throws SwarmError USAGE. */
export function listRuns(home: string): HomeEntry[] {
  const folder = join(home, RUNS_FOLDER);
  const isThere = existsSync(folder);
  const names = namesIn(isThere ? folder : home, home).filter((name) => !name.startsWith("."));
  return isThere ? names.filter((name) => !isUnbegun(join(folder, name))).map((name) => entryOf(home, name)) : [];
}

/** Throws SwarmError USAGE where the home, or what is to hold its runs, is no folder that can be read. */
function namesIn(folder: string, home: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
  } catch (error) {
    const why = codeOf(error) === "ENOTDIR" ? "is not a folder" : `cannot be read: ${reasonOf(error)}`;
    throw new SwarmError("USAGE", `the home ${home} cannot be used: ${folder} ${why}`, {
      cause: error,
      next: "name another with --home or GLASSHIVE_HOME",
    });
  }
}

/** What is there before a run begins: its lock and the index of its documents. It was refused, or killed before. */
const BEFORE_IT_BEGINS = /^(?:lock\.sqlite|holder\.json|documents\.sqlite|contents$|earlier$)/;

function isUnbegun(place: string): boolean {
  try {
    const names = readdirSync(place);
    return names.length > 0 && names.every((name) => BEFORE_IT_BEGINS.test(name));
  } catch {
    return false;
  }
}

function entryOf(home: string, name: string): HomeEntry {
  const place = join(home, RUNS_FOLDER, name);
  const problem = (why: string): HomeEntry => ({ id: name, problem: `${why}; move or remove ${place}` });
  const id = uriDecoded(name);
  if (runFolder(home, id) !== place) return problem("its name is not that of a run's folder");
  try {
    if (!statSync(place).isDirectory()) return problem("it is not a folder");
    if (!readdirSync(place).includes(SETTINGS_FILE)) return problem(`it has no ${SETTINGS_FILE}`);
    return { id };
  } catch (error) {
    return problem(`it cannot be read (${reasonOf(error)})`);
  }
}
