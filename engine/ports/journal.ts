/** Where a run's journal is kept. Owns no behaviour. */

/** Where journal lines are kept: an append-only sequence of text lines. */
export interface JournalStorage {
  /** All whole lines, oldest first. A torn last line (a crash in the middle of a write) is dropped for good. */
  read(): Promise<string[]>;
  /** Appends lines (no line ends in them); resolves when they survive a crash of this process and of the machine. */
  append(lines: string[]): Promise<void>;
  close(): Promise<void>;
}
