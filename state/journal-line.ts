/** One line of `journal.jsonl` (docs/reference/journal.md). */

export const JOURNAL_KINDS = [
  "run-start",
  "run-end",
  "run-close",
  "plan",
  "route",
  "attempt-start",
  "attempt-end",
  "model-call",
  "tool-call",
  "signal",
  "recovery",
  "compact",
  "reserve",
  "settle",
  "write",
  "conflict",
  "check",
  "interrupt",
  "resume",
  "publish",
  "limit-change",
  "park",
  "process-start",
  "process-end",
] as const;
export type JournalKind = (typeof JOURNAL_KINDS)[number];

/** What a writer hands over; the journal adds `seq`, `at`, `run`, `prev` and `hash`. */
export interface JournalEntry {
  kind: JournalKind;
  subtask?: string;
  attempt?: number;
  /** Plain JSON. */
  data: Record<string, unknown>;
}

export interface JournalLine extends JournalEntry {
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
