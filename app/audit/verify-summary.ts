/**
 * What a batch says of its rows, held against their runs once more: the ledger, and `summary.json`, against the result of each run that has
 * ended; the totals against the rows; and every file, byte by byte, against the digests that the ledger's end has of them.
 */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { readRegular, regularBytes } from "../../adapters/storage/regular-files.ts";
import type { RowState } from "../../engine/policy/batch/ledger.ts";
import { outcomeOf } from "../../engine/policy/batch/row-outcome.ts";
import { ROW_CLASSES, RowOutcome } from "../../state/batch.ts";
import { reasonOf } from "../../state/errors.ts";
import { firstProblem } from "../../state/problem.ts";
import type { RunResult } from "../../state/run-result.ts";
import { addUsage, NO_USAGE } from "../../state/usage.ts";
import { BATCH_FILES } from "../batch/ledger-file.ts";
import { RESULT_FILE, runFolder } from "../runs/run-folder.ts";
import { about, type Problem } from "./verify-journal.ts";
import type { RunVerdict } from "./verify-run.ts";
import { hash } from "node:crypto";

const Summary = z.object({
  root: z.string(),
  rows: z.record(z.string(), z.number()),
  usage: RowOutcome.shape.usage,
  results: z.array(RowOutcome.extend({ id: z.string(), run: z.string().nullable(), identity: z.string() })),
});
type Summary = z.infer<typeof Summary>;

/** What a file of the batch is not, by the digests that the ledger ends with; undefined: it is of a release that kept none. */
export function fileProblems(folder: string, files: Readonly<Record<string, string>> = {}): Problem[] {
  return Object.entries(files).flatMap(([name, digest]) => {
    const found = regularBytes(join(folder, name));
    if (found !== undefined && hash("sha256", found) === digest) return [];
    return [about(name, found === undefined ? "is missing" : "is not what was written when the batch ended")];
  });
}

export interface Recorded {
  folder: string;
  root: string;
  /** As the ledger has them. */
  rows: ReadonlyMap<string, RowState>;
  runs: readonly RunVerdict[];
}

/** The rows of ledger and summary, made once more from the results of their runs, and the totals from the rows. */
export function summaryProblems(recorded: Recorded): Problem[] {
  const { folder, root, rows } = recorded;
  const ended = new Map([...rows].flatMap(([id, state]) => outcomeAgain(recorded, id, state)));
  const inLedger = [...ended]
    .filter(([id, outcome]) => !isSame(rows.get(id)?.outcome, outcome))
    .map(([id]) => about(`${BATCH_FILES.ledger}, row ${id}`, "is not what its run has come to"));
  const { written: summary, problems } = readWritten(folder, BATCH_FILES.summary, Summary);
  if (summary === undefined) return [...inLedger, ...problems];
  const differing = summary.results.filter(({ id, run, identity, ...told }) => {
    const state = rows.get(id);
    if (state !== undefined && run !== null && (run !== state.run || identity !== state.identity)) return true;
    // A row that was not gone on with says so, and stands as it stood.
    const known = ended.get(id);
    if (known === undefined || /^not (?:begun|continued): /.test(told.evidence)) return false;
    return !isSame(RowOutcome.parse(told), known);
  });
  return [
    ...inLedger,
    ...differing.map(({ id }) => about(`${BATCH_FILES.summary}, row ${id}`, "is not what its run has come to")),
    ...totalProblems(summary, root),
  ];
}

/** How a row stands by its run's result; none of a run that has not ended, that went on since, or whose own files do not hold; and of one whose process failed at its end. */
function outcomeAgain({ folder, runs }: Recorded, id: string, { run, outcome }: RowState): [string, RowOutcome][] {
  const verdict = runs.find((one) => one.run === run);
  if (verdict?.verdict !== "valid" || outcome === undefined || verdict.lines !== outcome.lines) return [];
  if (outcome.class === "failed" || outcome.class === "paused") return [];
  const result: RunResult = JSON.parse(readRegular(join(runFolder(folder, run), RESULT_FILE)).toString());
  const end = { result, interrupted: false, error: undefined };
  return [[id, RowOutcome.parse(outcomeOf(end, { seq: verdict.lines, hash: verdict.head }))]];
}

function isSame(told: RowOutcome | undefined, made: RowOutcome): boolean {
  return isDeepStrictEqual(told, made);
}

/** A file that is written about a batch; else what is wrong with it. */
export function readWritten<Format>(
  folder: string,
  name: string,
  format: z.ZodType<Format>,
): { written?: Format; problems: Problem[] } {
  try {
    const found: unknown = JSON.parse(readRegular(join(folder, name)).toString());
    const { data, error } = format.safeParse(found);
    if (error === undefined) return { written: data, problems: [] };
    return { problems: [about(name, `does not fit its format: ${firstProblem(error, found)}`)] };
  } catch (error) {
    return { problems: [about(name, `cannot be read: ${reasonOf(error)}`)] };
  }
}

function totalProblems({ root, rows, usage, results }: Summary, ofBatch: string): Problem[] {
  const counted = ROW_CLASSES.every((name) => rows[name] === results.filter((row) => row.class === name).length);
  const isCounted = counted && rows["total"] === results.length;
  const isSum = isDeepStrictEqual(results.map((row) => row.usage).reduce(addUsage, NO_USAGE), usage);
  return [
    ...(isCounted ? [] : [about(BATCH_FILES.summary, "its counts are not those of its rows")]),
    ...(isSum ? [] : [about(BATCH_FILES.summary, "its usage is not the sum of its rows'")]),
    ...(root === ofBatch ? [] : [about(BATCH_FILES.summary, `its root is not that of ${BATCH_FILES.record}`)]),
  ];
}
