/** All that is on record of a run, read without disturbing a process that works on it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_FILE } from "../../adapters/storage/database.ts";
import { openHomeStorage } from "../../adapters/storage/home-storage.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { buildResult } from "../../engine/answer/build-result.ts";
import { sharedReportOf } from "../../engine/answer/shared-report.ts";
import { foldJournal } from "../../engine/journal/fold.ts";
import { readLines } from "../../engine/journal/open-journal.ts";
import { parallelismReport } from "../../engine/report/parallelism.ts";
import type { DocumentsReport } from "../../state/left-out.ts";
import type { JournalLine } from "../../state/journal-line.ts";
import type { ParallelismReport } from "../../state/parallelism.ts";
import type { Plan } from "../../state/plan.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { RunSettings } from "../config/run-settings.ts";
import { JOURNAL_FILE, runFolder } from "../runs/run-folder.ts";
import { currentResult } from "./result-file.ts";
import { runOverview, type RunOverview } from "./run-overview.ts";
import { loadSettings } from "./run-settings-file.ts";

export interface RunRecord {
  overview: RunOverview;
  settings: RunSettings;
  plan: Plan | undefined;
  lines: JournalLine[];
  /** As far as it came. */
  parallelism: ParallelismReport;
  /** As written at the end; else as far as it came. */
  result: RunResult;
}

/** Throws SwarmError RUN_UNKNOWN, JOURNAL_BROKEN and what a damaged database throws. */
export async function readRunRecord(home: string, runId: string): Promise<RunRecord> {
  const settings = loadSettings(home, runId);
  const overview = runOverview(home, runId);
  const lines = readJournal(join(overview.runDir, JOURNAL_FILE), runId);
  const board = existsSync(join(home, DATABASE_FILE)) ? await boardOf(home, runId) : undefined;
  const plan = board?.plan();
  const parallelism = parallelismReport(lines, plan);
  const written = overview.status === "running" ? undefined : currentResult(home, runId);
  if (written !== undefined) return { overview, settings, plan, lines, parallelism, result: written };
  const facts = foldJournal(lines);
  const result = buildResult({
    ...{
      runId,
      task: settings.task,
      plan,
      answer: "",
      model: settings.model ?? "offline",
      runDir: runFolder(home, runId),
    },
    ...{ status: "paused" as const, usage: facts.spent, wallMs: facts.workedMs, interrupts: [] },
    lookup: (id) => board?.result(id),
    citations: { total: 0, verified: 0, broken: [] },
    documents: documentsOnRecord(lines),
    shared: sharedReportOf(lines),
  });
  return { overview, settings, plan, lines, parallelism, result };
}

/** Runs of earlier releases have no more than a number on record. */
function documentsOnRecord(lines: readonly JournalLine[]): DocumentsReport | undefined {
  const noted = lines.find(({ kind }) => kind === "run-start")?.data["documents"];
  return typeof noted === "object" && noted !== null ? (noted as DocumentsReport) : undefined;
}

async function boardOf(home: string, runId: string) {
  const storage = openHomeStorage(home);
  try {
    return await openBoard(storage.store, runId);
  } finally {
    await storage.close();
  }
}

/** A last line without its end is still being written. */
function readJournal(file: string, runId: string): JournalLine[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  return readLines(
    text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .slice(0, -1),
    runId,
  );
}
