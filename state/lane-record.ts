/**
 * What the swarm keeps of a lane: the record in the graph's state (small: references only) and the result on the board.
 */
import { z } from "zod";
import { mergeRecords } from "./merge-records.ts";
import { Outcome } from "./outcome.ts";

/** One entry of the `lanes` channel: how a subtask stands. Contents live on the board. */
export const LaneRecord = z.object({
  /** The run that it belongs to: a later run on the same thread starts afresh. */
  runId: z.string(),
  subtask: z.string(),
  title: z.string(),
  agent: z.string(),
  attempt: z.int(),
  /** `parked`: it waits for an input that is itself suspended, and will be routed again. */
  status: z.enum(["ended", "parked"]),
  outcome: Outcome.exactOptional(),
  cause: z.string().exactOptional(),
  steps: z.int(),
});
export type LaneRecord = z.infer<typeof LaneRecord>;

export type LaneRecords = Record<string, LaneRecord>;

/**
 * The law of the `lanes` channel: keyed by subtask; records of another run are dropped for those of the newest write's run;
 * the higher attempt wins, and an ended record over a parked one of the same attempt. Idempotent and batching-invariant
 * (property-tested). Pure.
 */
export function mergeLaneRecords(current: LaneRecords, writes: readonly LaneRecords[]): LaneRecords {
  return mergeRecords(current, writes, { keyOf: ({ subtask }) => subtask, isNewer });
}

function isNewer(record: LaneRecord, held: LaneRecord): boolean {
  if (record.attempt !== held.attempt) return record.attempt > held.attempt;
  return record.status === "ended" || held.status === "parked";
}

/** A long text that is kept beside state and board (`Contents` in engine/ports/board.ts): the SHA-256 of its UTF-8, and its size. */
export interface KeptText {
  digest: string;
  characters: number;
  bytes: number;
}

/** A text, or where it is kept. */
export type TextOrKept = string | KeptText;

/** An output that is kept; read from the board, a result can show its beginning. */
export interface KeptOutput extends KeptText {
  /** So many characters of it, without reading the rest. */
  beginning?: (characters: number) => string;
}

/** A lane's result as published on the board, fenced by `attempt`. */
export interface SubtaskResult {
  subtask: string;
  attempt: number;
  agent: string;
  outcome: Outcome;
  /** One line that says why, for every outcome but `done`. */
  cause: string | null;
  /** Text, or JSON text where the subtask `expects` a schema; empty unless there is something to show. */
  output: string;
  /** Where a long output is kept: it is then read anew whenever `output` is asked for, and stands in no store. */
  kept?: KeptOutput;
  steps: number;
  /** ISO 8601: when its inputs were complete and an agent slot was free, and when it was published. */
  startedAt: string;
  endedAt: string;
  /** Waiting for an agent slot or a model slot, in milliseconds. */
  waitedForSlotMs: number;
  /** It was recorded in another run, which this one forks from: here it has cost nothing, and its steps are 0. */
  keptFrom?: KeptFrom;
}

/** What the graph's state says of a lane that ended with this result. Pure. */
export function laneRecordOf(result: SubtaskResult, { runId, title }: { runId: string; title: string }): LaneRecord {
  const { subtask, agent, attempt, outcome, cause, steps } = result;
  const why = cause === null ? {} : { cause };
  return { runId, subtask, title, agent, attempt, status: "ended", outcome, steps, ...why };
}

/** Where a result was recorded: the run, the line of its journal that published it, and the steps that it took there. */
export interface KeptFrom {
  run: string;
  line: number;
  steps: number;
}
