/**
 * A run as it is on record, for one that forks from it: read, proved by its hashes, never changed.
 *
 * 1. Its journal's chain holds, and the database knows no other.
 * 2. A result and a version of an artifact are those that the journal names by their SHA-256.
 */
import { openContents } from "../../adapters/storage/content-store.ts";
import { artifactsInStore } from "../../adapters/storage/run-in-store.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { RecordedRun } from "../../engine/policy/answer/recorded-run.ts";
import type { Contents } from "../../engine/ports/board.ts";
import type { RunView } from "../../engine/journal/run-view.ts";
import { SharedUses } from "../../engine/policy/fork/recorded-lanes.ts";
import { SwarmError } from "../../state/errors.ts";
import type { ArtifactEvent } from "../../state/artifact.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { Plan } from "../../state/plan.ts";
import { databaseLost } from "./run-journal.ts";
import { unknownRun } from "./run-folder.ts";
import { refuseAtWork } from "./run-locks.ts";
import type { RunStore } from "./run-store.ts";
import { contentJson, contentText } from "../../engine/journal/recorded-messages.ts";
import { hash } from "node:crypto";

export interface ForkSource {
  id: string;
  view: RunView;
  shared: SharedUses;
  plan: Plan;
  /** Throws SwarmError JOURNAL_BROKEN where it is not the one that the journal names. */
  result: (subtask: string) => SubtaskResult | undefined;
  writes: readonly ArtifactEvent[];
  /** A content that is kept whole, by its SHA-256. */
  whole: (hash: string) => Promise<string>;
}

/** `isOurs`: this process has it to itself. Throws SwarmError RUN_UNKNOWN, RUN_HELD, JOURNAL_BROKEN, and USAGE where it has no plan. */
export async function readForkSource(run: RunStore, isOurs = false): Promise<ForkSource> {
  const { id, home, store, folder } = run;
  refuseAtWork(run, isOurs);
  const contents = openContents(folder);
  const shared = new SharedUses();
  const view = await run.view(shared.add);
  const recorded = new RecordedRun(view, contents);
  if (view.head.seq === 0) throw unknownRun(id);
  const isKnown = await run.hasBegun();
  if (isKnown) await run.check(view);
  // What journal and contents say is proved by itself; without a folder, and of an older release, it is the database that has it.
  const isWhole = home !== undefined && recorded.plan() !== undefined;
  if (!isWhole && home !== undefined && !isKnown) throw databaseLost(home, id, view);
  const known = isWhole ? recorded : await openBoard(store, id, contents);
  const plan = known.plan();
  if (plan === undefined)
    throw new SwarmError("USAGE", `run ${id} has no plan yet: there is nothing of it to keep`, {
      next: `continue it: glasshive resume ${id}`,
    });
  const inStore = artifactsInStore(store, id);
  return {
    id,
    view,
    shared,
    plan,
    writes: isWhole ? recordedWrites(shared, contents) : await inStore.read(),
    whole: isWhole ? (hash) => Promise.resolve(contentText(contents, hash)) : (hash) => inStore.content(hash),
    result: (subtask) => proved(id, known.result(subtask), view),
  };
}

/** In the order in which they were committed; of a conflict that was decided later, as it stands since. */
function recordedWrites({ writes }: SharedUses, contents: Contents): ArtifactEvent[] {
  const events = [...writes].map((digest): ArtifactEvent => contentJson(contents, digest));
  return [...new Map(events.map((event) => [event.key, event])).values()].toSorted((one, other) => one.seq - other.seq);
}

/** Undefined as well for one that was taken back: the run had begun with it again. */
function proved(run: string, result: SubtaskResult | undefined, { lanes }: RunView): SubtaskResult | undefined {
  if (result === undefined) return undefined;
  const { published: line, now } = lanes.get(result.subtask) ?? {};
  if ((now?.attempt ?? 0) > (line?.attempt ?? 0)) return undefined;
  const digest = result.kept?.digest ?? hash("sha256", result.output);
  const isSame =
    line?.attempt === result.attempt && line.data.outcome === result.outcome && line.data.digest === digest;
  if (isSame) return result;
  throw changed(run, `result of ${result.subtask}`);
}

export function changed(run: string, what: string): SwarmError {
  return new SwarmError("JOURNAL_BROKEN", `the ${what} in run ${run} is not the one that its journal names`, {
    next: "restore the run from a copy; nothing is forked from a record that was changed",
  });
}
