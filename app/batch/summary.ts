/**
 * What a batch has come to, as it is written into its folder: `summary.json` and `summary.csv` for programs, `batch.json` for who
 * checks that its runs are the ones that it had (docs/guide/batches.md).
 */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { provedRows } from "../../engine/policy/audit/merkle.ts";
import type { BatchView } from "../../engine/policy/batch/ledger.ts";
import { exitOf } from "../../engine/policy/batch/row-outcome.ts";
import { ROW_CLASSES, type BatchCaps, type RowClass, type RowOutcome } from "../../state/batch.ts";
import { cutTo, oneLine } from "../../state/plain-text.ts";
import { addUsage, type Amounts, NO_USAGE, type Usage } from "../../state/usage.ts";
import { EXIT } from "../cli/exit-codes.ts";
import { ANSWER_FILE, JOURNAL_FILE, runFolder } from "../runs/run-folder.ts";
import type { RowReport } from "./batch.ts";
import type { LineProblem } from "./read-rows.ts";

const LONGEST_TASK = 300;

export interface SummaryRow extends RowOutcome {
  id: string;
  /** Of the batch's file. */
  line: number;
  task: string;
  identity: string;
  /** Null: it has had no run. */
  run: string | null;
  /** Files of the run, where they are there, relative to the folder of the batch. */
  answer: string | null;
  journal: string | null;
}

export interface BatchSummary {
  version: 1;
  /** Of the command. */
  exitCode: number;
  /** Rows by class, and lines that are none. */
  rows: Record<RowClass, number> & { total: number; refused: number };
  caps: BatchCaps;
  /** All that was ever spent into the folder, by runs of rows that have changed too. */
  spent: Amounts;
  /** Of the rows as they stand. */
  usage: Usage;
  workedMs: number;
  /** Of the tree over the heads of the rows' journals. */
  root: string;
  problems: LineProblem[];
  results: SummaryRow[];
}

export interface Facts {
  reports: readonly RowReport[];
  problems: LineProblem[];
  caps: BatchCaps;
  spent: Amounts;
  view: BatchView;
  interrupted: boolean;
  home: string;
}

export function summaryOf({ reports, problems, caps, spent, view, interrupted, home }: Facts): BatchSummary {
  const results = reports.map(({ row: { id, line, task, identity }, run, outcome }) => ({
    id,
    line,
    run,
    answer: fileOf(home, run, ANSWER_FILE),
    journal: fileOf(home, run, JOURNAL_FILE),
    task: cutTo(oneLine(task), LONGEST_TASK),
    identity: identity.identity,
    ...outcome,
  }));
  const counts = Object.fromEntries(
    ROW_CLASSES.map((name) => [name, results.filter(({ class: kind }) => kind === name).length]),
  ) as Record<RowClass, number>;
  return {
    version: 1,
    exitCode: interrupted ? EXIT.interrupted : exitCodeOf(results, problems),
    rows: { total: results.length, ...counts, refused: problems.length },
    caps,
    spent,
    usage: results.map(({ usage }) => usage).reduce(addUsage, NO_USAGE),
    workedMs: view.workedMs,
    root: recordOf(results, view).root,
    problems,
    results,
  };
}

function fileOf(home: string, run: string | null, name: string): string | null {
  if (run === null) return null;
  const file = join(runFolder(home, run), name);
  return existsSync(file) ? relative(home, file).replaceAll("\\", "/") : null;
}

/** The exit code of the worst row; a line that could not be run is wrong usage. */
function exitCodeOf(results: readonly SummaryRow[], problems: readonly LineProblem[]): number {
  const ends = new Set<keyof typeof EXIT>(results.map(exitOf));
  if (problems.length > 0) ends.add("usage");
  const worst = (["failed", "usage", "paused", "partial"] as const).find((end) => ends.has(end));
  return EXIT[worst ?? "complete"];
}

/** What `batch.json` holds: the tree of RFC 6962 over the heads of the journals that there are, and for each row its proof. */
export function recordOf(results: readonly SummaryRow[], { head }: BatchView) {
  const { root, rows } = provedRows(results);
  return { version: 1, root, ledger: { head: head.hash, lines: head.seq }, rows };
}

const COLUMNS: Record<string, (row: SummaryRow) => string | number | null> = {
  id: ({ id }) => id,
  line: ({ line }) => line,
  class: (row) => row.class,
  evidence: ({ evidence }) => evidence,
  status: ({ status }) => status,
  done: ({ coverage }) => coverage?.["done"] ?? null,
  total: ({ coverage }) => coverage?.["total"] ?? null,
  steps: ({ usage }) => usage.steps,
  modelCalls: ({ usage }) => usage.modelCalls,
  inputTokens: ({ usage }) => usage.inputTokens,
  cachedInputTokens: ({ usage }) => usage.cachedInputTokens,
  outputTokens: ({ usage }) => usage.outputTokens,
  usd: ({ usage }) => usage.usd,
  wallMs: ({ wallMs }) => wallMs,
  citations: ({ citations }) => citations.total,
  citationsVerified: ({ citations }) => citations.verified,
  task: ({ task }) => task,
  run: ({ run }) => run,
  answer: ({ answer }) => answer,
  journal: ({ journal }) => journal,
  identity: ({ identity }) => identity,
  head: ({ head }) => head,
};

/** RFC 4180, with a header row. */
export function* csvOf(results: readonly SummaryRow[]): Generator<string> {
  yield `${Object.keys(COLUMNS).join(",")}\r\n`;
  for (const row of results)
    yield `${Object.values(COLUMNS)
      .map((of) => csvField(of(row)))
      .join(",")}\r\n`;
}

/** A text that a spreadsheet would take for a formula is marked as a text. */
function csvField(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
