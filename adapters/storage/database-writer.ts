/**
 * The worker thread that writes a home's database (docs/decisions/0024): each message is one transaction, applied in the order of
 * arrival and answered by null, or by what went wrong, once it is committed. `null` ends it.
 */
import { parentPort, workerData } from "node:worker_threads";
import { codeOf, describeError } from "../../state/errors.ts";
import { passing, type Gate } from "../process/thread-gate.ts";
import { connect, type SqliteStatement } from "./database.ts";

/** One statement, run with each of the rows. */
export interface Write {
  sql: string;
  rows: readonly (readonly unknown[])[];
}

/** What SQLite said, as it crosses to another thread. */
export interface WriteFailure {
  message: string;
  code: string | undefined;
}

export interface WriterData {
  file: string;
  busyMs: number;
  gate: Gate;
}

const { file, busyMs, gate }: WriterData = workerData;
const database = connect(file, busyMs);
const statements = new Map<string, SqliteStatement>();
const apply = database.transaction((writes: readonly Write[]) => {
  for (const { sql, rows } of writes) {
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, (statement = database.prepare(sql)));
    for (const row of rows) statement.run(...row);
  }
});

function outcomeOf(writes: readonly Write[]): WriteFailure | null {
  try {
    apply(writes);
    return null;
  } catch (error) {
    return { message: describeError(error), code: codeOf(error) };
  }
}

parentPort?.on("message", (writes: readonly Write[] | null) => {
  if (writes !== null) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port to the parent thread has no origin
    passing(gate, () => parentPort?.postMessage(outcomeOf(writes)));
    return;
  }
  database.close();
  parentPort?.close();
});
