/** Stopping a run from outside, and going on with it: an AbortSignal stops at once, RunControl at the next step. */
import { getEventListeners } from "node:events";
import { isGraphDrained, RunControl } from "@langchain/langgraph";
import { tool } from "@langchain/core/tools";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { assembleSwarm } from "../../app/create-swarm.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { ScriptedChatModel, type ScriptedStep } from "../support/scripted-chat-model.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const INPUT = { task: "Both.", plan: planOf({ a: {}, b: { dependsOn: ["a"] } }) };
const NOTE = tool(() => "noted", { name: "note", description: "notes", schema: z.object({}) });
const NOTER = { name: "worker", description: "does what it is told", tools: ["note"] };

/** A model call that does not end by itself. */
function hang(begun: () => void): ScriptedStep {
  return ({ signal }) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      begun();
    });
}

describe("an AbortSignal", () => {
  test("ends the run at once, model calls in flight too, and the run can go on", async () => {
    const stop = new AbortController();
    const { swarm, model } = scriptedSwarm({
      a: [hang(() => stop.abort(new Error("enough"))), "A"],
      ...{ b: "B", synthesizer: "AB" },
    });
    await expect(swarm.invoke(INPUT, { ...thread("t1"), signal: stop.signal })).rejects.toThrow(/enough|abort/i);
    expect(model.callsOf("a")[0]!.signal?.aborted).toBe(true);
    expect((await swarm.getState(thread("t1"))).next).toEqual(["lane", "lane"]);
    const state = await swarm.invoke(null, thread("t1"));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 } });
    model.expectUsedUp();
  });

  test("of one thread leaves the other threads alone", async () => {
    const stop = new AbortController();
    const { swarm, model } = scriptedSwarm({
      left: hang(() => stop.abort(new Error("enough"))),
      right: "the right answer",
    });
    const [left, right] = await Promise.allSettled([
      swarm.invoke({ task: "Left", plan: planOf({ left: {} }) }, { ...thread("left"), signal: stop.signal }),
      swarm.invoke({ task: "Right", plan: planOf({ right: {} }) }, thread("right")),
    ]);
    expect(left.status).toBe("rejected");
    expect(right).toMatchObject({ status: "fulfilled", value: { status: "complete" } });
    model.expectUsedUp();
  });
});

describe("the signals of a run", () => {
  test("get no listener with each step of a lane: one that comes or goes costs as much as there are", async () => {
    const names = Array.from({ length: 40 }, (_, at) => `s${at}`);
    const crowded = crowdedListeners(10);
    const turns: ScriptedStep[] = [{ calls: [{ name: "note" }] }, { calls: [{ name: "note" }] }, "noted"];
    const script = { ...Object.fromEntries(names.map((name) => [name, turns])), synthesizer: "all" };
    const plan = planOf(Object.fromEntries(names.map((name) => [name, {}])));
    const { swarm } = scriptedSwarm(script, { agents: [NOTER], tools: [NOTE] });
    const { coverage } = await swarm.invoke({ task: "All.", plan }, thread("many"));
    expect(coverage).toMatchObject({ done: 40 });
    expect(crowded()).toBeLessThan(3 * names.length);
  });
});

/** Counts, for as long as the test goes on, what is added to a signal that has more than `few`. */
function crowdedListeners(few: number): () => number {
  let count = 0;
  vi.spyOn(AbortSignal.prototype, "addEventListener").mockImplementation(function (this: AbortSignal, ...told) {
    EventTarget.prototype.addEventListener.call(this, ...told);
    if (getEventListeners(this, "abort").length > few) count += 1;
  });
  return () => count;
}

describe("a drain", () => {
  const script = (control: RunControl): Record<string, ScriptedStep | ScriptedStep[]> => ({
    a: [
      () => {
        control.requestDrain("maintenance");
        return { calls: [{ name: "note" }] };
      },
      ({ messages }) => `A after ${messages.at(-1)!.text}`,
    ],
    ...{ b: "B", synthesizer: "AB" },
  });

  test.each([
    ["with a control of its own", () => ({ control: new RunControl() })],
    ["without a control", () => ({})],
  ])("lets the step in flight end and keeps it; the run goes on %s", async (_, more) => {
    const control = new RunControl();
    const { swarm, model } = scriptedSwarm(script(control), { tools: [NOTE], agents: [NOTER] });
    const drained: unknown = await swarm.invoke(INPUT, { ...thread("t1"), control }).catch((error: unknown) => error);
    expect(isGraphDrained(drained)).toBe(true);
    expect(model.calls.map(({ who }) => who)).toEqual(["a"]);
    const state = await swarm.invoke(null, { ...thread("t1"), ...more() });
    expect(state).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 }, lanes: { a: { steps: 2 } } });
    expect(model.callsOf("b")[0]!.messages[1]!.text).toContain("A after noted");
    model.expectUsedUp();
  });

  test("of a swarm with a home goes on in another process's swarm, with a whole journal", async () => {
    const home = temporaryFolder();
    const control = new RunControl();
    const { a, ...later } = script(control) as { a: ScriptedStep[]; b: ScriptedStep; synthesizer: ScriptedStep };
    const before = new ScriptedChatModel({ a: a[0]! });
    const first = assembleSwarm({ model: before, agents: [NOTER], tools: [NOTE], home });
    await expect(first.graph.invoke(INPUT, { ...thread("t1"), control })).rejects.toSatisfy(isGraphDrained);
    await first.close("drained");
    before.expectUsedUp();
    const after = new ScriptedChatModel({ a: a[1]!, ...later });
    const second = assembleSwarm({ model: after, agents: [NOTER], tools: [NOTE], home });
    expect(await second.graph.invoke(null, thread("t1"))).toMatchObject({ status: "complete" });
    await second.close("the test ended");
    after.expectUsedUp();
    const kinds = readJournalFile(home, "t1").map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind.startsWith("process"))).toEqual(["process-end", "process-start"]);
    expect(kinds.filter((kind) => kind === "settle")).toHaveLength(4);
  });
});

test("a second swarm on the same home is refused a run that the first one works on", async () => {
  const home = temporaryFolder();
  const begun = Promise.withResolvers<void>();
  const stop = new AbortController();
  const first = assembleSwarm({ model: new ScriptedChatModel({ a: hang(begun.resolve) }), agents: [WORKER], home });
  const working = first.graph.invoke(INPUT, { ...thread("t1"), signal: stop.signal }).catch((error: unknown) => error);
  await begun.promise;
  const second = assembleSwarm({ model: new ScriptedChatModel({}), agents: [WORKER], home });
  const refused = await second.graph.invoke(null, thread("t1")).catch((error: unknown) => error);
  // Each lane that the second one would go on with is refused.
  const errors = refused instanceof AggregateError ? (refused.errors as unknown[]) : [refused];
  for (const error of errors) expect(error).toMatchObject({ code: "RUN_HELD" });
  stop.abort();
  await working;
  await Promise.all([first.close("the test ended"), second.close("the test ended")]);
});
