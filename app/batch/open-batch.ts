/** The folder of a batch: one process at a time, its ledger and the storage of its runs; closed whatever happens. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { SYSTEM_CLOCK } from "../../adapters/clock/system-clock.ts";
import { databaseUnlocked } from "../../adapters/storage/database.ts";
import { openHomeStorage, type HomeStorage } from "../../adapters/storage/home-storage.ts";
import { lockRun } from "../../adapters/storage/run-lock.ts";
import type { ChainHead } from "../../engine/journal/chain.ts";
import { SwarmError } from "../../state/errors.ts";
import { homeHeads, readBatchHeads } from "../runs/heads.ts";
import { LedgerFile } from "./ledger-file.ts";

export const BATCH_FILES = {
  ledger: "ledger.jsonl",
  record: "batch.json",
  summary: "summary.json",
  table: "summary.csv",
  page: "index.html",
} as const;

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
    await databaseUnlocked(folder);
    const ledger = await LedgerFile.open(join(folder, BATCH_FILES.ledger), SYSTEM_CLOCK, ledgerHead(folder));
    try {
      const storage = openHomeStorage(folder);
      try {
        return await work({ storage, ledger });
      } finally {
        await storage.close();
      }
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
    const { ledger } = Record.parse(JSON.parse(readFileSync(join(folder, BATCH_FILES.record), "utf8")));
    return { seq: ledger.lines, hash: ledger.head };
  } catch {
    return undefined;
  }
}
