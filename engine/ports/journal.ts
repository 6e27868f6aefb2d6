/** Where a run's journal is kept, and how it is written. Owns no behaviour. */
import type { JournalEntry, JournalLine } from "../../state/journal-line.ts";

/** Where journal lines are kept: an append-only sequence of text lines. */
export interface JournalStorage {
  /** All whole lines, oldest first. A torn last line (a crash in the middle of a write) is dropped for good. */
  read(): Promise<string[]>;
  /** Appends lines (no line ends in them); resolves when they survive a crash of this process and of the machine. */
  append(lines: string[]): Promise<void>;
  close(): Promise<void>;
}

export interface Journal {
  /** Chains and stores entries, together; resolves when they are durable. They are stored in the order of the calls. */
  append(...entries: JournalEntry[]): Promise<void>;
  /** As `append`, and a `run-close` line behind the entries: the count of the lines before it. Resolves with its hash, the head. */
  seal(...entries: JournalEntry[]): Promise<string>;
  /** The lines of earlier processes of this run (read when the journal was opened). */
  readonly past: readonly JournalLine[];
  /** Calls `listener` with each line once it is durable; returns the way to stop. */
  subscribe(listener: (line: JournalLine) => void): () => void;
  close(): Promise<void>;
}
