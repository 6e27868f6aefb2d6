/**
 * What a run puts on record, and what is there. By a key it is put there once: a step that runs again after a crash or an interrupt
 * writes nothing twice.
 */
import type { DataOf, JournalEntry } from "../../engine/journal/events.ts";
import type { RunHistory } from "../../engine/policy/budget/run-history.ts";
import type { Journal } from "../../engine/journal/open-journal.ts";
import { isKept, type KeptKind } from "../../engine/journal/run-view.ts";
import type { RunRecord } from "../../engine/runtime/run/run.ts";
import type { Fork } from "../../state/fork.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { RunParts } from "./run-parts.ts";

export class Record implements RunRecord {
  readonly journal: Journal;
  readonly saved: () => Promise<void>;
  readonly history: () => Promise<RunHistory>;
  readonly end: () => Promise<RunResult | undefined>;
  readonly fork: () => Promise<Fork | undefined>;
  /** What is on record under a key: of some kinds (`isKept`) all that it says, of other things only that it is there. */
  readonly #keys: Map<string, JournalEntry | undefined>;
  readonly #writing = new Map<string, Promise<void>>();
  /** Keys that were on record when the run was opened. */
  readonly #earlier: ReadonlySet<string>;

  readonly #recording: RunParts["recording"];

  constructor({ journal, host, records, kept, recording }: RunParts) {
    this.journal = journal;
    this.#recording = recording;
    this.saved = host.saved;
    this.history = () => records.history();
    this.end = () => records.end(kept.board);
    this.fork = () => records.fork();
    this.#keys = new Map(journal.view.keys);
    this.#earlier = new Set(this.#keys.keys());
  }

  get denied(): number {
    return this.#recording?.denied ?? this.journal.view.denied;
  }

  recorded<Kind extends KeptKind>(kind: Kind, key: string): DataOf<Kind> | undefined {
    const entry = this.#keys.get(key);
    return entry?.kind === kind ? (entry.data as DataOf<Kind>) : undefined;
  }

  wasOnRecord(key: string): boolean {
    return this.#earlier.has(key);
  }

  /** Resolves when the entry is durable, whoever writes it; one that could not be written is not on record. */
  async once(key: string, entry: JournalEntry): Promise<void> {
    if (this.#keys.has(key)) return;
    const writing = this.#writing.get(key) ?? this.#write(key, entry);
    this.#writing.set(key, writing);
    await writing;
  }

  /** The journal's last lines: the entry, where it is not on record yet, and the end. Resolves with the head. */
  async seal(key: string, entry: JournalEntry): Promise<string> {
    if (this.#keys.has(key)) return this.journal.seal();
    const head = await this.journal.seal(withKey(key, entry));
    this.#note(key, entry);
    return head;
  }

  async #write(key: string, entry: JournalEntry): Promise<void> {
    try {
      await this.journal.append(withKey(key, entry));
      this.#note(key, entry);
    } finally {
      this.#writing.delete(key);
    }
  }

  #note(key: string, entry: JournalEntry): void {
    this.#keys.set(key, isKept(entry.kind) ? entry : undefined);
  }
}

function withKey(key: string, entry: JournalEntry): JournalEntry {
  return { ...entry, data: { ...entry.data, key } } as JournalEntry;
}
