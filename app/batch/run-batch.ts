/** A batch from its file to what is written about it. Owns the order of things: nothing begins before all lines have been looked at. */
import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { SYSTEM_CLOCK } from "../../adapters/clock/system-clock.ts";
import type { BatchCaps, RowClass } from "../../state/batch.ts";
import { SwarmError } from "../../state/errors.ts";
import type { Interruption } from "../cli/interruption.ts";
import { shareUntracedRoot } from "../cli/untraced-root.ts";
import type { RunConfig } from "../config/run-config.ts";
import { homeHeads, publishHead, type HeadPlaces } from "../runs/heads.ts";
import { writeWhole } from "../runs/run-folder.ts";
import { readSigningKey } from "../runs/signatures.ts";
import { Batch } from "./batch.ts";
import { BATCH_FILES, inBatch, refuseOwnFile, type OpenBatch } from "./ledger-file.ts";
import { pageOf } from "./page.ts";
import { prepareRows, type PreparedRows } from "./prepare-rows.ts";
import { BatchProgress, tellProblems } from "./progress.ts";
import { formatOf, readRows } from "./read-rows.ts";
import { csvOf, recordOf, summaryOf, type BatchSummary } from "./summary.ts";

export interface AskedBatch {
  flags: Record<string, unknown>;
  /** The options of the command, for each row that does not say otherwise. */
  config: RunConfig;
  /** Undefined: standard input. */
  file: string | undefined;
  /** What it holds. */
  text: string;
  cwd: string;
  /** The folder of the batch: the home of its runs. */
  home: string;
  caps: BatchCaps;
  parallel: number;
  retry: ReadonlySet<RowClass>;
  /** The summary is one JSON object: no lines about progress beside it. */
  isJson: boolean;
  interruption: Interruption;
  keep: () => void;
}

/** Throws SwarmError USAGE where no line can be run, RUN_HELD, JOURNAL_BROKEN, STORAGE_FAILED. */
export async function runBatch(asked: AskedBatch): Promise<BatchSummary> {
  const { file, text, home, config, cwd, flags, caps } = asked;
  const name = file === undefined ? "standard input" : file;
  if (file !== undefined) refuseOwnFile(file, home);
  const read = readRows(text, formatOf(file === undefined ? "" : basename(file), text));
  const given = { flags, config, file, cwd, home, maxUsd: caps.maxUsd, now: SYSTEM_CLOCK.now() };
  const prepared = await prepareRows(read, given);
  tellProblems(prepared.problems);
  if (prepared.rows.length === 0) throw nothingToRun(name, prepared.problems.length > 0);
  return inBatch(home, (open) => work(asked, prepared, open));
}

function nothingToRun(name: string, isRefused: boolean): SwarmError {
  if (isRefused) return new SwarmError("USAGE", `no line of ${name} can be run`);
  return new SwarmError("USAGE", `there are no rows in ${name}`, {
    next: 'one line is one run: {"id": "…", "task": "…"}, and any option of a run',
  });
}

async function work(
  asked: AskedBatch,
  { rows, problems }: PreparedRows,
  { storage, ledger }: OpenBatch,
): Promise<BatchSummary> {
  const { caps, parallel, retry, home, interruption, isJson, keep, config, cwd } = asked;
  const heads = batchHeads(config, { home, cwd });
  shareUntracedRoot(process.env);
  const { signal } = interruption;
  const progress = new BatchProgress({ stream: process.stderr, isJson, rows: rows.length, caps, clock: SYSTEM_CLOCK });
  const clock = SYSTEM_CLOCK;
  const batch = new Batch({ rows, caps, parallel, retry, home, storage, ledger, signal, clock, progress });
  interruption.onStop = () => progress.close();
  keep();
  progress.follow(batch);
  try {
    const reports = await batch.run();
    const { view } = ledger;
    const interrupted = signal.aborted;
    const summary = summaryOf({ reports, problems, caps, spent: batch.spent(), view, interrupted, home });
    const files = filesOf(summary);
    await batch.end({ root: summary.root, files: digestsOf(files) });
    for (const [name, pieces] of Object.entries(files)) writeWhole(home, name, pieces());
    // Last: what it vouches for is there.
    writeWhole(home, BATCH_FILES.record, `${JSON.stringify(recordOf(summary.results, view), null, 2)}\n`);
    const { head, first } = view;
    const at = new Date(SYSTEM_CLOCK.now()).toISOString();
    publishHead(heads, { batch: BATCH_FILES.ledger, at, lines: head.seq, head: head.hash, first });
    progress.close(summary);
    return summary;
  } finally {
    progress.close();
  }
}

/** What is written about the batch, by its name, each time anew. */
function filesOf(summary: BatchSummary): Record<string, () => Iterable<string>> {
  return {
    [BATCH_FILES.summary]: () => [`${JSON.stringify(summary, null, 2)}\n`],
    [BATCH_FILES.table]: () => csvOf(summary.results),
    [BATCH_FILES.page]: () => pageOf(summary),
  };
}

function digestsOf(files: ReturnType<typeof filesOf>): Record<string, string> {
  const digestOf = (pieces: Iterable<string>): string => {
    const hash = createHash("sha256");
    for (const piece of pieces) hash.update(piece);
    return hash.digest("hex");
  };
  return Object.fromEntries(Object.entries(files).map(([name, pieces]) => [name, digestOf(pieces())]));
}

/** Where the head of the ledger goes: to the batch's own heads, and where those of its runs go. Throws SwarmError CONFIG_INVALID. */
function batchHeads({ heads = [], signingKey }: RunConfig, { home, cwd }: { home: string; cwd: string }): HeadPlaces {
  const files = [homeHeads(home), ...[heads].flat().map((file) => resolve(cwd, file))];
  return { files, key: signingKey === undefined ? undefined : readSigningKey(resolve(cwd, signingKey)) };
}
