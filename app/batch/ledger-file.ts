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
import { EMPTY_CHAIN, type ChainHead } from "../../engine/journal/chain.ts";
import { describeError, SwarmError } from "../../state/errors.ts";

export class LedgerFile {
  /** What the durable lines come to. */
  readonly view: BatchView = newBatchView();
  readonly #storage: JournalStorage;
  readonly #clock: Clock;
  #head: ChainHead;

  private constructor(storage: JournalStorage, clock: Clock, lines: readonly string[], known: ChainHead) {
    for (const text of lines) {
      applyLedgerLine(this.view, readLedgerLine(text, this.view.head));
      if (this.view.head.seq === known.seq && this.view.head.hash !== known.hash) throw otherLedger();
    }
    if (this.view.head.seq < known.seq) throw otherLedger();
    this.#storage = storage;
    this.#clock = clock;
    this.#head = this.view.head;
  }

  /**
   * `known`: a line that it has had, by what was written about the batch before. Throws SwarmError STORAGE_FAILED, and JOURNAL_BROKEN where
   * the chain does not hold or has lost that line.
   */
  static async open(path: string, clock: Clock, known: ChainHead = EMPTY_CHAIN): Promise<LedgerFile> {
    const storage = await openJournalFile(path);
    try {
      return new LedgerFile(storage, clock, await storage.read(), known);
    } catch (error) {
      await storage.close();
      throw error;
    }
  }

  /** Resolves when the line is durable. Throws SwarmError STORAGE_FAILED. */
  async append(event: LedgerEvent): Promise<void> {
    // A process whose clock is behind that of the one before must not make time run backwards.
    const at = new Date(Math.max(this.view.lastMs, this.#clock.now())).toISOString();
    const line = linkEvent(event, this.#head, at);
    this.#head = { seq: line.seq, hash: line.hash };
    await this.#storage.append([JSON.stringify(line)]).catch((error: unknown) => {
      const next = "make room or mend the permissions, then the same command again";
      throw new SwarmError("STORAGE_FAILED", describeError(error), { cause: error, next });
    });
    applyLedgerLine(this.view, line);
  }

  close(): Promise<void> {
    return this.#storage.close();
  }
}

function otherLedger(): SwarmError {
  return new SwarmError("JOURNAL_BROKEN", "the ledger of the batch is not the one that it was when the batch ended", {
    next: "restore ledger.jsonl from a copy, or give another --out; what the batch has spent is not known without it",
  });
}
