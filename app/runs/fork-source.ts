/**
 * A run as it is on record, for one that forks from it: read, proved by its hashes, never changed.
 *
 * 1. Its journal's chain holds, and the database knows no other.
 * 2. A result and a version of an artifact are those that the journal names by their SHA-256.
 */
import type { BaseStore } from "@langchain/langgraph";
import { openContents } from "../../adapters/storage/content-store.ts";
import { artifactsInStore, journalInStore } from "../../adapters/storage/run-in-store.ts";
import { isRunLocked } from "../../adapters/storage/run-lock.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { JournalReader } from "../../engine/journal/read-journal.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import { RecordedRun } from "../../engine/policy/answer/recorded-run.ts";
import type { Contents } from "../../engine/ports/board.ts";
import { applyEvent, newRunView, type RunView } from "../../engine/journal/run-view.ts";
import { RecordedLanes } from "../../engine/policy/fork/recorded-lanes.ts";
import { SwarmError } from "../../state/errors.ts";
import type { ArtifactEvent } from "../../state/artifact.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { Plan } from "../../state/plan.ts";
import { heldRun } from "./refuse-other.ts";
import { checkRecords, databaseLost, readJournal } from "./run-journal.ts";
import { runFolder, unknownRun } from "./run-folder.ts";
import { openIn } from "./run-locks.ts";
import { readBegin } from "./run-store.ts";
import { contentJson, contentText } from "../../engine/journal/recorded-messages.ts";
import { hash } from "node:crypto";

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
  /** Default: whether any process works on it. */
  isHeld?: (id: string) => boolean;
}

/** Throws SwarmError RUN_UNKNOWN, RUN_HELD, JOURNAL_BROKEN, and USAGE where it has no plan. */
export async function readForkSource({ home, store, ...place }: Place, id: string): Promise<ForkSource> {
  refuseHeld({ home, store, ...place }, id);
  const contents = openContents(home === undefined ? undefined : runFolder(home, id));
  const [lanes, recorded] = [new RecordedLanes(), new RecordedRun(contents)];
  const each = (line: JournalLine): void => {
    lanes.add(line);
    recorded.take(line);
  };
  const view = home === undefined ? await readStored(store, id, each) : readJournal(home, id, each);
  if (view.head.seq === 0) throw unknownRun(id);
  const begin = await readBegin(store, id);
  if (home !== undefined && begin !== undefined) await checkRecords({ home, store, runId: id, view });
  // What journal and contents say is proved by itself; without a folder, and of an older release, it is the database that has it.
  const isWhole = home !== undefined && recorded.plan() !== undefined;
  if (!isWhole && home !== undefined && begin === undefined) throw databaseLost(home, id, view);
  const known = isWhole ? recorded : await openBoard(store, id, contents);
  const plan = known.plan();
  if (plan === undefined)
    throw new SwarmError("USAGE", `run ${id} has no plan yet: there is nothing of it to keep`, {
      next: `continue it: glasshive resume ${id}`,
    });
  const inStore = artifactsInStore(store, id);
  return {
    ...{ id, view, lanes, plan },
    writes: isWhole ? recordedWrites(lanes, contents) : await inStore.read(),
    whole: isWhole ? (hash) => Promise.resolve(contentText(contents, hash)) : (hash) => inStore.content(hash),
    result: (subtask) => (lanes.isOpen(subtask) ? undefined : proved(id, known.result(subtask), lanes)),
  };
}

/** The last line of its journal; undefined: it has none. Throws SwarmError JOURNAL_BROKEN. */
export async function journalHead(
  { home, store }: Pick<Place, "home" | "store">,
  id: string,
): Promise<string | undefined> {
  const { head } = home === undefined ? await readStored(store, id, () => undefined) : readJournal(home, id);
  return head.seq === 0 ? undefined : head.hash;
}

async function readStored(store: BaseStore, id: string, each: (line: JournalLine) => void): Promise<RunView> {
  const reader = new JournalReader(id);
  const view = newRunView();
  for (const text of await journalInStore(store, id).read()) {
    const line = reader.read(text);
    applyEvent(view, line);
    each(line);
  }
  return view;
}

/** In the order in which they were committed; of a conflict that was decided later, as it stands since. */
function recordedWrites({ writes }: RecordedLanes, contents: Contents): ArtifactEvent[] {
  const events = [...writes].map((digest): ArtifactEvent => contentJson(contents, digest));
  return [...new Map(events.map((event) => [event.key, event])).values()].toSorted((one, other) => one.seq - other.seq);
}

/** One that is at work has no end of its record. */
function refuseHeld({ home, store, isHeld }: Place, id: string): void {
  if (openIn(store).has(id)) throw heldRun(id);
  const isLocked = isHeld ?? ((run) => home !== undefined && isRunLocked(runFolder(home, run)));
  if (!isLocked(id)) return;
  throw new SwarmError("RUN_HELD", `run ${id} is being worked on by another process`, {
    next: "wait until that has ended or was stopped",
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
  const digest = result.kept?.digest ?? hash("sha256", result.output);
  const isSame = line?.attempt === result.attempt && line.outcome === result.outcome && line.digest === digest;
  if (isSame) return result;
  throw changed(run, `result of ${result.subtask}`);
}

export function changed(run: string, what: string): SwarmError {
  return new SwarmError("JOURNAL_BROKEN", `the ${what} in run ${run} is not the one that its journal names`, {
    next: "restore the run from a copy; nothing is forked from a record that was changed",
  });
}
