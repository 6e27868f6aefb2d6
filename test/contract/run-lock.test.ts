/** The lock of a run, as the processes see it that only ask whether it is held. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
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
    writeFileSync(join(folder, "run.json"), "{}");
    lockRun(folder, "r").release();
    const asking = new Database(join(folder, "lock.sqlite"), { readonly: true });
    onTestFinished(() => void asking.close());
    asking.exec("BEGIN");
    asking.prepare("SELECT count(*) FROM sqlite_schema").get();
    expect(isRunLocked(folder)).toBe(false);
  });

  it("takes its folder with it where nothing has begun, and leaves whatever has", () => {
    const folder = join(temporaryFolder(), "r");
    const lock = lockRun(folder, "r");
    writeFileSync(join(folder, "documents.sqlite"), "");
    lock.release();
    expect(existsSync(folder)).toBe(false);
    const begun = lockRun(folder, "r");
    writeFileSync(join(folder, "journal.jsonl"), "");
    begun.release();
    expect(existsSync(join(folder, "lock.sqlite"))).toBe(true);
  });

  it("is one process's at a time, also where each takes the folder away with it", async () => {
    const [place, module] = [temporaryFolder(), new URL("../../adapters/storage/run-lock.ts", import.meta.url).href];
    const program = `
      import { mkdirSync, rmdirSync } from "node:fs";
      import { lockRun } from ${JSON.stringify(module)};
      for (let held = 0; held < 150; )
        try {
          const lock = lockRun(${JSON.stringify(join(place, "r"))}, "r");
          mkdirSync(${JSON.stringify(join(place, "held"))});
          rmdirSync(${JSON.stringify(join(place, "held"))});
          held += 1;
          lock.release();
        } catch (error) {
          if (error.code !== "RUN_HELD") throw error;
        }`;
    const children = [1, 2, 3].map(() =>
      spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "ignore", "pipe"] }),
    );
    const ends = children.map(async (child) => {
      const said = text(child.stderr);
      await once(child, "close");
      return said;
    });
    expect(await Promise.all(ends)).toEqual(["", "", ""]);
    expect(existsSync(join(place, "r"))).toBe(false);
  }, 60_000);
});
