/** All that is on record of a run, read without disturbing a process that works on it. */
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { startThread } from "../../adapters/process/start-thread.ts";
import { openContents } from "../../adapters/storage/content-store.ts";
import { DATABASE_FILE } from "../../adapters/storage/database.ts";
import { inHomeStorage } from "../../adapters/storage/home-storage.ts";
import { journalLines } from "../../adapters/storage/journal-file.ts";
import { isRunLocked } from "../../adapters/storage/run-lock.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import type { RunView } from "../../engine/journal/run-view.ts";
import { RecordedRun } from "../../engine/policy/answer/recorded-run.ts";
import { resultSoFar, withParallelism } from "../../engine/policy/answer/so-far.ts";
import { parallelismReport } from "../../engine/policy/report/parallelism.ts";
import type { Board } from "../../engine/ports/board.ts";
import { codeOf, describeError, SwarmError } from "../../state/errors.ts";
import type { Coverage } from "../../state/outcome.ts";
import type { Plan } from "../../state/plan.ts";
import type { ParallelismReport, RunResult, RunStatus } from "../../state/run-result.ts";
import type { RunSettings } from "../config/run-settings.ts";
import { refuseShortened } from "../runs/heads.ts";
import { changedMembers } from "../runs/result-on-record.ts";
import { ANSWER_FILE, JOURNAL_FILE, runFolder, RUNS_FOLDER, writeResult, writeWhole } from "../runs/run-folder.ts";
import { databaseLost, namingLeft, readJournal, viewOf } from "../runs/run-journal.ts";
import { RunStore } from "../runs/run-store.ts";
import type { JournalPart } from "./journal-check.ts";
import { currentResult, listRuns, loadSettings, type HomeEntry } from "./run-files.ts";
import { TERMINAL } from "./terminal.ts";

export interface RunRecord {
  overview: RunOverview;
  settings: RunSettings;
  plan: Plan | undefined;
  view: RunView;
  /** As far as it came. */
  parallelism: ParallelismReport;
  /** As written at the end; else as far as it came. */
  result: RunResult;
}

interface Looking {
  /** By this process, which has not opened it. */
  isHeld?: boolean;
  /** Told of every line of the journal, in order. */
  each?: (line: JournalLine) => void;
}

/** Throws SwarmError RUN_UNKNOWN, JOURNAL_BROKEN and what a damaged database throws. */
export async function readRunRecord(
  home: string,
  runId: string,
  { isHeld = false, each }: Looking = {},
): Promise<RunRecord> {
  const settings = loadSettings(home, runId);
  const found = runOverview(home, runId);
  const view = await readLongJournal(home, runId, each);
  const recorded = new RecordedRun(view, openContents(runFolder(home, runId)));
  const isRunning = found.status === "running" && !isHeld;
  const board = await known({ home, runId, view, isRunning }, recorded);
  const plan = board.plan();
  const parallelism = parallelismReport(view, plan);
  const current = isRunning ? undefined : currentResult(home, runId);
  const end = isRunning || current !== undefined || !view.isClosed ? undefined : board.end();
  const ended = end === undefined ? undefined : remade(home, { ...end, journalHead: view.head.hash }, parallelism);
  const overview = ended === undefined ? found : standing(found, ended);
  const written = current ?? ended;
  if (written !== undefined) return { overview, settings, plan, view, parallelism, result: written };
  const { task, model = "offline" } = settings;
  const asked = { runId, task, model, status: "paused" as const, interrupts: [], runDir: overview.runDir };
  return { overview, settings, plan, view, parallelism, result: resultSoFar(asked, view, board) };
}

/** What is shorter is checked before a thread has begun. */
const LONG_BYTES = 8 << 20;

/** As `readJournal`. Of a long one another thread checks the lines while they are taken in here. */
async function readLongJournal(home: string, runId: string, each?: Looking["each"]): Promise<RunView> {
  const file = join(runFolder(home, runId), JOURNAL_FILE);
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes < LONG_BYTES) return readJournal(home, runId, each);
  const checked = checkedHead({ runId, file, bytes });
  try {
    const view = viewOf(runId, journalLines(file, bytes), each, { isChecked: true });
    if ((await checked) === view.head.hash) return view;
  } catch (error) {
    // What does not hold may be anything.
    if ((await checked) !== null) throw error;
  }
  return readJournal(home, runId);
}

/** The hash of its last line. Null: it does not hold, or there is no thread that says so. */
async function checkedHead(part: JournalPart): Promise<string | null> {
  try {
    const thread = startThread("journal-check", { base: import.meta.url, data: { ...part } });
    const ended = once(thread, "exit").then(() => [null]);
    const [hash]: (string | null)[] = await Promise.race([once(thread, "message"), ended]);
    return hash ?? null;
  } catch {
    return null;
  }
}

/** Says so where the result is not the one with which the journal ends. */
export function tellMisfit(home: string, result: RunResult, view: RunView): void {
  if (changedMembers(runFolder(home, result.runId), result, view).length === 0) return;
  TERMINAL.note(
    `the result of run ${result.runId} is not the one that its journal ends with: it was changed; see: glasshive audit verify ${result.runId}`,
  );
}

interface Reading {
  home: string;
  runId: string;
  view: RunView;
  isRunning: boolean;
}

type Known = Pick<Board, "plan" | "result"> & { end: () => RunResult | undefined };

/**
 * What the journal says, held against the database where there is one, and in a home that can only be read against the heads there; that of
 * a release that put less on record is completed from the database. Throws SwarmError DATABASE_CORRUPT where that is gone.
 */
async function known(reading: Reading, recorded: RecordedRun): Promise<Known> {
  const { home, runId, view } = reading;
  const isLost = recorded.plan() === undefined && view.plans.size > 0;
  const board = await fromDatabase(reading).catch((error: unknown) => {
    if (isLost || codeOf(error) !== "HOME_UNUSABLE") throw error;
    refuseShortened(home, runId, view.head);
    return undefined;
  });
  if (!isLost) return recorded;
  if (board === undefined) throw databaseLost(home, runId, view);
  return board;
}

/** Undefined: there is none that knows the run. Closed again, it answers from memory. */
async function fromDatabase({ home, runId, view, isRunning }: Reading): Promise<Known | undefined> {
  if (!existsSync(join(home, DATABASE_FILE))) return undefined;
  try {
    return await inHomeStorage(home, async ({ store }) => {
      const run = new RunStore(runId, { home, store });
      if (view.head.seq > 0 && !(await run.hasBegun())) return undefined;
      // A process that works on it has told the database of lines that it wrote since.
      if (!isRunning) await run.check(view);
      const board = await openBoard(store, runId, openContents(runFolder(home, runId)));
      const end = await run.endOf(board);
      return { plan: () => board.plan(), result: (id) => board.result(id), end: () => end };
    });
  } catch (error) {
    throw namingLeft(error, home, runId);
  }
}

/** The result of a run that has ended, where its file does not say so: it is written anew. */
function remade(home: string, end: RunResult, parallelism: ParallelismReport): RunResult {
  const runDir = runFolder(home, end.runId);
  const result = withParallelism({ ...end, runDir }, parallelism);
  try {
    writeWhole(runDir, ANSWER_FILE, result.answer);
    writeResult(runDir, result);
  } catch {
    // It is known all the same.
  }
  return result;
}

/** How a run stands, for a list: from its folder alone, no database opened. */
export interface RunOverview {
  runId: string;
  /**
   * `running`: some process works on it; `interrupted`: none does, and it has not ended; `damaged`: its files cannot be read, or
   * it is no run at all.
   */
  status: RunStatus | "running" | "interrupted" | "damaged";
  createdAt: string;
  task: string;
  coverage: Coverage | null;
  /** It was planned, and nothing of it is to run. */
  isDry?: boolean;
  runDir: string;
  /** Of a damaged one: what is wrong, and what to do. */
  problem?: string;
}

function runOverview(home: string, runId: string): RunOverview {
  const { task, createdAt, run } = loadSettings(home, runId);
  const runDir = runFolder(home, runId);
  const about = { runId, createdAt, task, runDir, ...(run.dryRun ? { isDry: true } : {}) };
  if (isRunLocked(runDir)) return { ...about, status: "running", coverage: null };
  const result = currentResult(home, runId);
  if (result === undefined) return { ...about, status: "interrupted", coverage: null };
  return standing(about, result);
}

function standing(about: Omit<RunOverview, "status" | "coverage">, result: RunResult): RunOverview {
  const { status, coverage, interrupts } = result;
  return { ...about, status: status === "paused" && interrupts.length === 0 ? "interrupted" : status, coverage };
}

/** All that lies in a home, newest first; what is damaged comes last. */
export function homeOverview(home: string): RunOverview[] {
  const found = listRuns(home).map((entry) => overviewOf(home, entry));
  return found.toSorted(
    (one, other) => other.createdAt.localeCompare(one.createdAt) || other.runId.localeCompare(one.runId),
  );
}

function overviewOf(home: string, { id, problem }: HomeEntry): RunOverview {
  const none = { runId: id, status: "damaged" as const, createdAt: "", task: "", coverage: null };
  if (problem !== undefined) return { ...none, runDir: join(home, RUNS_FOLDER, id), problem };
  try {
    return runOverview(home, id);
  } catch (error) {
    const next = error instanceof SwarmError && error.next !== undefined ? `; ${error.next}` : "";
    return { ...none, runDir: runFolder(home, id), problem: `${describeError(error)}${next}` };
  }
}
