/** What a home's database offers: LangGraph's checkpointer and store on one connection with one write queue. */
import { BatchingSaver } from "./batching-saver.ts";
import { openDatabase } from "./database.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { WriteQueue } from "./write-queue.ts";

export interface HomeStorage {
  checkpointer: BatchingSaver;
  store: SqliteStore;
  /** Writes what is queued, then closes the database. */
  close(): void;
}

/** Throws as `openDatabase` does. */
export function openHomeStorage(home: string): HomeStorage {
  const database = openDatabase(home);
  const queue = new WriteQueue(database);
  try {
    return {
      checkpointer: new BatchingSaver(database, queue),
      store: new SqliteStore(database, queue),
      close: () => {
        queue.flush();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
