/**
 * The parts of a recorded run between which something came in from outside: after its end, or on the way, by a process that went on
 * with it under other settings, caps or another plan. Within a part whoever goes on goes on with the same. Pure.
 *
 * 1. A part that has an end is run again to it; one that has none is left where its last process left it.
 * 2. Nothing is read behind an end that nobody's input on record leads on from: a checkpoint before it was gone back to.
 */
import { isDeepStrictEqual } from "node:util";
import type { DataOf, JournalLine, LineOf } from "../../journal/events.ts";
import type { ChangedDocuments } from "../../../state/left-out.ts";
import { withChanges } from "../../../state/left-out.ts";
import type { PlanFile } from "../../../state/plan.ts";
import type { Caps } from "../../../state/usage.ts";

/** What a part begins with: a plan in the place of the one that there was, or subtasks that had ended and are sent again. */
export type GivenOnResume = { kind: "plan"; plan: PlanFile } | { kind: "again"; subtasks: readonly string[] };

export interface Session {
  from: number;
  /** Digest of the run's setup as it is in this part. */
  setup: string | undefined;
  caps: Caps;
  given?: GivenOnResume;
  /** What documents had changed, as those who worked on it found. */
  changedDocuments?: ChangedDocuments;
  end?: DataOf<"run-end"> & { seq: number };
}

/** What one process did, and whether it went on with something else than the one before. */
interface Part extends Session {
  bringsCaps: boolean;
}

/** `sameSetup`: whether two digests of setups say the same of all but the question. */
export function sessionsOf(
  lines: Iterable<JournalLine>,
  sameSetup: (one: string | undefined, other: string | undefined) => boolean,
): Session[] {
  const sessions: Session[] = [];
  for (const { bringsCaps, ...part } of partsOf(lines)) {
    const last = sessions.at(-1);
    if (last?.end !== undefined && part.end !== undefined && part.given === undefined) break;
    if (last === undefined || part.given !== undefined || bringsCaps || !sameSetup(last.setup, part.setup)) {
      sessions.push(part);
      continue;
    }
    if (last.end !== undefined) continue;
    if (part.end !== undefined) last.end = part.end;
    if (part.changedDocuments !== undefined)
      last.changedDocuments = withChanges(last.changedDocuments, part.changedDocuments);
  }
  return sessions.slice(0, sessions.findLastIndex(({ end }) => end !== undefined) + 1);
}

function partsOf(lines: Iterable<JournalLine>): Part[] {
  const parts: Part[] = [];
  let started: DataOf<"run-start"> | undefined;
  let isOver = false;
  /** As they are set now. */
  let caps: Caps | undefined;
  for (const line of lines) {
    if (line.kind === "run-start") {
      started = line.data;
      caps = started.options.caps;
      parts.push({ from: line.seq, setup: started.setup, caps, bringsCaps: false });
    }
    if (line.kind === "process-start" && caps !== undefined) parts.push(continued(line, started, caps));
    if ((line.kind === "resume" || line.kind === "process-start") && line.data.caps !== undefined)
      caps = line.data.caps;
    const part = parts.at(-1);
    const given = givenBy(line, isOver);
    if (part !== undefined && given !== undefined) part.given = given;
    if (part !== undefined && line.kind === "run-end") part.end = { ...line.data, seq: line.seq };
    if (given !== undefined || line.kind === "run-end") isOver = line.kind === "run-end";
  }
  return parts;
}

function continued(
  { seq, data }: LineOf<"process-start">,
  started: DataOf<"run-start"> | undefined,
  before: Caps,
): Part {
  const { caps = before, setup = started?.setup, changedDocuments } = data;
  return {
    from: seq,
    setup,
    caps,
    bringsCaps: !isDeepStrictEqual({ ...caps }, { ...before }),
    ...(changedDocuments === undefined ? {} : { changedDocuments }),
  };
}

/** `isOver`: the run had ended, and nothing has led on from there yet. */
function givenBy({ kind, data }: JournalLine, isOver: boolean): GivenOnResume | undefined {
  if (kind === "plan" && data.origin === "resume") return { kind: "plan", plan: data.plan as PlanFile };
  if (kind === "park" && isOver && data.routedAgain !== undefined) return { kind: "again", subtasks: data.routedAgain };
  return undefined;
}
