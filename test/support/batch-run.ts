/** A batch in a folder of its own, with a few documents: its file, the command on it, and what it has written. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BatchSummary, SummaryRow } from "../../app/batch/summary.ts";
import { commandHere, type CommandOutcome } from "./run-command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface BatchFolder {
  folder: string;
  /** Where the batch is written to. */
  out: string;
  /** Writes the rows as JSON Lines, or a text as it is; returns the words of the command. */
  args: (rows: readonly object[] | string, more?: readonly string[], name?: string) => string[];
  /** `glasshive batch` on the rows, in this process. */
  batch: (rows: readonly object[] | string, more?: readonly string[], name?: string) => Promise<CommandOutcome>;
  summary: () => BatchSummary;
  row: (id: string) => SummaryRow;
  /** The lines of the journal of a run, as objects. */
  journal: (run: string) => Record<string, unknown>[];
}

/** `folder`: one that the caller removes. */
export function batchFolder(folder = temporaryFolder()): BatchFolder {
  mkdirSync(join(folder, "docs"));
  writeFileSync(join(folder, "docs", "notes.md"), "The capital of France is Paris. The capital of Spain is Madrid.\n");
  const out = join(folder, "out");
  const args: BatchFolder["args"] = (rows, more = [], name = "rows.jsonl") => {
    const text = typeof rows === "string" ? rows : rows.map((row) => JSON.stringify(row)).join("\n");
    writeFileSync(join(folder, name), text);
    return ["batch", join(folder, name), "--out", out, "--docs", join(folder, "docs"), ...more];
  };
  const summary = (): BatchSummary => JSON.parse(readFileSync(join(out, "summary.json"), "utf8")) as BatchSummary;
  return {
    ...{ folder, out, args, summary },
    batch: (...given) => commandHere(args(...given), { cwd: folder }),
    row: (id) => {
      const row = summary().results.find((one) => one.id === id);
      if (row === undefined) throw new Error(`the summary has no row ${id}`);
      return row;
    },
    journal: (run) =>
      readFileSync(join(out, "runs", run, "journal.jsonl"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
