/**
 * What a run puts on record, and what is there. By a key it is put there once: a step that runs again after a crash or an interrupt
 * writes nothing twice.
 */
import type { RunHistory } from "../../engine/policy/budget/run-history.ts";
import type { Journal } from "../../engine/ports/journal.ts";
import type { RunRecord } from "../../engine/runtime/run/run.ts";
import type { JournalEntry, JournalLine } from "../../state/journal-line.ts";
import type { RunResult } from "../../state/run-result.ts";

interface Parts {
  journal: Journal;
  saved: () => Promise<void>;
  readHistory: () => Promise<RunHistory>;
  endOnRecord: () => Promise<RunResult | undefined>;
}

export class Record implements RunRecord {
  readonly journal: Journal;
  denied: number;
  readonly saved: () => Promise<void>;
  readonly history: () => Promise<RunHistory>;
  readonly end: () => Promise<RunResult | undefined>;
  /** What is on record under a key: of checks and of published results all that it says, of other things only that it is there. */
  readonly #keys = new Map<string, JournalLine["data"] | undefined>();
  /** Keys that were on record when the run was opened. */
  readonly #earlier: ReadonlySet<string>;

  /** `denied`: questions that were, before. */
  constructor({ journal, saved, readHistory, endOnRecord }: Parts, denied: number) {
    this.journal = journal;
    this.denied = denied;
    this.saved = saved;
    this.history = readHistory;
    this.end = endOnRecord;
    for (const { kind, data } of journal.past) if (typeof data["key"] === "string") this.#note(data["key"], kind, data);
    this.#earlier = new Set(this.#keys.keys());
  }

  recorded(key: string): JournalLine["data"] | undefined {
    return this.#keys.get(key);
  }

  wasOnRecord(key: string): boolean {
    return this.#earlier.has(key);
  }

  async once(key: string, entry: JournalEntry): Promise<void> {
    const entries = this.claim(key, entry);
    if (entries.length > 0) await this.journal.append(...entries);
  }

  /** The entry with its key, where it is not on record yet: for who appends it together with others. */
  claim(key: string, entry: JournalEntry): JournalEntry[] {
    if (this.#keys.has(key)) return [];
    this.#note(key, entry.kind, entry.data);
    return [{ ...entry, data: { ...entry.data, key } }];
  }

  #note(key: string, kind: JournalEntry["kind"], data: JournalLine["data"]): void {
    this.#keys.set(key, kind === "check" || kind === "publish" ? data : undefined);
  }
}
