/**
 * A kill meets a write of the journal or the database of a run whose check is violated once: between the verdict, the new version
 * of the plan, the lane that mends it and the second look. Resumed from what is on the disk then (moments.ts), one repair has
 * mended it, and a verdict that was on record was asked for once. GLASSHIVE_CRASH_MATRIX=full: at every write.
 */
import { expect, it } from "vitest";
import { checkedRun, write } from "../support/checked-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { textOf } from "../support/model-server/call.ts";
import { PRELOAD, resumeHere, RUN } from "../support/crash-run.ts";
import { lookAtEachWrite } from "../support/moments.ts";
import { journalSoFar, type RecordedLine } from "../support/read-journal.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PLAN = {
  task: "write two",
  subtasks: [{ id: "a", instructions: "Do a.", writes: ["list.md"] }],
  checks: [{ id: "two", artifacts: ["list.md"], predicate: "It says two." }],
};
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

const verdictsIn = (lines: readonly RecordedLine[]) =>
  lines.filter(({ kind }) => kind === "check").map(({ data }) => data["verdict"]);

/** `before`: verdicts that were asked for until the kill. */
async function resumed(home: string, asked: readonly string[], before: number): Promise<void> {
  const asMany = asked.length;
  const known = verdictsIn(journalSoFar(home, RUN)).length;
  expect(await resumeHere(home)).toEqual({ code: 0, said: [] });
  const { lines, result } = await checkInvariants(home, RUN);
  const [check] = result.checks;
  expect(check).toMatchObject({ status: "mended", writes: [{ version: 1, subtask: "a" }] });
  expect(check?.repairs.map(({ id, outcome }) => ({ id, outcome }))).toEqual([{ id: "two.repair-1", outcome: "done" }]);
  expect(verdictsIn(lines)).toEqual(["violated", "holds"]);
  expect(lines.filter(({ kind, data }) => kind === "plan" && data["added"] !== undefined)).toHaveLength(1);
  // The reply that a crash kept from the record is asked for once more; none else.
  expect(before + asked.length - asMany).toBe(2 + Math.max(0, before - known));
}

const IS_FULL = process.env["GLASSHIVE_CRASH_MATRIX"] === "full";
/** The first writes are those of any run, which crash-at-every-write.test.ts is about; so are torn lines of kinds that any run has. */
const FIRST = 12;
const OF_CHECKS = /check|signal|recovery|plan|park|route/;
/** Of the commits, which are many and alike. */
const STEP = 3;
/** Of the writes of lines of the same kinds: what is about the first verdict, and about the second. */
const OF_A_KIND = 2;

function wanted(): (moment: string, what: string) => boolean {
  const seen = new Map<string, number>();
  return (moment, what) => {
    const [when, target, number] = moment.split(":");
    if (IS_FULL) return true;
    if (when === "before" || Number(number) < FIRST) return false;
    if (target === "database") return Number(number) % STEP === 0;
    if (when === "torn" && !OF_CHECKS.test(what)) return false;
    const kind = `${when} ${target} ${what}`;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    return seen.get(kind)! <= OF_A_KIND;
  };
}

it("killed at its writes and resumed, it is mended once and judged once for each version", async () => {
  const { lab, asked } = await struckRun();
  const env = { NODE_OPTIONS: PRELOAD, GLASSHIVE_TEST_FAULT: "each" };
  const { sights, outcome } = await lookAtEachWrite(lab.start({ env, channels: true }), {
    ...{ home: lab.home, into: temporaryFolder(), isWanted: wanted() },
    facts: () => asked.length,
  });
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(sights.length, "the disk was looked at").toBeGreaterThan(15);
  for (const { moment, home, facts } of sights) {
    try {
      await resumed(home, asked, facts);
    } catch (error) {
      throw new Error(`killed at ${moment}: ${(error as Error).message}`, { cause: error });
    }
  }
}, 200_000);
