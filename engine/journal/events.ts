/**
 * What can happen in a run: the kinds of journal lines, each with the schema of its `data`. Names of kinds and fields are what
 * outside programs read. Who appends is held to them by its types; who reads meets parsed events only.
 */
import type { z } from "zod";
import type { RedactedCounts, RedactionSource } from "../../state/redaction.ts";
import { ARTIFACT_EVENTS } from "./artifact-events.ts";
import { CALL_EVENTS } from "./call-events.ts";
import { LANE_EVENTS } from "./lane-events.ts";
import { RUN_EVENTS } from "./run-events.ts";

export const EVENTS = { ...RUN_EVENTS, ...LANE_EVENTS, ...CALL_EVENTS, ...ARTIFACT_EVENTS };
export type JournalKind = keyof typeof EVENTS;
export const JOURNAL_KINDS = Object.keys(EVENTS) as JournalKind[];

export type DataOf<Kind extends JournalKind> = z.infer<(typeof EVENTS)[Kind]>;

/** Where in a run something happens. The coordinator has no subtask. */
export interface Place {
  subtask?: string | undefined;
  attempt?: number | undefined;
}

type EntryOf<Kind extends JournalKind> = Place & { kind: Kind; data: DataOf<Kind> };

/** What a writer hands over; the journal adds `seq`, `at`, `run`, `prev` and `hash`. */
export type JournalEntry = { [Kind in JournalKind]: EntryOf<Kind> }[JournalKind];

/** A line of a newer release: what it says is kept, and nobody acts on it. */
interface UnknownEntry extends Place {
  kind: "unknown";
  /** As it stands in the line. */
  name: string;
  data: Record<string, unknown>;
}

interface Envelope {
  /** From 1, without gaps. */
  seq: number;
  /** ISO 8601, UTC. */
  at: string;
  run: string;
  /** `hash` of the line before; 64 zeros for the first. */
  prev: string;
  /** SHA-256 (hex) of the RFC 8785 canonical form of the line without `hash`. */
  hash: string;
}

/** One line of `journal.jsonl`, read. */
export type JournalLine = Envelope & (JournalEntry | UnknownEntry);
export type LineOf<Kind extends JournalKind> = Envelope & EntryOf<Kind>;

export function linesOf<Kind extends JournalKind>(lines: readonly JournalLine[], kind: Kind) {
  return lines.filter((line): line is JournalLine & { kind: Kind } => line.kind === kind);
}

/** What is made of a line, by its kind. */
export type ByKind<Result, Context = undefined> = {
  readonly [Kind in JournalKind]?: (line: LineOf<Kind>, context: Context) => Result;
};

export function byKind<Result, Context = undefined>(
  table: ByKind<Result, Context>,
  line: JournalLine,
  context: Context,
): Result | undefined {
  const found = table[line.kind as JournalKind] as ((line: JournalLine, context: Context) => Result) | undefined;
  return found?.(line, context);
}

/** What was taken out of something, as a line for the journal; nothing where nothing was. */
export function redactionOf(
  source: RedactionSource,
  counts: RedactedCounts,
  place: { subtask?: string; attempt?: number } = {},
): JournalEntry[] {
  return Object.keys(counts).length === 0 ? [] : [{ kind: "redaction", ...place, data: { source, counts } }];
}
