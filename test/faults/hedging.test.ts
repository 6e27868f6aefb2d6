/** A call that takes far longer than its siblings' is raced: one good reply wins, the other call is stopped and settled. */
import { describe, expect, it } from "vitest";
import type { DetectionInput } from "../../state/recovery-policy.ts";
import { bySubtask, decisionsOf, evidenceOf, laneIn, runToEnd, type Planned } from "./fault-run.ts";

const FAST = ["f1", "f2", "f3", "f4"];
const STRAGGLER: NonNullable<DetectionInput["straggler"]> = {
  factor: 3,
  leastCalls: 8,
  leastMs: 200,
  mostExtraCalls: 1,
};
const plan = (slow: string[]): Planned[] =>
  [...FAST, ...slow].map((id) => ({ id, instructions: "Do it.", agent: "researcher", steps: 4 }));
/** Two calls of 20 ms, that is: what the slow ones are measured against. */
const fast = Object.fromEntries(
  FAST.map((id) => [
    id,
    (call: { turn: number }) => ({
      delayMs: 20,
      ...(call.turn === 0
        ? { toolCalls: [{ name: "read_result", args: { subtask: id } }] }
        : { content: `Result of ${id}.` }),
    }),
  ]),
);

describe("a straggler", () => {
  it("is raced by a second attempt; whoever answers well first wins, and nothing is left open", async () => {
    const run = await runToEnd({
      subtasks: plan(["rival-wins", "own-wins", "rival-fails", "rival-empty"]),
      agent: bySubtask({
        ...fast,
        "rival-wins": (call) => (call.seen === 0 ? { hang: true } : { content: "second" }),
        "own-wins": (call) => (call.seen === 0 ? { content: "first", delayMs: 2500 } : { hang: true }),
        "rival-fails": (call) => (call.seen === 0 ? { content: "first", delayMs: 2500 } : { status: 500 }),
        "rival-empty": (call) => (call.seen === 0 ? { content: "first", delayMs: 2500 } : { content: "" }),
      }),
      recovery: { straggler: [{ do: "hedge", max: 1 }] },
      detection: { straggler: STRAGGLER },
    });
    const outputOf = (id: string) => run.result.subtasks.find((subtask) => subtask.id === id);
    expect(outputOf("rival-wins")).toMatchObject({ outcome: "done", output: "second", attempts: 1, steps: 1 });
    for (const id of ["own-wins", "rival-fails", "rival-empty"])
      expect(outputOf(id)).toMatchObject({ outcome: "done", output: "first", attempts: 1, steps: 1 });
    for (const id of ["rival-wins", "own-wins", "rival-fails", "rival-empty"]) {
      expect(evidenceOf(run.lines, id, "straggler")).toMatch(
        /^a call takes more than \d+\.\d s, where \d+ calls of its siblings took \d+\.\d s \(median\)$/,
      );
      expect(decisionsOf(run.lines, id)).toEqual(["straggler[0] hedge 1/1 → hedge"]);
      expect(laneIn(run.shown, id)).toMatch(/signal straggler: .+\n.*policy: straggler\[0\] hedge 1\/1/);
      const reserved = run.lines.filter(({ kind, subtask }) => kind === "reserve" && subtask === id);
      expect(reserved.map(({ data }) => data["secondAttempt"] ?? false)).toEqual([false, true]);
    }
    // The loser is told to stop, and is on record as such.
    for (const id of ["rival-wins", "own-wins"]) {
      expect(run.records.filter(({ subtask, aborted }) => subtask === id && aborted)).toHaveLength(1);
      const signals = run.lines
        .filter(({ kind, subtask }) => kind === "model-call" && subtask === id)
        .map(({ data }) => data["signal"]);
      expect(new Set(signals)).toEqual(new Set(["cancelled", undefined]));
    }
  });

  it("is raced again where the second attempt straggles too, as often as the lane may", async () => {
    const run = await runToEnd({
      subtasks: plan(["slow"]),
      agent: bySubtask({ ...fast, slow: (call) => (call.seen < 2 ? { hang: true } : { content: "third" }) }),
      recovery: { straggler: [{ do: "hedge", max: 2 }] },
      detection: { straggler: STRAGGLER },
    });
    expect(decisionsOf(run.lines, "slow")).toEqual([
      "straggler[0] hedge 1/2 → hedge",
      "straggler[0] hedge 2/2 → hedge",
    ]);
    expect(run.result.subtasks.find(({ id }) => id === "slow")).toMatchObject({
      outcome: "done",
      output: "third",
      steps: 1,
    });
    expect(run.records.filter(({ subtask, aborted }) => subtask === "slow" && aborted)).toHaveLength(2);
  });

  it("is left alone where the allowance of the run is used up", async () => {
    const slow = ["a", "b", "c"];
    const run = await runToEnd({
      subtasks: plan(slow),
      agent: bySubtask({
        ...fast,
        ...Object.fromEntries(
          slow.map((id) => [id, (call: { seen: number }) => (call.seen === 0 ? { hang: true } : { content: "late" })]),
        ),
      }),
      detection: { idleMs: 4000, straggler: { ...STRAGGLER, mostExtraCalls: 0 } },
    });
    expect(run.result.coverage).toMatchObject({ total: 7, done: 7 });
    expect(run.lines.filter(({ data }) => data["secondAttempt"] === true)).toHaveLength(1);
    // The others are found out as idle, and take the step again.
    expect(slow.flatMap((id) => decisionsOf(run.lines, id)).toSorted()).toEqual([
      ...["idle[0] retry 1/3 → retry", "idle[0] retry 1/3 → retry", "straggler[0] hedge 1/3 → hedge"],
    ]);
  });
});
