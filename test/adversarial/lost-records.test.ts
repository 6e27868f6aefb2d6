/** G3, G5: what was lost of a run's records is made again without a call, or named with what is left; it never counts as nothing spent. */
import { cpSync, existsSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRunRecord } from "../../app/cli/run-record.ts";
import {
  endedAndKilled,
  essenceOf,
  replaced,
  resumeHere,
  RUN,
  smallRun,
  SUBTASKS,
  worldAfter,
  type World,
} from "../support/crash-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const worlds = endedAndKilled();

const LOSSES: [string, (file: string) => void][] = [
  ["gone", (file) => rmSync(file)],
  ["empty", (file) => truncateSync(file, 0)],
  ["cut off", (file) => truncateSync(file, 300)],
];

describe("a result.json of a finished run that is", () => {
  it.each(LOSSES)("%s is made again by show and resume, with no call", async (_, lose) => {
    const calls = worlds.ended.small.stats().calls;
    const { home, file } = worlds.ended.copy();
    const before = resultIn(file("result.json"));
    lose(file("result.json"));
    const { overview, result } = await readRunRecord(home, RUN);
    expect([overview.status, result]).toMatchObject([before.status, essenceOf(before)]);
    expect(resultIn(file("result.json"))).toMatchObject({ ...essenceOf(before), journalHead: before.journalHead });
    lose(file("result.json"));
    rmSync(file("answer.md"));
    expect(await resumeHere(home)).toEqual({ code: 0, said: [] });
    expect(worlds.ended.small.stats().calls).toBe(calls);
    await checkInvariants(home, RUN);
  });
});

describe("a copy of a home", () => {
  it.each<[string, World["copy"], string]>([
    ["ended", () => worlds.ended.copy(), "complete"],
    ["was killed", () => worlds.killed.copy(), "interrupted"],
  ])("with other times says the same of a run that %s", async (_, copy, status) => {
    const { home, file } = copy();
    if (existsSync(file("result.json"))) utimesSync(file("result.json"), 1, 1);
    const { stdout } = await commandHere(["runs", "--json", "--home", home]);
    expect(JSON.parse(stdout)).toMatchObject([{ runId: RUN, status }]);
  });
});

function resultIn(file: string) {
  return resultOf({ code: 0, signal: null, stdout: readFileSync(file, "utf8"), stderr: "" });
}

const DAMAGES: [string, (file: string) => void][] = [
  ["gone", (file) => rmSync(file)],
  ["empty", (file) => truncateSync(file, 0)],
  ["shorter", (file) => writeFileSync(file, firstLines(file, 4))],
  // Of a run that was killed the database may not know the very last lines yet.
  ["shorter by a few lines", (file) => writeFileSync(file, firstLines(file, -10))],
];

function firstLines(file: string, count: number): string {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1).slice(0, count);
  return `${lines.join("\n")}\n`;
}

describe("a journal that is", () => {
  it.each(DAMAGES)(
    "%s is noticed by show and resume, of a run that ended and of one that was killed",
    async (_, damage) => {
      for (const { small, copy } of [worlds.ended, worlds.killed]) {
        const { home, file } = copy();
        damage(file("journal.jsonl"));
        const calls = small.stats().calls;
        const refusal = { code: "JOURNAL_BROKEN", next: expect.stringContaining("restore journal.jsonl") as string };
        await expect(readRunRecord(home, RUN)).rejects.toMatchObject(refusal);
        await expect(resumeHere(home)).rejects.toMatchObject(refusal);
        expect(small.stats().calls).toBe(calls);
      }
    },
  );
});

describe("a journal of a run that ended, which is", () => {
  it.each(DAMAGES)("%s is noticed by ask and replay too", async (_, damage) => {
    const { home, file } = worlds.ended.copy();
    damage(file("journal.jsonl"));
    for (const args of [
      ["ask", RUN, "And why?"],
      ["replay", RUN],
    ]) {
      const { code, stderr } = await worlds.ended.small.command([...args, "--home", home]);
      expect(stderr).toMatch(/journal of run r is not the one that it had: .*restore journal\.jsonl/);
      expect(code).toBe(1);
    }
  });
});

describe("a database that is gone", () => {
  it("is named with what is left of the run, and what to do; what was done, the journal still tells", async () => {
    const { home } = worlds.killed.copy();
    const known = await readRunRecord(home, RUN);
    for (const end of ["", "-wal", "-shm"]) rmSync(join(home, `glasshive.db${end}`), { force: true });
    const lost = {
      code: "DATABASE_CORRUPT",
      message: expect.stringMatching(/left are a journal of \d+ lines \(\d+ steps/) as string,
    };
    await expect(resumeHere(home)).rejects.toMatchObject(lost);
    const { result, plan } = await readRunRecord(home, RUN);
    expect({ result, plan }).toEqual({ result: known.result, plan: known.plan });
  });
});

describe("a database that cannot be opened, as in a home that can only be read,", () => {
  it("keeps nobody from being told of a run that has ended, and no run goes on", async () => {
    const { home, file } = worlds.ended.copy();
    const known = await readRunRecord(home, RUN);
    for (const end of ["-wal", "-shm"]) rmSync(join(home, `glasshive.db${end}`), { force: true });
    replaced(join(home, "glasshive.db"));
    const { result, plan } = await readRunRecord(home, RUN);
    expect({ result, plan }).toEqual({ result: known.result, plan: known.plan });
    await expect(resumeHere(home)).rejects.toMatchObject({ code: "HOME_UNUSABLE" });
    writeFileSync(file("journal.jsonl"), firstLines(file("journal.jsonl"), 4));
    await expect(readRunRecord(home, RUN)).rejects.toMatchObject({ code: "JOURNAL_BROKEN" });
  });
});

describe("a database that is damaged", () => {
  it.each([
    ["garbage", (file: string) => writeFileSync(file, "not a database ".repeat(500))],
    [
      "written over behind its first page",
      (file: string) => {
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.fill(0xa5, 4096));
      },
    ],
  ])("(%s) is refused by show and resume with what is left of the run, and is not touched", async (_, damage) => {
    const { home } = worlds.ended.copy();
    const database = join(home, "glasshive.db");
    // As a process leaves it that closes it in peace: all is in one file.
    rmSync(join(home, "runs", RUN, "result.json"));
    damage(database);
    for (const end of ["-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
    const calls = worlds.ended.small.stats().calls;
    const before = readFileSync(database);
    const refusal = {
      code: "DATABASE_CORRUPT",
      message: expect.stringMatching(/of run r are left a journal of \d+ lines \(\d+ steps.*answer\.md/) as string,
      next: expect.stringContaining("restore glasshive.db") as string,
    };
    await expect(readRunRecord(home, RUN)).rejects.toMatchObject(refusal);
    await expect(resumeHere(home)).rejects.toMatchObject(refusal);
    expect(readFileSync(database).equals(before)).toBe(true);
    expect(worlds.ended.small.stats().calls).toBe(calls);
  });
});

describe("the home of a run that works on", () => {
  it("without its -wal is told of by its journal; it is not continued, and nothing is asked again", async () => {
    const { home } = worlds.killed.copy();
    for (const end of ["-wal", "-shm"]) rmSync(join(home, `glasshive.db${end}`), { force: true });
    const calls = worlds.killed.small.stats().calls;
    const lost = {
      code: "DATABASE_CORRUPT",
      message: expect.stringMatching(/left are a journal of \d+ lines/) as string,
    };
    expect((await readRunRecord(home, RUN)).result.coverage).toMatchObject({ total: SUBTASKS.length });
    await expect(resumeHere(home)).rejects.toMatchObject(lost);
    expect(worlds.killed.small.stats().calls).toBe(calls);
  });

  it("copied in the middle is resumed from each copy, with no more requests than steps on record", async () => {
    const home = join(temporaryFolder(), "home");
    const copies: { home: string; calls: number }[] = [];
    let asked = 0;
    const small = await smallRun(home, () => {
      asked += 1;
      const copy = join(temporaryFolder(), "home");
      cpSync(home, copy, { recursive: true });
      copies.push({ home: copy, calls: asked });
      return 0;
    });
    try {
      expect((await small.run()).code).toBe(0);
      for (const { home: copy, calls } of [...copies]) {
        const before = small.stats().calls;
        expect(await resumeHere(copy)).toEqual({ code: 0, said: [] });
        const { result } = await checkInvariants(copy, RUN);
        expect(result).toMatchObject({ status: "complete", coverage: { done: SUBTASKS.length } });
        expect(calls + small.stats().calls - before).toBeLessThanOrEqual(result.usage.steps);
      }
    } finally {
      await small.close();
    }
  }, 60_000);
});

describe("a run that is killed at its end", () => {
  it.each(["before:answer.md:1", "torn:result.json:1", "after:result.json:1"])(
    "(%s) has one run-end, and its answer is not written again",
    async (fault) => {
      const { small } = await worldAfter(temporaryFolder(), fault);
      try {
        expect(small.stats().callsByRole.synthesizer).toBe(1);
        expect(await resumeHere(small.home)).toEqual({ code: 0, said: [] });
        const { result, lines } = await checkInvariants(small.home, RUN);
        expect(result.coverage.done).toBe(SUBTASKS.length);
        expect(small.stats().callsByRole.synthesizer).toBe(1);
        expect(lines.filter(({ kind }) => kind === "run-end")).toHaveLength(1);
        expect(readJournalFile(small.home, RUN).at(-1)?.kind).toBe("run-close");
      } finally {
        await small.close();
      }
    },
    60_000,
  );
});
