/**
 * A run as it is on record, for one that forks from it: read, proved by its hashes, never changed.
 *
 * 1. Its journal's chain holds, and the database knows no other.
 * 2. A result and a version of an artifact are those that the journal names by their SHA-256.
 */
import { createHash } from "node:crypto";
import type { BaseStore } from "@langchain/langgraph";
import { openContents } from "../../adapters/storage/content-store.ts";
import { artifactsInStore, journalInStore } from "../../adapters/storage/run-in-store.ts";
import { isRunLocked } from "../../adapters/storage/run-lock.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { JournalReader } from "../../engine/journal/read-journal.ts";
import { applyEvent, newRunView, type RunView } from "../../engine/journal/run-view.ts";
import { RecordedLanes } from "../../engine/policy/fork/recorded-lanes.ts";
import { SwarmError } from "../../state/errors.ts";
import type { ArtifactEvent } from "../../state/artifact-event.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { Plan } from "../../state/plan.ts";
import { heldRun } from "./refuse-other.ts";
import { checkRecords, readJournal } from "./run-journal.ts";
import { runFolder, unknownRun } from "./run-folder.ts";
import { openIn } from "./run-locks.ts";

export interface ForkSource {
  id: string;
  view: RunView;
  lanes: RecordedLanes;
  plan: Plan;
  /** Throws SwarmError JOURNAL_BROKEN where it is not the one that the journal names. */
  result: (subtask: string) => SubtaskResult | undefined;
  writes: readonly ArtifactEvent[];
  /** A content that is kept whole, by its SHA-256. */
  whole: (hash: string) => Promise<string>;
}

interface Place {
  home: string | undefined;
  store: BaseStore;
}

/** Throws SwarmError RUN_UNKNOWN, RUN_HELD, JOURNAL_BROKEN, and USAGE where it has no plan. */
export async function readForkSource({ home, store }: Place, id: string): Promise<ForkSource> {
  refuseHeld({ home, store }, id);
  const lanes = new RecordedLanes();
  const view = home === undefined ? await readStored(store, id, lanes) : readJournal(home, id, lanes.add);
  if (view.head.seq === 0) throw unknownRun(id);
  if (home !== undefined) await checkRecords({ home, store, runId: id, view });
  const contents = openContents(home === undefined ? undefined : runFolder(home, id));
  const board = await openBoard(store, id, contents);
  const plan = board.plan();
  if (plan === undefined)
    throw new SwarmError("USAGE", `run ${id} has no plan yet: there is nothing of it to keep`, {
      next: `continue it: glasshive resume ${id}`,
    });
  const artifacts = artifactsInStore(store, id);
  return {
    ...{ id, view, lanes, plan, writes: await artifacts.read() },
    whole: (hash) => artifacts.content(hash),
    result: (subtask) => proved(id, board.result(subtask), lanes),
  };
}

async function readStored(store: BaseStore, id: string, lanes: RecordedLanes): Promise<RunView> {
  const reader = new JournalReader(id);
  const view = newRunView();
  for (const text of await journalInStore(store, id).read()) {
    const line = reader.read(text);
    applyEvent(view, line);
    lanes.add(line);
  }
  return view;
}

/** One that is at work has no end of its record. */
function refuseHeld({ home, store }: Place, id: string): void {
  if (openIn(store).has(id)) throw heldRun(id);
  if (home === undefined || !isRunLocked(runFolder(home, id))) return;
  throw new SwarmError("RUN_HELD", `run ${id} is being worked on by another process`, {
    next: "fork it once that has ended or was stopped",
  });
}

/** Undefined as well for one that was taken back: the run had begun with it again. */
function proved(
  run: string,
  result: SubtaskResult | undefined,
  { published }: RecordedLanes,
): SubtaskResult | undefined {
  if (result === undefined) return undefined;
  const line = published.get(result.subtask);
  const digest = result.kept?.digest ?? createHash("sha256").update(result.output).digest("hex");
  const isSame = line?.attempt === result.attempt && line.outcome === result.outcome && line.digest === digest;
  if (isSame) return result;
  throw changed(run, `result of ${result.subtask}`);
}

export function changed(run: string, what: string): SwarmError {
  return new SwarmError("JOURNAL_BROKEN", `the ${what} in run ${run} is not the one that its journal names`, {
    next: "restore the run from a copy; nothing is forked from a record that was changed",
  });
}
