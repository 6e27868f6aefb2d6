/**
 * G3: the process is killed (SIGKILL) at every write of a small run, one by one, and the run is resumed. Journal: before a
 * write, in the middle of it, and when it is on the disk but nobody has heard of it. Database: before and after a commit,
 * so also between the board's commit and the checkpoint that mentions it.
 *
 * By default every journal write is struck (torn, and after it), and every second commit (after it: before the next one is
 * nearly the same moment). GLASSHIVE_CRASH_MATRIX=full strikes every write and every commit in every way.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foldJournal, publicationKey } from "../../engine/journal/fold.ts";
import { readLines } from "../../engine/journal/open-journal.ts";
import { CALLS_OF_A_LANE, essenceOf, resumeHere, RUN, smallRun, SUBTASKS } from "../support/crash-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { resultOf } from "../support/run-command.ts";

const IS_FULL = process.env["GLASSHIVE_CRASH_MATRIX"] === "full";
/** Two cores: one child dies while the run of another is resumed here. */
const AT_ONCE = 2;
/** Far beyond the writes of the run: a strike that never comes must not look like one that does no harm. */
const MOST_WRITES = 200;

const folder = mkdtempSync(join(tmpdir(), "glasshive-crash-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let undisturbed: ReturnType<typeof essenceOf>;
beforeAll(async () => {
  const calm = await smallRun(join(folder, "calm", "home"));
  const outcome = await calm.run();
  undisturbed = essenceOf(resultOf(outcome));
  await calm.close();
});

/** Kills the run at one write and resumes it. False: it ended before it came so far. */
async function strike(fault: string): Promise<boolean> {
  const small = await smallRun(join(folder, fault.replaceAll(":", "-"), "home"));
  try {
    const struck = await small.run(fault);
    if (struck.signal !== "SIGKILL") {
      expect(struck, "a run that was not struck completes").toMatchObject({ code: 0, stderr: "" });
      return false;
    }
    const published = publishedIn(small.home);
    const before = small.stats().subtasks;
    const { code, said } = await resumeHere(small.home);
    expect({ code, said }).toEqual({ code: 0, said: [] });
    const { result } = await checkInvariants(small.home, RUN);
    expect(essenceOf(result)).toEqual(undisturbed);
    expect(result.coverage.done).toBe(SUBTASKS.length);
    const { subtasks, callsByRole, unexpected } = small.stats();
    expect(unexpected).toEqual([]);
    expect(callsByRole.synthesizer).toBeLessThanOrEqual(2);
    for (const id of SUBTASKS) {
      expect(subtasks[id]?.calls, `${id} repeats one call at most`).toBeLessThanOrEqual(CALLS_OF_A_LANE + 1);
      if (published.has(publicationKey(id, 1)))
        expect(subtasks[id]?.calls, `${id} was finished and did not run again`).toBe(before[id]?.calls);
    }
    return true;
  } catch (error) {
    throw new Error(`struck at ${fault}: ${(error as Error).message}`, { cause: error });
  } finally {
    await small.close();
  }
}

/** What the journal of a killed run says was accepted. A line without its end was never written. */
function publishedIn(home: string): ReadonlySet<string> {
  let text = "";
  try {
    text = readFileSync(join(home, "runs", RUN, "journal.jsonl"), "utf8");
  } catch {
    return new Set();
  }
  return foldJournal(readLines(text.split("\n").slice(0, -1), RUN)).published;
}

/** Strikes at write 1, 1 + step, … until the run has no such write. Returns how many there were. */
async function strikeAll(how: string, step: number): Promise<number> {
  let next = 1;
  let struck = 0;
  let isOver = false;
  const work = async (): Promise<void> => {
    while (!isOver && next < MOST_WRITES) {
      const number = next;
      next += step;
      if (await strike(`${how}:${number}`)) struck += 1;
      else isOver = true;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect(isOver, "the run has an end").toBe(true);
  return struck;
}

describe("a run that is killed at every write of the journal, one by one", () => {
  it.each(IS_FULL ? ["before", "torn", "after"] : ["torn", "after"])(
    "(%s) and resumed has the result of an undisturbed run, and repeats no finished work",
    async (how) => {
      expect(await strikeAll(`${how}:journal`, 1)).toBeGreaterThan(12);
    },
    300_000,
  );
});

describe(`a run that is killed at every ${IS_FULL ? "" : "second "}commit of the database (all: GLASSHIVE_CRASH_MATRIX=full)`, () => {
  it.each(IS_FULL ? ["before", "after"] : ["after"])(
    "(%s) and resumed has the result of an undisturbed run, and repeats no finished work",
    async (how) => {
      expect(await strikeAll(`${how}:database`, IS_FULL ? 1 : 2)).toBeGreaterThan(8);
    },
    240_000,
  );
});
