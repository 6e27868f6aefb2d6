/**
 * A batch, verified: that `batch.json` has the Merkle root of its rows, each row its proof, and each run the head that its row has; that
 * the ledger's chain holds, ends as `batch.json` says, and says of each row the same.
 */
import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { z } from "zod";
import { journalLines } from "../../adapters/storage/journal-file.ts";
import { isAsWritten, type ChainHead } from "../../engine/journal/chain.ts";
import { isIncluded, leafOf, merkleTree } from "../../engine/policy/audit/merkle.ts";
import { applyLedgerLine, newBatchView, readLedgerLine, type RowState } from "../../engine/policy/batch/ledger.ts";
import { describeError } from "../../state/errors.ts";
import { BATCH_FILES } from "../batch/ledger-file.ts";
import { firstHashIn, headsOfJournal, isHeadSigned, type SignedHead } from "../runs/heads.ts";
import { about, type Problem } from "./verify-journal.ts";
import { fileProblems, readWritten } from "./verify-summary.ts";
import type { RunVerdict } from "./verify-run.ts";

const { record: BATCH_FILE, ledger: LEDGER_FILE } = BATCH_FILES;

const BatchRecord = z.object({
  version: z.literal(1),
  root: z.string(),
  ledger: z.object({ head: z.string(), lines: z.number() }),
  rows: z.array(
    z.object({
      id: z.string(),
      run: z.string(),
      identity: z.string(),
      head: z.string(),
      lines: z.number(),
      index: z.number(),
      proof: z.array(z.string()),
    }),
  ),
});
type BatchRecord = z.infer<typeof BatchRecord>;

/** What is on record of a batch. `isOpen`: more was done in the folder than `batch.json` says, or it does not exist yet. */
export interface BatchVerdict {
  /** Of a batch that ended as its record says: what its ledger says of the rows, and the root. */
  ended?: { root: string; rows: ReadonlyMap<string, RowState> };
  /** None where it cannot be read. */
  rows: BatchRecord["rows"];
  problems: Problem[];
  isOpen: boolean;
  notes: string[];
}

/** Whether the folder is that of a batch: of one whose record was removed too. */
export function isBatch(folder: string): boolean {
  return [BATCH_FILE, LEDGER_FILE].some((name) => existsSync(join(folder, name)));
}

/** `heads`: of ledgers, that are kept outside; undefined: there is no such place. */
export function verifyBatchRecord(
  folder: string,
  { heads, key }: { heads: readonly SignedHead[] | undefined; key?: KeyObject | undefined },
): BatchVerdict {
  if (!existsSync(join(folder, BATCH_FILE)))
    return { rows: [], problems: [], isOpen: true, notes: [`there is no ${BATCH_FILE}: ${NOT_ENDED}`] };
  const { written: batch, problems } = readWritten(folder, BATCH_FILE, BatchRecord);
  if (batch === undefined) return { rows: [], problems, isOpen: false, notes: [] };
  const ledger = verifyLedger(folder, batch, heads ?? []);
  const { isLonger, rows, files } = ledger;
  const isOpen = isLonger && ledger.problems.length === 0;
  const held = isOpen ? [] : [...rowsOnRecord(batch, ledger), ...fileProblems(folder, files)];
  const note = `${LEDGER_FILE} is longer than when ${BATCH_FILE} was written: ${NOT_ENDED}`;
  return {
    rows: batch.rows,
    problems: [...treeProblems(batch), ...ledger.problems, ...held, ...signatureProblems(ledger.heads, key)],
    isOpen,
    ...(isOpen || ledger.problems.length > 0 ? {} : { ended: { root: batch.root, rows } }),
    notes: isOpen ? [note] : [],
  };
}

const NOT_ENDED = "the batch has not ended, or was begun again and not ended";

interface VerifiedLedger {
  /** Than when `batch.json` was written. */
  isLonger: boolean;
  problems: Problem[];
  rows: ReadonlyMap<string, RowState>;
  /** What the last `end` has. */
  root: string | undefined;
  files: Readonly<Record<string, string>> | undefined;
  /** Those that are kept outside of it. */
  heads: readonly SignedHead[];
}

/** The chain of the ledger, up to the first line that does not hold, and whether it ends as the batch says. */
function verifyLedger(
  folder: string,
  { ledger: told }: Pick<BatchRecord, "ledger">,
  all: readonly SignedHead[],
): VerifiedLedger {
  const file = join(folder, LEDGER_FILE);
  const heads = headsOfJournal(all, firstHashIn(file));
  const lines = journalLines(file);
  try {
    return { ...followed(lines, told, heads), heads };
  } finally {
    lines.return(undefined);
  }
}

function followed(
  lines: ReturnType<typeof journalLines>,
  told: BatchRecord["ledger"],
  heads: readonly SignedHead[],
): VerifiedLedger {
  const view = newBatchView();
  const found: VerifiedLedger = {
    isLonger: false,
    problems: [],
    rows: view.rows,
    root: undefined,
    files: undefined,
    heads,
  };
  const newest = heads.reduce((most, { lines: count }) => Math.max(most, count), 0);
  const at = (line: number, problem: string): VerifiedLedger => ({
    ...found,
    problems: [{ where: `${LEDGER_FILE}, line ${line}`, line, problem }],
  });
  for (;;) {
    const { seq } = view.head;
    const { done, value: text } = lines.next();
    if (done === true) {
      if (seq < told.lines) return at(seq + 1, `is missing or cut, of ${told.lines} that ${BATCH_FILE} speaks of`);
      if (seq < newest) return at(seq + 1, `is missing or cut: the head that is kept outside is of ${newest} lines`);
      if (newest > 0 && newest < told.lines)
        return at(told.lines, `ends the batch, and the newest head that is kept outside is of ${newest} lines`);
      return { ...found, isLonger: seq > told.lines || text !== undefined };
    }
    try {
      const line = readLedgerLine(text, view.head);
      if (!isAsWritten(text)) return at(line.seq, "was altered: it says the same, and is not written as it was");
      applyLedgerLine(view, line);
      if (line.kind === "end") Object.assign(found, { root: line.data.root, files: line.data.files });
    } catch (error) {
      return at(seq + 1, describeError(error));
    }
    if (isOther(view.head, told)) return at(told.lines, `is not the one whose hash ${BATCH_FILE} has`);
    if (heads.some((head) => isOther(view.head, head)))
      return at(view.head.seq, "is not the one whose hash is kept outside: the ledger was made anew");
  }
}

function signatureProblems(heads: readonly SignedHead[], key: KeyObject | undefined): Problem[] {
  if (key === undefined) return [];
  const unsigned = heads.filter((head) => !isHeadSigned(head, key));
  return unsigned.map(({ lines }) =>
    about("heads", `the head of ${lines} lines of ${LEDGER_FILE} is not signed with this key`),
  );
}

function isOther({ seq, hash }: ChainHead, told: Pick<SignedHead, "head" | "lines">): boolean {
  return seq === told.lines && hash !== told.head;
}

/** The ledger has the root of the rows, and says of each which run it has, under which identity and with which head. */
function rowsOnRecord({ root, rows }: BatchRecord, ledger: VerifiedLedger): Problem[] {
  if (ledger.problems.length > 0) return [];
  const differing = rows.filter(({ id, run, identity, head, lines }) => {
    const known = ledger.rows.get(id);
    const outcome = known?.outcome;
    return known?.run !== run || known.identity !== identity || outcome?.head !== head || outcome.lines !== lines;
  });
  return [
    ...(ledger.root === root ? [] : [about(BATCH_FILE, `the root is not the one that ${LEDGER_FILE} ends with`)]),
    ...differing.map(({ id }) => about(`${BATCH_FILE}, row ${id}`, `is not what ${LEDGER_FILE} says of it`)),
  ];
}

/** The runs of the rows, held against their heads: a run that has gone on since is on record with an earlier one. */
export function rowsInRuns(rows: BatchRecord["rows"], runs: readonly RunVerdict[]): Omit<BatchVerdict, "rows"> {
  const byRun = new Map(runs.map((verdict) => [verdict.run, verdict]));
  const [problems, notes]: [Problem[], string[]] = [[], []];
  for (const { id, run, head, lines } of rows) {
    const found = byRun.get(run);
    const say = (problem: string): void => void problems.push(about(`${BATCH_FILE}, row ${id}`, problem));
    if (found === undefined) say(`the journal of its run ${run} is missing`);
    else if (found.lines > lines && found.verdict !== "invalid")
      notes.push(`row ${id}: its run ${run} has gone on since ${BATCH_FILE} was written`);
    else if (found.head !== head || found.lines !== lines) say(`the journal of its run ${run} has another head`);
  }
  return { problems, notes, isOpen: notes.length > 0 };
}

function treeProblems({ root, rows }: BatchRecord): Problem[] {
  const inOrder = rows.toSorted((one, other) => one.index - other.index);
  const isWhole = merkleTree(inOrder.map(leafOf)).root === root && inOrder.every(({ index }, place) => index === place);
  const unproven = rows.filter(
    ({ index, proof, ...row }) => !isIncluded(leafOf(row), { index, proof, size: rows.length, root }),
  );
  return [
    ...(isWhole ? [] : [about(BATCH_FILE, "the root is not that of its rows")]),
    ...unproven.map(({ id }) => about(`${BATCH_FILE}, row ${id}`, "its proof does not lead to the root")),
  ];
}
