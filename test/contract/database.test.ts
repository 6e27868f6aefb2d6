/** Opening the database of a home while another process is at it. */
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { connect, DATABASE_FILE } from "../../adapters/storage/database.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const HELD_MS = 150;

/** Another's connection to a new database, not in WAL mode yet, that holds it by `begin` for a while. */
const HOLDER = `
  const { parentPort, workerData } = require("node:worker_threads");
  const Database = require(${JSON.stringify(createRequire(import.meta.url).resolve("better-sqlite3"))});
  const database = new Database(workerData.file);
  database.exec("CREATE TABLE t (x)");
  database.exec(workerData.begin);
  database.prepare("SELECT * FROM t").all();
  parentPort.postMessage("held");
  setTimeout(() => { database.exec("COMMIT"); database.close(); }, ${HELD_MS});
`;

describe("a new database that another process holds while it is opened", () => {
  it.each(["BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])("(%s) is opened as soon as it is free", async (begin) => {
    const file = join(temporaryFolder(), DATABASE_FILE);
    const holder = new Worker(HOLDER, { eval: true, workerData: { file, begin } });
    const ended = once(holder, "exit");
    await once(holder, "message");
    const database = connect(file);
    expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(database.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 0 });
    database.close();
    await ended;
  });
});
