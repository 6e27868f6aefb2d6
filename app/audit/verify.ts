/**
 * What `audit verify` is given, found and verified: a run of the home by its id, a run's folder, a journal's file, a folder of a batch or
 * a home with all its runs, or an exported statement. Throws SwarmError for what is none of these.
 */
import type { KeyObject } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { SwarmError } from "../../state/errors.ts";
import { listRuns } from "../cli/run-files.ts";
import { BATCH_FILES } from "../batch/ledger-file.ts";
import { firstHashIn, homeHeads, readBatchHeads, readHeads } from "../runs/heads.ts";
import { JOURNAL_FILE, runFolder, RUNS_FOLDER } from "../runs/run-folder.ts";
import { isBatch, rowsInRuns, verifyBatchRecord } from "./verify-batch.ts";
import type { Problem } from "./verify-journal.ts";
import { summaryProblems } from "./verify-summary.ts";
import { verifyJournalFile, verifyRun, type KnownHead, type RunVerdict, type Verdict } from "./verify-run.ts";

export interface Verification {
  verdict: Verdict;
  /** Of what is above the runs: a batch, a place of heads. */
  problems: Problem[];
  /** What is as it should be, and not at its end. */
  notes: string[];
  runs: RunVerdict[];
}

export interface Verifying {
  home: string;
  cwd: string;
  /** A file of heads, in place of the home's. */
  heads?: string | undefined;
  key?: KeyObject | undefined;
}

/** Throws SwarmError USAGE where there is no such run, folder or file, and no file of heads where one is named. */
export async function verify(target: string, asked: Verifying): Promise<Verification> {
  const { home, cwd } = asked;
  const heads = asked.heads === undefined ? undefined : resolve(cwd, asked.heads);
  if (heads !== undefined && statSync(heads, { throwIfNoEntry: false })?.isFile() !== true)
    throw new SwarmError("USAGE", `there is no file of heads ${heads}`);
  if (existsSync(join(runFolder(home, target), JOURNAL_FILE))) return verifyRuns([target], { ...asked, home });
  const place = resolve(cwd, target);
  const found = statSync(place, { throwIfNoEntry: false });
  const isGone = found === undefined ? keptHeads(home, asked)?.has(target) : isTakenAway(place, asked);
  if (isGone === true) return verificationOf([], { problems: [goneRun(basename(target))], notes: [], isOpen: false });
  if (found === undefined)
    throw new SwarmError("RUN_UNKNOWN", `there is no run "${target}" in ${home}, and no such file or folder`, {
      next: "see: glasshive runs",
    });
  if (found.isFile()) return verifyFile(place, asked);
  if (isBatch(place)) return verifyBatch(place, asked);
  if (existsSync(join(place, JOURNAL_FILE))) return verifyFolder(place, asked);
  if (existsSync(join(place, RUNS_FOLDER))) return verifyHome(place, asked);
  throw new SwarmError("USAGE", `${place} is neither a run nor a batch nor a home`, {
    next: `it has no ${JOURNAL_FILE}, no batch.json and no ${RUNS_FOLDER}`,
  });
}

async function verifyHome(home: string, asked: Verifying): Promise<Verification> {
  const { runs } = await verifyRuns(runsIn(home), { ...asked, home });
  return verificationOf(runs, { ...missingIn(home), isOpen: false });
}

/** Runs, and a ledger, of which the home keeps a head and has no journal; that it keeps none is said. */
function missingIn(home: string): Pick<Above, "problems" | "notes"> {
  const heads = readHeads(homeHeads(home));
  const gone = [...(heads?.keys() ?? [])].filter((run) => !existsSync(join(runFolder(home, run), JOURNAL_FILE)));
  const first = firstHashIn(join(home, BATCH_FILES.ledger));
  const ledgers = (readBatchHeads(homeHeads(home)) ?? []).filter((head) => (head.first ?? first) !== first);
  const lost = ledgers.length === 0 ? [] : [{ where: BATCH_FILES.ledger, problem: LOST_LEDGER }];
  return {
    problems: [...lost, ...gone.map(goneRun)],
    notes: heads === undefined ? ["no heads are kept here: a run that was taken away would not be missed"] : [],
  };
}

const LOST_LEDGER = "is gone, or another one: heads are kept here of a ledger that began otherwise";

function goneRun(run: string): Problem {
  return { where: `run ${run}`, problem: "has a head that is kept outside, and no journal" };
}

/** A run's folder in a home that keeps a head of it, and no journal in it. */
function isTakenAway(folder: string, asked: Verifying): boolean {
  const home = homeAround(folder);
  if (home === undefined || existsSync(join(folder, JOURNAL_FILE))) return false;
  return keptHeads(home, asked)?.has(decodeURIComponent(basename(folder))) === true;
}

function runsIn(home: string): string[] {
  return listRuns(home)
    .map(({ id }) => id)
    .filter((id) => existsSync(join(runFolder(home, id), JOURNAL_FILE)));
}

interface VerifyingRuns extends Verifying {
  /** A head of the run that is on record elsewhere than among heads. */
  recorded?: (run: string) => KnownHead | undefined;
}

async function verifyRuns(ids: readonly string[], { home, recorded, ...asked }: VerifyingRuns): Promise<Verification> {
  const heads = headsFor(homeHeads(home), asked);
  const runs: RunVerdict[] = [];
  for (const run of ids)
    runs.push(
      await verifyRun({
        folder: runFolder(home, run),
        run,
        key: asked.key,
        recorded: recorded?.(run),
        heads: heads && (heads.get(run) ?? []),
      }),
    );
  return verificationOf(runs);
}

/** A folder that stands where a home has it is that home's run; any other is looked at by itself. */
async function verifyFolder(folder: string, asked: Verifying): Promise<Verification> {
  const home = homeAround(folder);
  if (home !== undefined) return verifyRuns([decodeURIComponent(basename(folder))], { ...asked, home });
  const heads = headsFor(undefined, asked);
  const alone = verifyJournalFile(join(folder, JOURNAL_FILE), { heads: undefined });
  const own = heads && (heads.get(alone.run) ?? []);
  return verificationOf([await verifyRun({ folder, run: undefined, heads: own, key: asked.key })]);
}

/** The journal of a run that stands in a home is held against the heads of that home. */
function verifyFile(file: string, asked: Verifying): Verification {
  const home = basename(file) === JOURNAL_FILE ? homeAround(dirname(file)) : undefined;
  const heads = headsFor(home && homeHeads(home), asked);
  const alone = verifyJournalFile(file, { heads: undefined });
  if (heads === undefined) return verificationOf([alone]);
  return verificationOf([verifyJournalFile(file, { heads: heads.get(alone.run) ?? [], key: asked.key })]);
}

/** The home in which a run's folder stands; undefined: it stands in none. */
function homeAround(folder: string): string | undefined {
  const home = dirname(dirname(folder));
  const isThere =
    basename(dirname(folder)) === RUNS_FOLDER && runFolder(home, decodeURIComponent(basename(folder))) === folder;
  return isThere ? home : undefined;
}

/** Runs that no row has any more may be open: a row that has changed leaves them as they are. */
async function verifyBatch(folder: string, asked: Verifying): Promise<Verification> {
  const file = asked.heads === undefined ? homeHeads(folder) : resolve(asked.cwd, asked.heads);
  const record = verifyBatchRecord(folder, { heads: readBatchHeads(file), key: asked.key });
  const heads = new Map(record.rows.map(({ run, lines, head }) => [run, { lines, head }]));
  const { runs } = await verifyRuns(runsIn(folder), { ...asked, home: folder, recorded: (run) => heads.get(run) });
  const held = rowsInRuns(record.rows, runs);
  const summed = record.ended === undefined ? [] : summaryProblems({ folder, runs, ...record.ended });
  const missing = missingIn(folder);
  const counted = runs.filter(({ run, verdict }) => verdict !== "open" || heads.size === 0 || heads.has(run));
  return verificationOf(counted, {
    problems: [...record.problems, ...held.problems, ...summed, ...missing.problems],
    notes: [...record.notes, ...held.notes, ...missing.notes],
    isOpen: record.isOpen || held.isOpen,
  });
}

interface Above {
  problems: Problem[];
  notes: string[];
  isOpen: boolean;
}

function verificationOf(
  runs: RunVerdict[],
  { problems, notes, isOpen }: Above = { problems: [], notes: [], isOpen: false },
): Verification {
  const isInvalid = problems.length > 0 || runs.some(({ verdict }) => verdict === "invalid");
  const isAnyOpen = isOpen || runs.some(({ verdict }) => verdict === "open");
  return { verdict: isInvalid ? "invalid" : isAnyOpen ? "open" : "valid", problems, notes, runs };
}

function keptHeads(home: string, { cwd, heads }: Verifying): ReturnType<typeof readHeads> {
  return readHeads(heads === undefined ? homeHeads(home) : resolve(cwd, heads));
}

/**
 * Those of the file that was named, else of the home's; undefined: there are none. Throws SwarmError USAGE where a key is given then,
 * which signs nothing else.
 */
function headsFor(ofHome: string | undefined, { cwd, heads: named, key }: Omit<Verifying, "home">) {
  const file = named === undefined ? ofHome : resolve(cwd, named);
  const heads = file === undefined ? undefined : readHeads(file);
  if (heads !== undefined || key === undefined) return heads;
  throw new SwarmError("USAGE", "a key signs heads, and there are none to look at", {
    next: "name the file that has them with --heads",
  });
}
