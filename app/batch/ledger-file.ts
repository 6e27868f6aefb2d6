/** The ledger of a batch in its folder: read and checked when a process begins, and each line durable before anything is done by it. */
import { openJournalFile } from "../../adapters/storage/journal-file.ts";
import type { JournalStorage } from "../../engine/ports/journal.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import {
  applyLedgerLine,
  linkEvent,
  newBatchView,
  readLedgerLine,
  type BatchView,
  type LedgerEvent,
} from "../../engine/policy/batch/ledger.ts";
import type { ChainHead } from "../../engine/journal/chain.ts";

export class LedgerFile {
  /** What the durable lines come to. */
  readonly view: BatchView = newBatchView();
  readonly #storage: JournalStorage;
  readonly #clock: Clock;
  #head: ChainHead;

  private constructor(storage: JournalStorage, lines: readonly string[], clock: Clock) {
    for (const text of lines) applyLedgerLine(this.view, readLedgerLine(text, this.view.head));
    this.#storage = storage;
    this.#clock = clock;
    this.#head = this.view.head;
  }

  /** Throws SwarmError STORAGE_FAILED, and JOURNAL_BROKEN where the chain does not hold. */
  static async open(path: string, clock: Clock): Promise<LedgerFile> {
    const storage = await openJournalFile(path);
    try {
      return new LedgerFile(storage, await storage.read(), clock);
    } catch (error) {
      await storage.close();
      throw error;
    }
  }

  /** Resolves when the line is durable. */
  async append(event: LedgerEvent): Promise<void> {
    // A process whose clock is behind that of the one before must not make time run backwards.
    const at = new Date(Math.max(this.view.lastMs, this.#clock.now())).toISOString();
    const line = linkEvent(event, this.#head, at);
    this.#head = { seq: line.seq, hash: line.hash };
    await this.#storage.append([JSON.stringify(line)]);
    applyLedgerLine(this.view, line);
  }

  close(): Promise<void> {
    return this.#storage.close();
  }
}
