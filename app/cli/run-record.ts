/** All that is on record of a run, read without disturbing a process that works on it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_FILE, databaseUnlocked } from "../../adapters/storage/database.ts";
import { openHomeStorage } from "../../adapters/storage/home-storage.ts";
import { openContents } from "../../adapters/storage/content-store.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { resultDigest } from "../../engine/policy/audit/result-problems.ts";
import { buildResult } from "../../engine/policy/answer/build-result.ts";
import { sharedReportOf } from "../../engine/runtime/artifacts/shared-report.ts";
import { recordedPlan } from "../../engine/journal/recorded-messages.ts";
import { workedMs, type RunView } from "../../engine/journal/run-view.ts";
import { parallelismReport } from "../../engine/policy/report/parallelism.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import type { ParallelismReport } from "../../state/parallelism.ts";
import type { Plan } from "../../state/plan.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { RunSettings } from "../config/run-settings.ts";
import type { Board, Contents } from "../../engine/ports/board.ts";
import { endOnRecord } from "../runs/run-store.ts";
import { ANSWER_FILE, runFolder, writeResult, writeWhole } from "../runs/run-folder.ts";
import { checkRecords, databaseLost, namingLeft, readJournal } from "../runs/run-journal.ts";
import { runOverview, standing, type RunOverview } from "./run-overview.ts";
import { currentResult, loadSettings } from "./run-files.ts";

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
  const view = readJournal(home, runId, each);
  const isRunning = found.status === "running" && !isHeld;
  const { board, ended, next } = await fromDatabase({ home, runId, view, isRunning });
  const overview = ended === undefined || isRunning ? found : standing(found, ended);
  const plan = next?.plan ?? board?.plan();
  const parallelism = parallelismReport(view, plan);
  const written = isRunning ? undefined : (currentResult(home, runId) ?? ended);
  if (written !== undefined) return { overview, settings, plan, view, parallelism, result: written };
  const result = buildResult({
    ...{
      runId,
      task: settings.task,
      plan,
      answer: "",
      model: settings.model ?? "offline",
      runDir: runFolder(home, runId),
    },
    ...{ status: "paused" as const, usage: view.spending.spent, wallMs: workedMs(view), interrupts: [] },
    lookup: (id) => (next?.dropped.has(id) === true ? undefined : board?.result(id)),
    citations: { total: 0, verified: 0, broken: [] },
    documents: view.start?.documents,
    redacted: view.redacted,
    parent: view.start?.parent ?? null,
    shared: sharedReportOf(view),
  });
  return { overview, settings, plan, view, parallelism, result };
}

/** What is to be said of a result file that is not the one with which the journal ends; undefined: it is, or the run has not ended. */
export function misfitOf(result: RunResult, { end, isClosed }: RunView): string | undefined {
  if (!isClosed || end === undefined || resultDigest(result) === end.digest) return undefined;
  return `the result of run ${result.runId} is not the one that its journal ends with: it was changed; see: glasshive audit verify ${result.runId}`;
}

interface Reading {
  home: string;
  runId: string;
  view: RunView;
  isRunning: boolean;
}

interface Found {
  board?: Board;
  /** Where the run has ended and its result file does not say so: the result, which is written anew. */
  ended?: RunResult;
  /** A plan that is on record and not on the board yet, and the subtasks whose results do not stay with it. */
  next?: { plan: Plan; dropped: ReadonlySet<string> } | undefined;
}

async function fromDatabase(reading: Reading): Promise<Found> {
  try {
    return await readDatabase(reading);
  } catch (error) {
    throw namingLeft(error, reading.home, reading.runId);
  }
}

async function readDatabase({ home, runId, view, isRunning }: Reading): Promise<Found> {
  const written = currentResult(home, runId);
  if (!existsSync(join(home, DATABASE_FILE))) {
    if (view.head.seq > 0 && written === undefined) throw databaseLost(home, runId, view);
    return {};
  }
  await databaseUnlocked(home);
  const storage = openHomeStorage(home);
  try {
    const { store } = storage;
    // A process that works on it has told the database of lines that it wrote since.
    if (!isRunning) await checkRecords({ home, store, runId, view });
    const contents = openContents(runFolder(home, runId));
    const board = await openBoard(store, runId, contents);
    const next = nextPlan(board, contents, view);
    if (isRunning || written !== undefined || !view.isClosed) return { board, next };
    const end = await endOnRecord(store, board, runId);
    return end === undefined
      ? { board }
      : { board, ended: remade(home, { ...end, journalHead: view.head.hash }, parallelismReport(view, board.plan())) };
  } finally {
    await storage.close();
  }
}

function nextPlan(board: Board, contents: Contents, { plans }: RunView): Found["next"] {
  const newest = [...plans.values()].at(-1);
  if (newest?.content === undefined || newest.version <= (board.plan()?.version ?? 0)) return undefined;
  return { plan: recordedPlan(contents, newest.content), dropped: new Set(newest.dropped) };
}

function remade(home: string, end: RunResult, parallelism: ParallelismReport): RunResult {
  const runDir = runFolder(home, end.runId);
  const result = { ...end, parallelism, runDir, timing: { ...end.timing, criticalSteps: parallelism.criticalSteps } };
  try {
    writeWhole(runDir, ANSWER_FILE, result.answer);
    writeResult(runDir, result);
  } catch {
    // It is known all the same.
  }
  return result;
}
