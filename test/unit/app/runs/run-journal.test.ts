import { appendFileSync, closeSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { publishHead } from "../../../../app/runs/run-journal.ts";
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
    const ended = { run: "r", at: 0, lines: 3, head: "ab".repeat(32) };
    const line = `${JSON.stringify({ ...ended, at: "1970-01-01T00:00:00.000Z" })}\n`;
    for (let time = 0; time < 2; time += 1) {
      publishHead(home, ended);
      expect(statSync(file).size).toBe(HUGE_BYTES + 1 + line.length);
      expect(endOf(file, line.length + 2)).toBe(`\0\n${line}`);
    }
  });
});
