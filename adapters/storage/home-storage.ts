/** What a home's database offers: LangGraph's checkpointer and store, read on one connection, written through one queue. */
import { BatchingSaver } from "./batching-saver.ts";
import { BUSY_TIMEOUT_MS, openDatabase } from "./database.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { WriteQueue } from "./write-queue.ts";

export interface HomeStorage {
  checkpointer: BatchingSaver;
  store: SqliteStore;
  /** Resolves when all that was handed to either so far survives the death of this process. Rejects where any of it has failed. */
  saved(): Promise<void>;
  /** Whether a write has failed that somebody may still rely on. */
  hasFailed(): boolean;
  /** A write is to come soon. */
  warm(): void;
  /** Nobody relies any more on what has failed: writes are tried again. */
  renew(): Promise<void>;
  /** Writes what is queued, then closes the database. */
  close(): Promise<void>;
}

/** `busyMs`: how long a lock of another process is waited for. Throws as `openDatabase` does. */
export function openHomeStorage(home: string, busyMs = BUSY_TIMEOUT_MS): HomeStorage {
  const database = openDatabase(home, busyMs);
  const queue = new WriteQueue(database.name, busyMs);
  try {
    const checkpointer = new BatchingSaver(database, queue);
    return {
      checkpointer,
      store: new SqliteStore(database, queue),
      saved: () => checkpointer.saved(),
      hasFailed: () => queue.hasFailed,
      warm: () => queue.warm(),
      renew: () => queue.renew(),
      close: async () => {
        await queue.close();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
