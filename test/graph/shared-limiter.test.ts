import { MemorySaver } from "@langchain/langgraph";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createSwarm } from "../../app/create-swarm.ts";
import { AdaptiveLimiter } from "../../engine/runtime/limits/adaptive-limiter.ts";
import type { RunResult } from "../../state/run-result.ts";
import { byRole, synthesizerAnswer, toolCallsThenAnswer, type Behaviour } from "../support/model-server/index.ts";
import { planOf, thread, WORKER } from "../support/scripted-swarm.ts";
import { serve } from "../support/serve.ts";

/** A busy machine takes its time; nothing is waited for without end. */
const SOON = { timeout: 10_000, interval: 5 };
const plan = (prefix: string, count: number) =>
  planOf(Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, {}])));
const agents: Behaviour = byRole({ agent: toolCallsThenAnswer({ toolCalls: 0 }), synthesizer: synthesizerAnswer() });
const swarmAt = (baseUrl: string, home?: string) =>
  createSwarm({
    ...{ model: "m", baseUrl, apiKey: "test", concurrency: 4, agents: [WORKER] },
    ...(home === undefined ? { checkpointer: new MemorySaver() } : { home }),
  });

describe("two swarms of one process at one endpoint", () => {
  it("share its limit, and neither makes the other wait for all of its lanes", async () => {
    const server = await serve(agents, { delay: { kind: "fixed", ms: 20 } });
    const large = swarmAt(server.url).invoke({ task: "large", plan: plan("large", 60) }, thread("large"));
    await vi.waitFor(() => expect(server.stats().calls).toBeGreaterThanOrEqual(8), SOON);
    await swarmAt(server.url).invoke({ task: "small", plan: plan("small", 3) }, thread("small"));
    const largeCallsThen = server.records().filter(({ subtask }) => subtask?.startsWith("large")).length;
    await large;
    expect(largeCallsThen).toBeLessThan(50);
    expect(server.stats().maxInFlight).toBeLessThanOrEqual(4);
  });

  it("lose nothing when one is called off: its slots are free at once, and none of its waiting calls goes out", async () => {
    const hanging: Behaviour = (call) => (call.subtaskId?.startsWith("gone") === true ? { hang: true } : agents(call));
    const server = await serve(hanging);
    const stop = new AbortController();
    const gone = swarmAt(server.url)
      .invoke({ task: "gone", plan: plan("gone", 20) }, { ...thread("gone"), signal: stop.signal })
      .catch((error: unknown) => error);
    await vi.waitFor(() => expect(server.stats().inFlight).toBe(4), SOON);
    const other = swarmAt(server.url).invoke({ task: "other", plan: plan("other", 6) }, thread("other"));
    stop.abort(new Error("called off"));
    expect(await gone).toBeInstanceOf(Error);
    expect((await other).coverage).toMatchObject({ total: 6, done: 6 });
    const goneCalls = server.records().filter(({ subtask }) => subtask?.startsWith("gone"));
    expect(goneCalls.map(({ aborted }) => aborted)).toEqual([true, true, true, true]);
  });
});

describe("a lane that waits for a model slot", () => {
  it("asks for it with what is left of its path, less with each turn that it takes", async () => {
    const acquire = vi.spyOn(AdaptiveLimiter.prototype, "acquire");
    onTestFinished(() => acquire.mockRestore());
    const agent = toolCallsThenAnswer({ toolCalls: 3 });
    const server = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }));
    await swarmAt(server.url).invoke({ task: "one", plan: planOf({ a: { steps: 4 } }) }, thread("one"));
    const asked = acquire.mock.calls.flatMap(([{ isUrgent, priority }]) => (isUrgent ? [] : [priority]));
    expect(asked).toEqual([4, 3, 2, 1]);
  });
});

describe("the result of a run", () => {
  it("tells how parallel it was", async () => {
    const server = await serve(agents, { delay: { kind: "fixed", ms: 30 } });
    const home = mkdtempSync(join(tmpdir(), "glasshive-parallelism-"));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const layered = planOf({ a: {}, b: {}, c: {}, d: { dependsOn: ["a", "b", "c"] }, e: { dependsOn: ["d"] } });
    await swarmAt(server.url, home).invoke({ task: "layers", plan: layered }, thread("layers"));
    const { parallelism, timing } = JSON.parse(
      readFileSync(join(home, "runs/layers/result.json"), "utf8"),
    ) as RunResult;
    // One step a layer, and the synthesizer's.
    expect([timing.criticalSteps, parallelism?.criticalSteps]).toEqual([4, 4]);
    expect(parallelism?.longestPath.subtasks.slice(1)).toEqual(["d", "e"]);
    expect(parallelism?.peakLanes).toBe(3);
    expect(parallelism?.longestPath.ms).toBeGreaterThanOrEqual(90);
    expect(parallelism?.makespanMs).toBeGreaterThanOrEqual(parallelism?.longestPath.ms ?? Infinity);
    // Six calls of 30 ms.
    expect(parallelism?.waitedMs.provider).toBeGreaterThanOrEqual(6 * 30);
    const usage = server.records().reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
    const synthesis = server.records().filter(({ subtask }) => subtask === null);
    expect(synthesis).toHaveLength(1);
    expect(parallelism?.tokensPerResult).toBeCloseTo(usage / 5);
  });
});
