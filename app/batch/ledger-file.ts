/** The ledger of a batch in its folder: read and checked when a process begins, and each line durable before anything is done by it. */
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { SYSTEM_CLOCK } from "../../adapters/clock/system-clock.ts";
import { inHomeStorage, type HomeStorage } from "../../adapters/storage/home-storage.ts";
import { openJournalFile } from "../../adapters/storage/journal-file.ts";
import { readRegular } from "../../adapters/storage/regular-files.ts";
import { lockRun } from "../../adapters/storage/run-lock.ts";
import { EMPTY_CHAIN, type ChainHead } from "../../engine/journal/chain.ts";
import {
  applyLedgerLine,
  linkEvent,
  newBatchView,
  readLedgerLine,
  type BatchView,
  type LedgerEvent,
} from "../../engine/policy/batch/ledger.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { JournalStorage } from "../../engine/ports/journal.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import { homeHeads, readBatchHeads } from "../runs/heads.ts";

export class LedgerFile {
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

export const BATCH_FILES = {
  ledger: "ledger.jsonl",
  record: "batch.json",
  summary: "summary.json",
  table: "summary.csv",
  page: "index.html",
} as const;

/** The folder of a batch: one process at a time, its ledger and the storage of its runs; closed whatever happens. */
export interface OpenBatch {
  storage: HomeStorage;
  ledger: LedgerFile;
}

/** Throws SwarmError USAGE where the folder cannot be one, RUN_HELD where another process works on it, and as storage and ledger do. */
export async function inBatch<T>(folder: string, work: (batch: OpenBatch) => Promise<T>): Promise<T> {
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new SwarmError("USAGE", `--out: ${folder} is not a folder`, { next: "name another" });
  const lock = lockBatch(folder);
  try {
    const ledger = await LedgerFile.open(join(folder, BATCH_FILES.ledger), SYSTEM_CLOCK, ledgerHead(folder));
    try {
      return await inHomeStorage(folder, (storage) => work({ storage, ledger }));
    } finally {
      await ledger.close();
    }
  } finally {
    lock.release();
  }
}

function lockBatch(folder: string): ReturnType<typeof lockRun> {
  try {
    return lockRun(folder, folder);
  } catch (error) {
    if (!(error instanceof SwarmError) || error.code !== "RUN_HELD") throw error;
    const message = error.message.replace(/^run .* is being/s, `the batch in ${folder} is being`);
    throw new SwarmError("RUN_HELD", message, { cause: error, next: "wait for it, stop it, or give another --out" });
  }
}

/** What the batch writes must not be what it reads. Throws SwarmError USAGE. */
export function refuseOwnFile(file: string, folder: string): void {
  const own = Object.values(BATCH_FILES).find((name) => resolve(folder, name) === resolve(file));
  if (own === undefined) return;
  throw new SwarmError("USAGE", `${file} is a file that the batch writes itself`, { next: "give another --out" });
}

const Record = z.object({ ledger: z.object({ head: z.string(), lines: z.number() }) });

/** As the batch has left it the last time, by its record or by the newest head that is kept beside it; undefined: it has not come so far. */
function ledgerHead(folder: string): ChainHead | undefined {
  const kept = readBatchHeads(homeHeads(folder))?.at(-1);
  return recordedHead(folder) ?? (kept === undefined ? undefined : { seq: kept.lines, hash: kept.head });
}

/** Undefined as well for a record that cannot be read. */
function recordedHead(folder: string): ChainHead | undefined {
  try {
    const { ledger } = Record.parse(JSON.parse(readRegular(join(folder, BATCH_FILES.record)).toString()));
    return { seq: ledger.lines, hash: ledger.head };
  } catch {
    return undefined;
  }
}
