/** What a process finds to do in a batch when it begins: the rows to run, and the runs that nobody goes on with. */
import type { BatchView, RowState } from "../../engine/policy/batch/ledger.ts";
import { workOf, type Work } from "../../engine/policy/batch/next-work.ts";
import { withoutRun } from "../../engine/policy/batch/row-outcome.ts";
import type { BatchCaps, RowClass } from "../../state/batch.ts";
import { hasRun } from "../cli/run-files.ts";
import { homeHeads, readHeads } from "../runs/heads.ts";
import { successorOf } from "../runs/run-store.ts";
import type { LedgerFile } from "./ledger-file.ts";
import type { BatchRow } from "./prepare-rows.ts";
import { takenBy } from "./run-row.ts";

export interface Task {
  row: BatchRow;
  run: string;
  work: Exclude<Work, { kind: "keep" }>;
}

interface Facts {
  rows: readonly BatchRow[];
  caps: BatchCaps;
  retry: ReadonlySet<RowClass>;
  home: string;
}

/** What is to be done, in the order of the file; the other rows stay as they are. */
export function tasksOf({ rows, caps, retry, home }: Facts, view: BatchView, ids: RunIds): Task[] {
  const heads = readHeads(homeHeads(home));
  return rows.flatMap((row) => {
    const state = view.rows.get(row.id);
    const isThere = state !== undefined && hasRun(home, state.run);
    const [ended, known] = [heads?.get(state?.run ?? "")?.at(-1), state?.outcome?.lines ?? 0];
    const hasGoneOn = ended !== undefined && known > 0 && ended.lines > known;
    const work = workOf({ state, identity: row.identity, isThere, hasGoneOn, retry, caps });
    return work.kind === "keep" ? [] : [{ row, work, run: runFor(row, work, state, ids) }];
  });
}

function runFor({ id }: BatchRow, work: Task["work"], state: RowState | undefined, ids: RunIds): string {
  const hasOwn = state !== undefined && (work.kind === "continue" || !work.isAgain);
  return hasOwn ? state.run : ids.next(id);
}

/** Ids for new runs: that of the row, or what follows on it where a run or another row has it. */
export class RunIds {
  readonly #taken: Set<string>;
  readonly #isUsed: (run: string) => boolean;

  constructor(rows: readonly BatchRow[], view: BatchView, home: string) {
    this.#taken = new Set(rows.map(({ id }) => id));
    this.#isUsed = (run) => view.runs.has(run) || hasRun(home, run);
  }

  next(row: string): string {
    let run = row;
    while (this.#isUsed(run) || (run !== row && this.#taken.has(run))) run = successorOf(run);
    this.#taken.add(run);
    return run;
  }
}

/**
 * Puts on record what runs have taken that are not over, by their journals. Those whose rows have changed, or are in the file no more, are
 * over from now on. Where a journal cannot be read, all that was reserved for the run counts on.
 */
export async function settleLeft(ledger: LedgerFile, rows: readonly BatchRow[], home: string): Promise<void> {
  const identities = new Map(rows.map(({ id, identity }) => [id, identity.identity]));
  for (const [row, { run, identity, outcome, isOver }] of [...ledger.view.rows]) {
    if (isOver) continue;
    const isLeft = identities.get(row) !== identity;
    const known = isLeft || outcome === undefined ? withoutRun("paused", evidenceOf(isLeft), outcome) : outcome;
    try {
      const taken = takenBy(home, run);
      await ledger.append({ kind: "settle", data: { row, run, outcome: { ...known, ...taken }, isOver: isLeft } });
    } catch {
      continue;
    }
  }
}

function evidenceOf(isLeft: boolean): string {
  return isLeft ? "left: its row has changed, or is gone from the file" : "its process died";
}
