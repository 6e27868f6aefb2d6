/**
 * What `audit verify` is given, found and verified: a run of the home by its id, a run's folder, a journal's file, a folder of a batch or
 * a home with all its runs, or an exported statement. Throws SwarmError for what is none of these.
 */
import type { KeyObject } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { SwarmError } from "../../state/errors.ts";
import { listRuns } from "../cli/run-files.ts";
import { homeHeads, readHeads, type SignedHead } from "../runs/heads.ts";
import { JOURNAL_FILE, runFolder, RUNS_FOLDER } from "../runs/run-folder.ts";
import { BATCH_FILE, readBatch, type BatchRecord } from "./verify-batch.ts";
import type { Problem } from "./verify-journal.ts";
import { verifyJournalFile, verifyRun, type RunVerdict, type Verdict } from "./verify-run.ts";

export interface Verification {
  verdict: Verdict;
  /** Of what is above the runs: a batch, a place of heads. */
  problems: Problem[];
  runs: RunVerdict[];
}

export interface Verifying {
  home: string;
  /** Where the person stands. */
  cwd: string;
  /** A file of heads, in place of the home's. */
  heads?: string | undefined;
  key?: KeyObject | undefined;
}

export async function verify(target: string, asked: Verifying): Promise<Verification> {
  const { home, cwd } = asked;
  if (existsSync(join(runFolder(home, target), JOURNAL_FILE))) return verifyRuns([target], { ...asked, home });
  const place = resolve(cwd, target);
  const found = statSync(place, { throwIfNoEntry: false });
  if (found === undefined)
    throw new SwarmError("RUN_UNKNOWN", `there is no run "${target}" in ${home}, and no such file or folder`, {
      next: "see: glasshive runs",
    });
  if (found.isFile()) return verifyFile(place, asked);
  if (existsSync(join(place, BATCH_FILE))) return verifyBatch(place, asked);
  if (existsSync(join(place, JOURNAL_FILE))) return verifyFolder(place, asked);
  if (existsSync(join(place, RUNS_FOLDER))) return verifyRuns(runsIn(place), { ...asked, home: place });
  throw new SwarmError("USAGE", `${place} is no run, no batch and no home`, {
    next: `it has no ${JOURNAL_FILE}, no ${BATCH_FILE} and no ${RUNS_FOLDER}`,
  });
}

function runsIn(home: string): string[] {
  return listRuns(home)
    .map(({ id }) => id)
    .filter((id) => existsSync(join(runFolder(home, id), JOURNAL_FILE)));
}

async function verifyRuns(ids: readonly string[], { home, key, ...asked }: Verifying): Promise<Verification> {
  const heads = headsIn(asked.heads ?? homeHeads(home), { cwd: asked.cwd, isNamed: asked.heads !== undefined });
  const runs: RunVerdict[] = [];
  for (const run of ids)
    runs.push(
      await verifyRun({
        folder: runFolder(home, run),
        run,
        key,
        heads: heads && (heads.get(run) ?? []),
      }),
    );
  return verificationOf(runs, []);
}

/** A folder that stands where a home has it is that home's run; any other is looked at by itself. */
async function verifyFolder(folder: string, asked: Verifying): Promise<Verification> {
  const home = dirname(dirname(folder));
  const run = decodeURIComponent(basename(folder));
  if (basename(dirname(folder)) === RUNS_FOLDER && runFolder(home, run) === folder)
    return verifyRuns([run], { ...asked, home });
  const heads = asked.heads === undefined ? undefined : headsIn(asked.heads, { cwd: asked.cwd, isNamed: true });
  const alone = verifyJournalFile(join(folder, JOURNAL_FILE), { heads: undefined });
  const own = heads && (heads.get(alone.run) ?? []);
  return verificationOf([await verifyRun({ folder, run: undefined, heads: own, key: asked.key })], []);
}

function verifyFile(file: string, asked: Verifying): Verification {
  const named = asked.heads === undefined ? undefined : headsIn(asked.heads, { cwd: asked.cwd, isNamed: true });
  const alone = verifyJournalFile(file, { heads: undefined });
  if (named === undefined) return verificationOf([alone], []);
  return verificationOf([verifyJournalFile(file, { heads: named.get(alone.run) ?? [], key: asked.key })], []);
}

async function verifyBatch(folder: string, asked: Verifying): Promise<Verification> {
  const { batch, problems } = readBatch(folder);
  const ids = batch === undefined ? runsIn(folder) : [...new Set(batch.rows.map(({ run }) => run))];
  const there = ids.filter((id) => existsSync(join(runFolder(folder, id), JOURNAL_FILE)));
  const { runs } = await verifyRuns(there, { ...asked, home: folder });
  return verificationOf(runs, [...problems, ...(batch === undefined ? [] : rowProblems(batch, runs))]);
}

function rowProblems({ rows }: BatchRecord, runs: readonly RunVerdict[]): Problem[] {
  const byRun = new Map(runs.map((verdict) => [verdict.run, verdict]));
  return rows.flatMap(({ id, run, head, lines }) => {
    const where = `${BATCH_FILE}, row ${id}`;
    const found = byRun.get(run);
    if (found === undefined) return [{ where, problem: `the journal of its run ${run} is missing` }];
    return found.head === head && found.lines === lines
      ? []
      : [{ where, problem: `the journal of its run ${run} has another head` }];
  });
}

function verificationOf(runs: RunVerdict[], problems: Problem[]): Verification {
  const isInvalid = problems.length > 0 || runs.some(({ verdict }) => verdict === "invalid");
  const isOpen = runs.some(({ verdict }) => verdict === "open");
  return { verdict: isInvalid ? "invalid" : isOpen ? "open" : "valid", problems, runs };
}

/** Throws SwarmError USAGE where a file that was named is not there. */
function headsIn(
  file: string,
  { cwd, isNamed }: { cwd: string; isNamed: boolean },
): Map<string, SignedHead[]> | undefined {
  const heads = readHeads(resolve(cwd, file));
  if (heads !== undefined || !isNamed) return heads;
  throw new SwarmError("USAGE", `there is no file of heads ${resolve(cwd, file)}`);
}
