/** What ends lanes from outside, through the real command: the run's deadline, its budget. */
import { describe, expect, it } from "vitest";
import { decisionsOf, evidenceOf, laneIn, runToEnd } from "./fault-run.ts";

describe("limits of the run", () => {
  it("deadline: the run's time is over while a call hangs; the lane ends as stalled, the rest is answered", async () => {
    const run = await runToEnd({
      subtasks: ["quick", "hangs"].map((id) => ({ id, instructions: "Do it." })),
      agent: (call) => (call.subtaskId === "hangs" ? { hang: true } : { content: "in time" }),
      flags: ["--deadline", "1500ms"],
    });
    expect(run.outcome.code).toBe(3);
    expect(evidenceOf(run.lines, "hangs", "deadline")).toBe("the run's deadline passed");
    expect(decisionsOf(run.lines, "hangs")).toEqual(["deadline give-up → give-up"]);
    expect(run.result.coverage).toMatchObject({ total: 2, done: 1, stalled: 1 });
    expect(run.result.answer).toContain("(hangs): stalled, deadline: the run's deadline passed");
    expect(laneIn(run.shown, "hangs")).toMatch(/signal deadline: .+\n.*policy: given up \(deadline: no rule is left\)/);
    // A tenth was held back for the synthesizer, which used it.
    expect(run.stats.callsByRole.synthesizer).toBe(1);
  });

  it("budget: a lane at the cap ends as budget, within the cap, and the answer says so", async () => {
    const run = await runToEnd({
      subtasks: [{ id: "endless", instructions: "Go on." }],
      agent: (call) => ({ toolCalls: [{ name: "read_result", args: { subtask: `x${call.turn}` } }] }),
      flags: ["--max-steps", "6"],
    });
    expect(run.outcome.code).toBe(3);
    expect(evidenceOf(run.lines, "endless", "budget")).toBe("the cap on steps is reached");
    expect(decisionsOf(run.lines, "endless")).toEqual(["budget give-up → give-up"]);
    expect(run.result.coverage).toMatchObject({ total: 1, budget: 1 });
    expect(run.result.usage.steps).toBeLessThanOrEqual(6);
    expect(laneIn(run.shown, "endless")).toMatch(/signal budget: .+\n.*policy: given up \(budget: no rule is left\)/);
  });
});
