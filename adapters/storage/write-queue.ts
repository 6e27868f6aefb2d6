/**
 * The one writer of a home's database: a thread of its own, so that neither a commit nor a WAL checkpoint stops the agents
 * (docs/decisions/0024). What is queued while a transaction is under way becomes the next one: 300 lanes that end a step together
 * cost a commit or two, not 600.
 *
 * 1. Writes are applied in the order in which they were queued.
 * 2. A caller's promise settles only after its write is committed (or has failed with its batch).
 * 3. After `settled` a reader sees every write that was queued before.
 * 4. After a write has failed `saved` rejects, until `renew`: what the database has is not what those at work believe that it has. A
 *    lock is waited for once: what comes after it fails untried.
 * 5. The thread begins with the first write, or where one is expected soon (`warm`), and keeps the process alive only while something is queued. If it ends, however that
 *    came, or cannot begin, what is queued and all that comes before `renew` fails.
 */
import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { SwarmError } from "../../state/errors.ts";
import { startThread } from "../process/start-thread.ts";
import { newGate } from "../process/thread-gate.ts";
import { BUSY_TIMEOUT_MS, databaseError } from "./database.ts";
import type { Write, WriteFailure, WriterData } from "./database-writer.ts";

interface Queued {
  write: Write;
  resolve: () => void;
  reject: (reason: Error) => void;
}

const NOTHING: Write = { sql: "", rows: [] };

export class WriteQueue {
  readonly #file: string;
  readonly #busyMs: number;
  #queued: Queued[] = [];
  #underWay: Queued[] = [];
  #isScheduled = false;
  #isClosed = false;
  #writer: Worker | undefined;
  #broken: Error | undefined;
  #failed: SwarmError | undefined;

  /** `file`: the database, which exists. `busyMs`: how long a lock of another process is waited for. */
  constructor(file: string, busyMs = BUSY_TIMEOUT_MS) {
    this.#file = file;
    this.#busyMs = busyMs;
  }

  get hasFailed(): boolean {
    return this.#failed !== undefined;
  }

  /** Begins anew: those who relied on what has failed are gone. What they still have queued fails first. */
  async renew(): Promise<void> {
    if (!this.hasFailed || this.#isClosed) return;
    await this.settled();
    // It may have been closed meanwhile.
    if (this.#isClosed) return;
    this.#failed = undefined;
    if (this.#broken === undefined) return;
    this.#broken = undefined;
    this.#writer = undefined;
  }

  /** Has the thread begin, so that the first write need not wait for it. What is wrong with it is told by that write. */
  warm(): void {
    try {
      this.#writer ??= this.#start();
      this.#writer.unref();
    } catch {
      // The first write tries again.
    }
  }

  /** Runs a statement with each row. Rejects with a SwarmError where the database cannot take it. */
  commit(sql: string, ...rows: readonly (readonly unknown[])[]): Promise<void> {
    return this.#enqueue({ sql, rows });
  }

  /** Resolves when all that was queued so far is committed, or has failed. */
  async settled(): Promise<void> {
    if (this.#queued.length === 0 && this.#underWay.length === 0) return;
    try {
      await this.#enqueue(NOTHING);
    } catch {
      // Who wrote has heard of it.
    }
  }

  /** Resolves when all that was queued so far is committed. Rejects where any write of this process has failed. */
  async saved(): Promise<void> {
    await this.settled();
    if (this.#failed !== undefined) throw this.#failed;
  }

  async close(): Promise<void> {
    await this.settled();
    this.#isClosed = true;
    const writer = this.#writer;
    if (writer === undefined || this.#broken !== undefined) return;
    this.#broken = new Error("the database is closed");
    writer.ref();
    const exit = once(writer, "exit");
    post(writer, null);
    await exit;
  }

  #enqueue(write: Write): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queued.push({ write, resolve, reject });
      if (this.#isScheduled || this.#underWay.length > 0) return;
      this.#isScheduled = true;
      // The writes of one turn of the event loop go together.
      setImmediate(() => {
        this.#isScheduled = false;
        this.#send();
      });
    });
  }

  #send(): void {
    if (this.#queued.length === 0) return;
    this.#underWay = this.#queued;
    this.#queued = [];
    if (this.#broken !== undefined) return this.#settle(this.#broken);
    if (this.#failed?.code === "DATABASE_LOCKED") return this.#settle(this.#failed);
    try {
      this.#writer ??= this.#start();
    } catch (error) {
      this.#broken = error as Error;
      return this.#settle(this.#broken);
    }
    this.#writer.ref();
    post(
      this.#writer,
      this.#underWay.flatMap(({ write }) => (write.rows.length === 0 ? [] : [write])),
    );
  }

  #start(): Worker {
    const data: WriterData = { file: this.#file, busyMs: this.#busyMs, gate: newGate() };
    const writer = startThread("database-writer", { base: import.meta.url, data });
    // A thread that ends late says nothing of the one that was begun after it.
    const isOurs = (): boolean => this.#writer === writer;
    writer.on("message", (failure: WriteFailure | null) => {
      if (!isOurs()) return;
      // Who closes waits for the thread itself.
      if (this.#broken === undefined) writer.unref();
      this.#settle(failure === null ? undefined : asError(failure));
    });
    writer.on("error", (error) => {
      if (isOurs()) this.#broken ??= error;
    });
    writer.on("exit", () => {
      if (!isOurs()) return;
      this.#broken ??= new Error("the thread that writes the database has ended");
      this.#settle(this.#broken);
    });
    return writer;
  }

  #settle(error: Error | undefined): void {
    const batch = this.#underWay;
    this.#underWay = [];
    const failure = error === undefined ? undefined : asSwarmError(error, this.#file);
    this.#failed ??= failure;
    for (const { resolve, reject } of batch) {
      if (failure === undefined) resolve();
      else reject(failure);
    }
    this.#send();
  }
}

function post(writer: Worker, message: readonly Write[] | null): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
  writer.postMessage(message);
}

function asSwarmError(error: Error, file: string): SwarmError {
  return error instanceof SwarmError ? error : databaseError(error, file);
}

function asError({ message, code }: WriteFailure): Error {
  return Object.assign(new Error(message), { code });
}
