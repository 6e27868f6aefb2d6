/** A provider that refuses everybody for a while, and one that never works: nothing fails for nothing, nothing is made up. */
import { describe, expect, it } from "vitest";
import type { Behaviour } from "../support/model-server/index.ts";
import { resultOf } from "../support/run-command.ts";
import { faultRun, runToEnd, type Planned } from "./fault-run.ts";

const LANES = 20;
const CALLS = 3;
const OUTAGE_MS = 2500;
const lanes: Planned[] = Array.from({ length: LANES }, (_, index) => ({
  id: `s${index + 1}`,
  instructions: "Do it.",
  steps: 5,
}));
const work: Behaviour = (call) =>
  call.turn < CALLS - 1
    ? { toolCalls: [{ name: "read_result", args: { subtask: `x${call.turn}` } }] }
    : { content: `Result of ${call.subtaskId}.` };

describe("a provider that refuses everything for some seconds", () => {
  it("429: nothing fails, and what was answered is not asked again", async () => {
    // Time is counted from the first call that is refused: after each lane has had its first answer.
    let since = 0;
    const run = await runToEnd({
      subtasks: lanes,
      agent: (call) => {
        if (call.turn === 0) return work(call);
        since ||= performance.now();
        return performance.now() - since < OUTAGE_MS ? { status: 429 } : work(call);
      },
      delayMs: 20,
    });
    expect([run.outcome.code, run.outcome.stderr]).toEqual([0, ""]);
    expect(run.result.coverage).toMatchObject({ total: LANES, done: LANES });
    const { "200": answered = 0, "429": refused = 0, ...others } = run.stats.callsByStatus;
    expect(others).toEqual({});
    expect(answered).toBe(LANES * CALLS + 1);
    // The limiter lets a few calls try, and holds back the rest.
    expect(refused).toBeLessThan(LANES * 4);
    const refusedLines = run.lines.filter(({ kind, data }) => kind === "signal" && data["kind"] === "rate-limit");
    expect(refusedLines).toHaveLength(refused);
    expect(run.result.subtasks.every(({ attempts, steps }) => attempts === 1 && steps === CALLS)).toBe(true);
  });
});

describe("a provider that asks for a long wait", () => {
  it("holds up no command whose run is over", async () => {
    const started = performance.now();
    const lab = await faultRun({
      subtasks: lanes.slice(0, 2),
      agent: () => ({ status: 429, headers: { "retry-after": "60" } }),
      recovery: { "rate-limit": [] },
    });
    expect(resultOf(await lab.start().ended).coverage).toMatchObject({ total: 2, infra: 2 });
    expect(performance.now() - started).toBeLessThan(45_000);
  });
});

describe("a swarm of verifiers of which every one fails", () => {
  it.each([
    ["429", 429],
    ["503", 503],
  ])("for %s says that nothing could be verified, never that all was refuted", async (_, status) => {
    const quick = { do: "retry", max: 1, backoffMs: 10, maxBackoffMs: 10 } as const;
    const run = await runToEnd({
      subtasks: [
        {
          id: "claim",
          forEach: Array.from({ length: 25 }, (_item, index) => `claim ${index}`),
          instructions: "Is it true: {{item}}?",
        },
        {
          id: "verdict",
          dependsOn: ["claim"],
          instructions: "Sum up which claims are refuted.",
          allowMissingInputs: true,
        },
      ],
      agent: () => ({ status, headers: { "retry-after-ms": "10" } }),
      synthesizer: () => ({ content: "All claims are refuted." }),
      recovery: { "rate-limit": [quick], server: [quick] },
    });
    expect(run.outcome.code).toBe(1);
    expect(run.result.status).toBe("failed");
    expect(run.result.coverage).toMatchObject({ total: 26, done: 0, infra: 26 });
    expect(run.result.answer).toContain("nothing was examined, and nothing follows about the question");
    expect(run.result.answer).toContain("0 of 26 done, 26 infra");
    expect(run.result.answer).not.toMatch(/refuted|false|untrue/i);
    // Nobody is asked to make an answer of nothing.
    expect(run.stats.callsByRole.synthesizer).toBeUndefined();
  });
});
