import { appendFileSync, closeSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { InMemoryStore } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { runNamespace } from "../../../../adapters/storage/run-in-store.ts";
import { openJournal } from "../../../../engine/journal/open-journal.ts";
import { entryOf } from "../../../support/journal-lines.ts";
import { publishHead } from "../../../../app/runs/heads.ts";
import { keepHead } from "../../../../app/runs/run-journal.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

/** More than a text of this process may have. Sparse: it takes no room on the disk. */
const HUGE_BYTES = 3 * 2 ** 30;

function endOf(file: string, bytes: number): string {
  const opened = openSync(file, "r");
  const read = Buffer.alloc(bytes);
  readSync(opened, read, 0, bytes, statSync(file).size - bytes);
  closeSync(opened);
  return read.toString();
}

describe("the heads of ended runs", () => {
  it("are read at their end alone, however many there are: a new one is appended, one that stands there is not", () => {
    const home = temporaryFolder();
    const file = join(home, "heads.jsonl");
    appendFileSync(file, "");
    truncateSync(file, HUGE_BYTES);
    const ended = { run: "r", at: "1970-01-01T00:00:00.000Z", lines: 3, head: "ab".repeat(32) };
    const line = `${JSON.stringify(ended)}\n`;
    for (let time = 0; time < 2; time += 1) {
      publishHead({ files: [file] }, ended);
      expect(statSync(file).size).toBe(HUGE_BYTES + 1 + line.length);
      expect(endOf(file, line.length + 2)).toBe(`\0\n${line}`);
    }
  });
});

describe("the head that the store knows", () => {
  /** A journal of which the store's first writes of the head fail. */
  async function failing(times: number) {
    let left = times;
    class Failing extends InMemoryStore {
      override async put(...put: Parameters<InMemoryStore["put"]>): Promise<void> {
        if ((left -= 1) >= 0) throw new Error("locked");
        await super.put(...put);
      }
    }
    const store = new Failing();
    const append = () => Promise.resolve();
    const storage = { read: () => Promise.resolve([]), append, close: append };
    const clock = { now: () => 0, sleep: append };
    const journal = await openJournal({ storage, run: "r", clock });
    const isKept = keepHead(journal, (head) => store.put(runNamespace("r", "run"), "head", { ...head }));
    const known = async () => (await store.get(runNamespace("r", "run"), "head"))?.value["seq"] as unknown;
    return { journal, isKept, known };
  }

  it("is kept again after a write that failed", async () => {
    const { journal, known } = await failing(1);
    for (let line = 1; line <= 2; line += 1) {
      await journal.append(entryOf("process-start"));
      await new Promise(setImmediate);
    }
    expect(await known()).toBe(2);
  });

  it("is tried once more by who waits for it", async () => {
    const { journal, isKept, known } = await failing(1);
    await journal.append(entryOf("process-end"));
    await new Promise(setImmediate);
    await isKept();
    expect(await known()).toBe(1);
  });
});
