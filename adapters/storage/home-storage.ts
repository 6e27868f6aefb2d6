/** What a home's database offers: LangGraph's checkpointer and store, read on one connection, written through one queue. */
import { BatchingSaver } from "./batching-saver.ts";
import { openDatabase } from "./database.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { WriteQueue } from "./write-queue.ts";

export interface HomeStorage {
  checkpointer: BatchingSaver;
  store: SqliteStore;
  /** Resolves when all that was handed to either so far survives the death of this process. Rejects where any of it has failed. */
  saved(): Promise<void>;
  /** Writes what is queued, then closes the database. */
  close(): Promise<void>;
}

/** Throws as `openDatabase` does. */
export function openHomeStorage(home: string): HomeStorage {
  const database = openDatabase(home);
  const queue = new WriteQueue(database.name);
  try {
    const checkpointer = new BatchingSaver(database, queue);
    return {
      checkpointer,
      store: new SqliteStore(database, queue),
      saved: () => checkpointer.saved(),
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
