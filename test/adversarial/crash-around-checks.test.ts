/**
 * The process is killed (SIGKILL) at writes of the journal and the database (all: GLASSHIVE_CRASH_MATRIX=full) of a run whose check is violated once: between
 * the verdict, the new version of the plan, the lane that mends it and the second look. Resumed, one repair has mended it, and
 * a verdict that was on record was asked for once.
 */
import { expect, it } from "vitest";
import { checkedRun, write } from "../support/checked-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { textOf } from "../support/model-server/call.ts";
import { resumeHere, RUN } from "../support/crash-run.ts";
import type { RecordedLine } from "../support/read-journal.ts";

const PLAN = {
  task: "write two",
  subtasks: [{ id: "a", instructions: "Do a.", writes: ["list.md"] }],
  checks: [{ id: "two", artifacts: ["list.md"], predicate: "It says two." }],
};
const PRELOAD = `--import ${new URL("../support/crash-at-write.ts", import.meta.url).href}`;
const MOST_WRITES = 200;

async function struckRun() {
  const asked: string[] = [];
  const lab = await checkedRun({
    plan: PLAN,
    agent: (call) => {
      const isRepair = call.subtaskId !== "a";
      const read = { name: "read_artifact", args: { name: "list.md" } };
      if (call.turn === 0) return { toolCalls: [isRepair ? read : write("list.md", "one\n")] };
      if (call.turn === 1 && isRepair) return { toolCalls: [write("list.md", "two\n")] };
      return { content: `${call.subtaskId} is through.` };
    },
    judge: (call) => {
      const said = call.messages.map((message) => textOf(message)).join("\n");
      const version = /\btwo\n/.test(said.split("<statement")[0] ?? "") ? "two" : "one";
      asked.push(version);
      return { content: version === "two" ? "HOLDS" : "VIOLATED: it says one" };
    },
  });
  return { lab, asked };
}

/** False: the run ended before it came so far. */
async function strike(fault: string): Promise<boolean> {
  const { lab, asked } = await struckRun();
  const struck = await lab.run({ NODE_OPTIONS: PRELOAD, GLASSHIVE_TEST_FAULT: fault });
  if (struck.signal !== "SIGKILL") return struck.code === 0 ? false : Promise.reject(new Error(struck.stderr));
  const before = { asked: asked.length, known: verdictsIn(lab.has("journal.jsonl") ? lab.lines() : []).length };
  try {
    await resumed(lab.home, asked, before);
  } catch (error) {
    throw new Error(`struck at ${fault}: ${(error as Error).message}`, { cause: error });
  }
  return true;
}

const verdictsIn = (lines: readonly RecordedLine[]) =>
  lines.filter(({ kind }) => kind === "check").map(({ data }) => data["verdict"]);

async function resumed(
  home: string,
  asked: readonly string[],
  before: { asked: number; known: number },
): Promise<void> {
  expect(await resumeHere(home)).toEqual({ code: 0, said: [] });
  const { lines, result } = await checkInvariants(home, RUN);
  const [check] = result.checks;
  expect(check).toMatchObject({ status: "mended", writes: [{ version: 1, subtask: "a" }] });
  expect(check?.repairs.map(({ id, outcome }) => ({ id, outcome }))).toEqual([{ id: "two.repair-1", outcome: "done" }]);
  expect(verdictsIn(lines)).toEqual(["violated", "holds"]);
  expect(lines.filter(({ kind, data }) => kind === "plan" && data["added"] !== undefined)).toHaveLength(1);
  // The reply that a crash kept from the record is asked for once more; none else.
  expect(asked).toHaveLength(2 + Math.max(0, before.asked - before.known));
}

const IS_FULL = process.env["GLASSHIVE_CRASH_MATRIX"] === "full";
/** The first writes are those of any run, which crash-at-every-write.test.ts strikes. */
const FIRST = IS_FULL ? 1 : 12;

it.each([
  ["torn:journal", 1],
  ...(IS_FULL ? [["after:journal", 1] as const] : []),
  ["after:database", IS_FULL ? 1 : 4],
] as const)(
  "killed (%s) at one write after the other and resumed, it is mended once and judged once for each version",
  { timeout: 400_000 },
  async (how, step) => {
    let next = FIRST;
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
    await Promise.all([work(), work()]);
    expect(isOver, "the run has an end").toBe(true);
    expect(struck).toBeGreaterThan(4);
    console.log(`${how}: struck ${struck} times`);
  },
);
