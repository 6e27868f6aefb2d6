/** What a home's database offers: LangGraph's checkpointer and store, read on one connection, written through one queue. */
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  WRITES_IDX_MAP,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  type PendingWrite,
} from "@langchain/langgraph-checkpoint";
import Database from "better-sqlite3";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import { SwarmError } from "../../state/errors.ts";
import { BUSY_TIMEOUT_MS, databaseError, databaseUnlocked, openDatabase, type SqliteDatabase } from "./database.ts";
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

/** The storage of a home for as long as the work takes, once no other process has locked it. Throws as `openDatabase` does. */
export async function inHomeStorage<T>(home: string, work: (storage: HomeStorage) => Promise<T> | T): Promise<T> {
  await databaseUnlocked(home);
  const storage = openHomeStorage(home);
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

const PUT_CHECKPOINT = `INSERT OR REPLACE INTO checkpoints
  (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)`;
const putWrite = (conflict: "REPLACE" | "IGNORE"): string => `INSERT OR ${conflict} INTO writes
  (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

const [REPLACE_WRITE, ADD_WRITE] = [putWrite("REPLACE"), putWrite("IGNORE")];

interface Place {
  thread: string;
  namespace: string;
  checkpoint: string | undefined;
}

/**
 * LangGraph's SqliteSaver with group commit (docs/decisions/0009): the host's tables and its reading, our writing. Each put
 * of the host is a transaction of its own with a statement prepared anew; here a lane's checkpoint joins those of the lanes
 * that ended a step in the same turn of the event loop.
 */
class BatchingSaver extends SqliteSaver {
  readonly #queue: WriteQueue;
  /** Writes that were handed over and are not committed: what they are made of is put together before they are queued. */
  readonly #writing = new Set<Promise<unknown>>();

  constructor(database: SqliteDatabase, queue: WriteQueue) {
    super(database);
    try {
      this.setup();
    } catch (error) {
      throw databaseError(error, database.name);
    }
    this.#queue = queue;
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    await this.#queue.settled();
    try {
      return await super.getTuple(config);
    } catch (error) {
      throw asRead(error, this.db.name);
    }
  }

  override async *list(config: RunnableConfig, options?: CheckpointListOptions): AsyncGenerator<CheckpointTuple> {
    await this.#queue.settled();
    try {
      yield* super.list(config, options);
    } catch (error) {
      throw asRead(error, this.db.name);
    }
  }

  /** Resolves when all that was handed over so far is committed. Rejects where any write has failed. */
  async saved(): Promise<void> {
    await Promise.allSettled(this.#writing);
    await this.#queue.saved();
  }

  override put(config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata): Promise<RunnableConfig> {
    return this.#noted(this.#put(config, checkpoint, metadata));
  }

  override putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    return this.#noted(this.#putWrites(config, writes, taskId));
  }

  #noted<T>(write: Promise<T>): Promise<T> {
    this.#writing.add(write);
    const forget = (): void => void this.#writing.delete(write);
    write.then(forget, forget);
    return write;
  }

  async #put(config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata): Promise<RunnableConfig> {
    const { thread, namespace, checkpoint: parent } = placeOf(config);
    const [[type, body], [, about]] = await Promise.all([
      this.serde.dumpsTyped(checkpoint),
      this.serde.dumpsTyped(metadata),
    ]);
    await this.#queue.commit(PUT_CHECKPOINT, [
      ...[thread, namespace, checkpoint.id, parent ?? null, type, body, about],
    ]);
    return { configurable: { thread_id: thread, checkpoint_ns: namespace, checkpoint_id: checkpoint.id } };
  }

  async #putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    const { thread, namespace, checkpoint } = placeOf(config);
    if (checkpoint === undefined) throw new SwarmError("INTERNAL", "writes without a checkpoint to belong to");
    const isSpecial = writes.every(([channel]) => channel in WRITES_IDX_MAP);
    const rows = await Promise.all(
      writes.map(async ([channel, value], index) => {
        const [type, body] = await this.serde.dumpsTyped(value);
        return [thread, namespace, checkpoint, taskId, WRITES_IDX_MAP[channel] ?? index, channel, type, body];
      }),
    );
    await this.#queue.commit(isSpecial ? REPLACE_WRITE : ADD_WRITE, ...rows);
  }

  override async deleteThread(threadId: string): Promise<void> {
    await this.#queue.settled();
    return super.deleteThread(threadId);
  }
}

function asRead(error: unknown, file: string): unknown {
  return error instanceof Database.SqliteError ? databaseError(error, file) : error;
}

function placeOf(config: RunnableConfig): Place {
  const place: { thread_id?: string; checkpoint_ns?: string; checkpoint_id?: string } = config.configurable ?? {};
  if (place.thread_id === undefined || place.thread_id === "") {
    throw new SwarmError("USAGE", "a run needs a thread", { next: "pass configurable.thread_id" });
  }
  return { thread: place.thread_id, namespace: place.checkpoint_ns ?? "", checkpoint: place.checkpoint_id };
}
