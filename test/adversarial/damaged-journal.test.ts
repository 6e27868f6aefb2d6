/** G5: a journal with a torn end goes on; one that was changed is refused, and everyone who looks is told. */
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { RUN, smallRun, type SmallRun } from "../support/crash-run.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A run that died half-way. */
let killed: SmallRun;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "glasshive-killed-"));
  killed = await smallRun(join(folder, "home"));
  const { signal } = await killed.run("after:journal:9");
  if (signal !== "SIGKILL") throw new Error("the run was not killed");
  return async () => {
    await killed.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

/** A copy of it, and its journal. */
function brokenOff() {
  const home = join(temporaryFolder(), "home");
  cpSync(killed.home, home, { recursive: true });
  return { home, journal: join(home, "runs", RUN, "journal.jsonl") };
}

describe("a journal whose last line was torn", () => {
  it.each([1, 40, 700])(
    "(%i bytes lost) is continued at its last whole line",
    async (lost) => {
      const { home, journal } = brokenOff();
      truncateSync(journal, readFileSync(journal).length - lost);
      const outcome = await commandHere(["resume", RUN, "--home", home, "--json"]);
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
      expect(resultOf(outcome)).toMatchObject({ status: "complete", coverage: { total: 3, done: 3 } });
      expect(readJournalFile(home, RUN).at(-1)?.kind).toBe("run-close");
    },
    60_000,
  );
});

const CHANGES: { what: string; change: (bytes: Buffer) => Buffer }[] = [
  { what: "one byte of a word", change: (bytes) => flipped(bytes, bytes.indexOf("small task")) },
  { what: "one digit of the last line's hash", change: (bytes) => flipped(bytes, bytes.length - 10) },
  { what: "one byte that no text can hold", change: (bytes) => set(bytes, bytes.indexOf("small task"), 0xff) },
  { what: "a line end that became a space", change: (bytes) => set(bytes, bytes.indexOf("\n"), 0x20) },
  {
    what: "such a byte and a torn end",
    change: (bytes) => set(bytes, bytes.indexOf("small task"), 0xff).subarray(0, -9),
  },
  { what: "a line taken out", change: (bytes) => withoutLine(bytes, 1) },
];

function set(bytes: Buffer, at: number, byte: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = byte;
  return changed;
}

function flipped(bytes: Buffer, at: number): Buffer {
  return set(bytes, at, (bytes[at] ?? 0) ^ 1);
}

function withoutLine(bytes: Buffer, index: number): Buffer {
  return Buffer.from(bytes.toString("utf8").split("\n").toSpliced(index, 1).join("\n"));
}

describe("a journal that was changed", () => {
  it.each(CHANGES)(
    "($what) is refused by resume and show, and stays as it was found",
    async ({ change }) => {
      const { home, journal } = brokenOff();
      const found = change(readFileSync(journal));
      writeFileSync(journal, found);
      const calls = killed.stats().calls;
      for (const args of [
        ["resume", RUN, "--json"],
        ["show", RUN],
        ["show", RUN, "--json"],
      ]) {
        const outcome = await commandHere([...args, "--home", home]);
        expect(outcome.code).toBe(1);
        expect(outcome.stderr).toMatch(
          /^glasshive: the journal of run r does not hold: line \d+ .* — restore journal\.jsonl/,
        );
        expect(outcome.stderr.trim().split("\n")).toHaveLength(1);
      }
      expect(killed.stats().calls, "no model was called").toBe(calls);
      expect(readFileSync(journal).equals(found), "the evidence was not touched").toBe(true);
    },
    60_000,
  );
});
