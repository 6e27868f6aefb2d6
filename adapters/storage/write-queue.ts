/**
 * Group commit: the writes of one turn of the event loop become one transaction, and each caller hears of it when it is
 * committed. 300 lanes that end a step together cost one commit, not 600.
 *
 * 1. Writes are applied in the order in which they were queued.
 * 2. A caller's promise settles only after its write is committed (or has failed with its batch).
 * 3. `flush` applies what is queued at once: a reader that flushes first sees every write that was queued before.
 */
import { databaseError, type SqliteDatabase } from "./database.ts";

interface Queued {
  write: () => void;
  resolve: () => void;
  reject: (reason: Error) => void;
}

export class WriteQueue {
  readonly #database: SqliteDatabase;
  readonly #apply: (batch: Queued[]) => void;
  #queued: Queued[] = [];
  #scheduled = false;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#apply = database.transaction((batch: Queued[]) => {
      for (const { write } of batch) write();
    });
  }

  /** Rejects with a SwarmError where the database cannot take it. */
  commit(write: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queued.push({ write, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.flush());
    });
  }

  flush(): void {
    this.#scheduled = false;
    const batch = this.#queued;
    if (batch.length === 0) return;
    this.#queued = [];
    try {
      this.#apply(batch);
    } catch (error) {
      const failure = databaseError(error, this.#database.name);
      for (const { reject } of batch) reject(failure);
      return;
    }
    for (const { resolve } of batch) resolve();
  }
}
