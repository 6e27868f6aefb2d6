/** The lock of a run, as the processes see it that only ask whether it is held. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { isRunLocked, lockRun } from "../../adapters/storage/run-lock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("the lock of a run", () => {
  it("is seen while it is held, and no longer", () => {
    const folder = temporaryFolder();
    expect(isRunLocked(folder)).toBe(false);
    const lock = lockRun(folder, "r");
    expect(isRunLocked(folder)).toBe(true);
    expect(() => lockRun(folder, "r")).toThrow(`run r is being worked on by process ${process.pid}`);
    lock.release();
    expect(isRunLocked(folder)).toBe(false);
  });

  it("is not taken for held while another process only asks", () => {
    const folder = temporaryFolder();
    lockRun(folder, "r").release();
    const asking = new Database(join(folder, "lock.sqlite"), { readonly: true });
    onTestFinished(() => void asking.close());
    asking.exec("BEGIN");
    asking.prepare("SELECT count(*) FROM sqlite_schema").get();
    expect(isRunLocked(folder)).toBe(false);
  });
});
