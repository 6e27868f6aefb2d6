/** G1: caps are never exceeded, at any concurrency, and end in an honest partial answer. Through the command line. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../state/run-result.ts";
import { layeredPlan } from "../support/layered-plan.ts";
import { byRole, synthesizerAnswer, toolCallsThenAnswer } from "../support/model-server/index.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SUBTASKS = 30;
const CALLS = 5;
const PRICES = { prices: { m: { input: 1, output: 4 } } };

async function runCapped(flags: string[], delayMs = 10) {
  const agent = toolCallsThenAnswer({ toolCalls: CALLS - 1, args: { subtask: "s1" } });
  const server = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }), {
    delay: { kind: "fixed", ms: delayMs },
  });
  const home = temporaryFolder();
  writeFileSync(
    join(home, "plan.json"),
    JSON.stringify(layeredPlan({ subtasks: SUBTASKS, layers: 3, fanIn: 2, seed: 1, steps: CALLS })),
  );
  writeFileSync(join(home, "config.json"), JSON.stringify(PRICES));
  const outcome = await commandHere(
    [
      "run",
      "--plan",
      "plan.json",
      "--config",
      "config.json",
      "--model",
      "m",
      "--base-url",
      server.url,
      "--home",
      home,
      "--concurrency",
      "20",
      "--json",
      ...flags,
    ],
    { cwd: home },
  );
  return { outcome, result: resultOf(outcome), stats: server.stats(), records: server.records() };
}

/** Every subtask has one outcome, and the answer says how many are missing. */
function expectHonest({ coverage, subtasks, answer, status }: RunResult): void {
  const { total, ...outcomes } = coverage;
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(total);
  expect(subtasks).toHaveLength(SUBTASKS);
  expect(subtasks.every(({ outcome }) => outcome !== null)).toBe(true);
  expect(status).toBe("partial");
  expect(answer).toContain(`${coverage.done} of ${SUBTASKS} done`);
}

describe("a run with a cap", () => {
  it("on steps spends no step more, finishes some subtasks and answers from them", async () => {
    const { outcome, result, stats } = await runCapped(["--max-steps", "50"]);
    expect(outcome.code).toBe(3);
    expectHonest(result);
    expect(stats.calls).toBeLessThanOrEqual(50);
    expect(result.usage.steps).toBe(stats.calls);
    expect(result.coverage.done).toBeGreaterThan(5);
    expect(result.coverage.budget).toBeGreaterThan(0);
    expect(stats.callsByRole.synthesizer).toBe(1);
  }, 60_000);

  it("on tokens takes in and gives out no token more", async () => {
    const { outcome, result, stats } = await runCapped(["--max-tokens", "30000"]);
    expect(outcome.code).toBe(3);
    expectHonest(result);
    expect(stats.inputTokens + stats.outputTokens).toBeLessThanOrEqual(30_000);
    expect(result.usage.inputTokens + result.usage.outputTokens).toBe(stats.inputTokens + stats.outputTokens);
    expect(result.coverage.done).toBeGreaterThan(0);
  }, 60_000);

  it("on money spends no cent more", async () => {
    const { outcome, result, stats } = await runCapped(["--max-usd", "0.025"]);
    expect(outcome.code).toBe(3);
    expectHonest(result);
    expect((stats.inputTokens + 4 * stats.outputTokens) / 1e6).toBeLessThanOrEqual(0.025);
    expect(result.usage.usd).toBeCloseTo((stats.inputTokens + 4 * stats.outputTokens) / 1e6, 9);
    expect(result.coverage.done).toBeGreaterThan(0);
  }, 60_000);

  it("on time asks nothing of the model after the deadline", async () => {
    const { outcome, result, records } = await runCapped(["--deadline", "1s"], 150);
    expect(outcome.code).toBe(3);
    expectHonest(result);
    expect(result.coverage.stalled).toBeGreaterThan(0);
    const lastStart = Math.max(...records.map(({ startMs }) => startMs));
    const firstStart = Math.min(...records.map(({ startMs }) => startMs));
    expect(lastStart - firstStart).toBeLessThan(1000);
  }, 60_000);

  it("on agents lets no more lanes work at once", async () => {
    const { outcome, result } = await runCapped(["--max-agents", "7"]);
    expect(outcome.code).toBe(0);
    expect(result.coverage.done).toBe(SUBTASKS);
    expect(mostOpen(result)).toBeLessThanOrEqual(7);
  }, 60_000);
});

/** The most subtasks between their start and their end at one time, as the result has it. */
function mostOpen({ subtasks }: RunResult): number {
  const events = subtasks.flatMap(({ startedAt, endedAt }) => [
    { at: Date.parse(startedAt!), open: 1 },
    { at: Date.parse(endedAt!), open: -1 },
  ]);
  // At one millisecond an end comes before a start: the slot was handed on.
  events.sort((one, other) => one.at - other.at || one.open - other.open);
  let [open, most] = [0, 0];
  for (const event of events) most = Math.max(most, (open += event.open));
  return most;
}
