/** The id of a run, and its folder: journal, result, answer, document index. Names are the contract's ("Result"). */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "../../adapters/storage/private-files.ts";
import { reasonOf, SwarmError } from "../../state/errors.ts";
import type { BeginOptions } from "../../engine/runtime/run/run.ts";
import type { RunResult } from "../../state/run-result.ts";
import { resultJson } from "./result-on-record.ts";

export const RUNS_FOLDER = "runs";
export const RESULT_FILE = "result.json";
export const ANSWER_FILE = "answer.md";
export const JOURNAL_FILE = "journal.jsonl";
export const SETTINGS_FILE = "run.json";
export const DOCUMENT_INDEX_FILE = "documents.sqlite";
/** What the run was told of those that it asks on about: documents beside its own. */
export const EARLIER_FOLDER = "earlier";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARACTERS = 10;
const CHANCE_CHARACTERS = 16;

/** Sortable by time, unique, safe as a file name. The form of ULIDs (48 bits of time, 80 of chance, Crockford's base 32). */
export function newRunId(now: number): string {
  let time = "";
  for (let rest = now, index = 0; index < TIME_CHARACTERS; index += 1, rest = Math.floor(rest / 32)) {
    time = `${ALPHABET[rest % 32]}${time}`;
  }
  const chance = [...randomBytes(CHANCE_CHARACTERS)].map((byte) => ALPHABET[byte % 32]).join("");
  return `${time}${chance}`;
}

/** What a person may name a run: ids become folder names, and are typed. */
export const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;
export const RUN_ID_RULE = "1 to 128 letters, digits, '.', '_', '~' or '-', beginning with a letter or digit";

export function unknownRun(runId: string): SwarmError {
  return new SwarmError("RUN_UNKNOWN", `there is no run ${runId}`, { next: "see: glasshive runs" });
}

/** Where a run's files are. Thread ids of an embedding program may hold anything: what is no plain name is written as in a URL. */
export function runFolder(home: string, runId: string): string {
  const name = encodeURIComponent(runId).replace(/^\.+/, (dots) => "%2E".repeat(dots.length));
  return join(home, RUNS_FOLDER, name);
}

/**
 * Writes a file whole or not at all; `name` may lead through folders. `newerThan`: its time is later than that file's, even where
 * the clock was set back. Throws SwarmError STORAGE_FAILED.
 */
export function writeWhole(
  folder: string,
  name: string,
  text: string | Iterable<string>,
  more: { newerThan?: string } = {},
): void {
  const draft = join(folder, dirname(name), `.${basename(name)}.${process.pid}`);
  try {
    mkdirSync(join(folder, dirname(name)), { recursive: true, mode: PRIVATE_FOLDER });
    writePieces(draft, typeof text === "string" ? [text] : text);
    if (more.newerThan !== undefined) makeNewer(draft, join(folder, more.newerThan));
    renameSync(draft, join(folder, name));
  } catch (error) {
    rmSync(draft, { force: true });
    throw new SwarmError("STORAGE_FAILED", `${join(folder, name)} cannot be written: ${reasonOf(error)}`, {
      cause: error,
      next: "make room, mend the permissions, or move away what is in its place, then: glasshive resume",
    });
  }
}

/** Characters that are joined for one write. */
const BATCH_CHARACTERS = 4_000_000;

function writePieces(file: string, pieces: Iterable<string>): void {
  let flag = "w";
  const write = (text: string): void => {
    writeFileSync(file, text, { flag, flush: true, mode: PRIVATE_FILE });
    flag = "a";
  };
  let batch: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    batch.push(piece);
    length += piece.length;
    if (length < BATCH_CHARACTERS) continue;
    write(batch.join(""));
    [batch, length] = [[], 0];
  }
  if (length > 0 || flag === "w") write(batch.join(""));
}

function makeNewer(file: string, other: string): void {
  const before = statSync(other, { throwIfNoEntry: false })?.mtimeMs;
  const now = statSync(file).mtimeMs;
  if (before !== undefined && now <= before) utimesSync(file, before / 1000, (before + 2) / 1000);
}

/** Throws as `writeWhole` does. */
export function writeResult(folder: string, result: RunResult, more: { newerThan?: string } = {}): void {
  writeWhole(folder, RESULT_FILE, lines(result), more);
}

function* lines(result: RunResult): Generator<string> {
  yield* resultJson(result, 2);
  yield "\n";
}

/** Writes result and answer into the run's folder, where there is one. Returns the result with its place. */
export function keepResult(folder: string | undefined, result: RunResult): RunResult {
  const artifacts = folder === undefined ? result.artifacts.map((one) => ({ ...one, path: null })) : result.artifacts;
  const kept = { ...result, artifacts, runDir: folder ?? null };
  if (folder !== undefined) {
    writeWhole(folder, ANSWER_FILE, kept.answer);
    writeResult(folder, kept, { newerThan: SETTINGS_FILE });
  }
  return kept;
}

/** A program's run has no settings of the command line: it is listed and shown all the same. */
export function describeRun(
  folder: string,
  { runId, task, run, plan, cwd, agents }: { runId: string; cwd: string; agents: object } & Partial<BeginOptions>,
  now: number,
): void {
  if (existsSync(join(folder, SETTINGS_FILE))) return;
  const createdAt = new Date(now).toISOString();
  const about = { runId, createdAt, task, cwd, agents, run, plan: plan ?? undefined, isEmbedded: true };
  writeWhole(folder, SETTINGS_FILE, `${JSON.stringify(about, null, 2)}\n`);
}
