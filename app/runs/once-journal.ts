/** What a run puts on record once, by a key: a step that runs again after a crash or an interrupt writes nothing twice. */
import type { Journal } from "../../engine/ports/journal.ts";
import type { JournalEntry, JournalLine } from "../../state/journal-line.ts";

export class OnceJournal {
  readonly #journal: Journal;
  /** What is on record under a key: of checks all that it says, of other things only that it is there. */
  readonly #keys = new Map<string, JournalLine["data"] | undefined>();
  /** Keys that were on record when the run was opened. */
  readonly #earlier: ReadonlySet<string>;

  constructor(journal: Journal) {
    this.#journal = journal;
    for (const { kind, data } of journal.past) if (typeof data["key"] === "string") this.#note(data["key"], kind, data);
    this.#earlier = new Set(this.#keys.keys());
  }

  recorded(key: string): JournalLine["data"] | undefined {
    return this.#keys.get(key);
  }

  wasOnRecord(key: string): boolean {
    return this.#earlier.has(key);
  }

  async append(key: string, entry: JournalEntry): Promise<void> {
    if (this.#keys.has(key)) return;
    this.#note(key, entry.kind, entry.data);
    await this.#journal.append({ ...entry, data: { ...entry.data, key } });
  }

  #note(key: string, kind: JournalEntry["kind"], data: JournalLine["data"]): void {
    this.#keys.set(key, kind === "check" ? data : undefined);
  }
}
