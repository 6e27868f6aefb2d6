/** A run that goes on by another plan: what is the same keeps its result, what is new or changed is run, what is gone drops out. */
import { tool } from "@langchain/core/tools";
import { InMemoryStore, isInterrupted, MemorySaver } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { journalInStore } from "../../adapters/storage/run-in-store.ts";
import { replan } from "../../app/runs/lead-on.ts";
import { assembleSwarm, type SwarmOptions } from "../../app/create-swarm.ts";
import { recordedLines } from "../support/read-journal.ts";
import { ScriptedChatModel, type ScriptedStep } from "../support/scripted-chat-model.ts";
import { planOf, thread, WORKER } from "../support/scripted-swarm.ts";

type Script = Record<string, ScriptedStep | ScriptedStep[]>;
type Work = Parameters<typeof planOf>[0];

const BROKEN = Object.assign(new Error("bad"), { status: 400, error: { code: "invalid_request", message: "bad" } });

function swarmOf(script: Script, options: SwarmOptions = {}) {
  const model = new ScriptedChatModel(script);
  const store = new InMemoryStore();
  const swarm = assembleSwarm({ agents: [WORKER], checkpointer: new MemorySaver(), store, ...options, model });
  const lines = async () => {
    const texts = await journalInStore(store, "t").read();
    return recordedLines(texts.map((line) => `${line}\n`).join(""), "t");
  };
  const goOnBy = async (plan: ReturnType<typeof planOf>) => {
    await replan(swarm, "t", plan);
    return swarm.graph.invoke(null, thread("t"));
  };
  return { model, swarm, lines, goOnBy };
}

const FIRST: Work = { a: {}, b: { dependsOn: ["a"] }, c: {}, d: {} };

describe("a run that is given another plan", () => {
  test("keeps what is the same, runs what is new or changed with what builds on it, and drops what is gone", async () => {
    const { model, swarm, lines, goOnBy } = swarmOf({
      ...{ a: ["A", "A, anew"], b: ["B", ({ messages }) => `B on ${/A, anew/.exec(messages[1]!.text)?.[0]}`] },
      ...{ c: "C", d: BROKEN, e: "E" },
      synthesizer: ["first", ({ messages }) => messages[1]!.text],
    });
    const first = await swarm.graph.invoke({ task: "All.", plan: planOf(FIRST) }, thread("t"));
    expect(first).toMatchObject({ status: "partial", coverage: { total: 4, done: 3 } });
    const { d: _gone, ...rest } = FIRST;
    const state = await goOnBy(planOf({ ...rest, a: { instructions: "Do part a otherwise." }, e: {} }));
    expect(state).toMatchObject({ status: "complete", runId: "t", planVersion: 2, coverage: { total: 4, done: 4 } });
    expect(state.answer).toContain("B on A, anew");
    expect(state.answer).not.toMatch(/\bd\b.*bad/);
    const [before, plan] = (await lines()).filter(({ kind }) => kind === "plan");
    expect(before?.data).toMatchObject({ version: 1, origin: "given" });
    expect(plan?.data).toMatchObject({ version: 2, origin: "resume", subtasks: 4, dropped: ["a", "d", "b"] });
    const attempts = (await lines()).filter(({ kind }) => kind === "attempt-start");
    expect(attempts.map(({ subtask, attempt }) => `${subtask}${attempt}`).slice(4)).toEqual(["a2", "e1", "b2"]);
    model.expectUsedUp();
  });

  test("runs a changed subtask of a long plan again, and what condensed it", async () => {
    const work: Work = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`s${at}`, {}]));
    const { swarm, goOnBy } = swarmOf({
      ...Object.fromEntries(Object.keys(work).map((id) => [id, `${id} says ${"word ".repeat(800)}`])),
      s0: ["old", `FINDING ${"word ".repeat(800)}`],
      synthesizer: Array.from(
        { length: 40 },
        () =>
          ({ messages }: { messages: { text: string }[] }) =>
            messages.some(({ text }) => text.includes("FINDING")) ? "FINDING" : "nothing",
      ),
    });
    await swarm.graph.invoke({ task: "All.", plan: planOf(work) }, thread("t"));
    const state = await goOnBy(planOf({ ...work, s0: { instructions: "Find it." } }));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 60, done: 60 } });
    expect(state.answer).toContain("FINDING");
  });

  test("that only leaves out what failed is answered anew, and no lane runs", async () => {
    const { model, swarm, goOnBy } = swarmOf({ a: "A", b: BROKEN, synthesizer: "first" });
    await swarm.graph.invoke({ task: "All.", plan: planOf({ a: {}, b: {} }) }, thread("t"));
    const state = await goOnBy(planOf({ a: {} }));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 1, done: 1 } });
    expect(state.answer).toMatch(/^A\n/);
    model.expectUsedUp();
  });

  test("leaves lanes that wait for a human, and begins them anew where the plan still has them", async () => {
    const send = tool(({ to }) => `sent to ${to}`, {
      name: "send",
      description: "sends a letter",
      schema: z.object({ to: z.string() }),
    });
    const ask: ScriptedStep = { calls: [{ name: "send", args: { to: "Ann" } }] };
    const { model, swarm, lines, goOnBy } = swarmOf(
      { a: "A", b: [ask, "B, without a letter"], c: ask, synthesizer: "the answer" },
      { approve: ["tools"], tools: [send], agents: [{ ...WORKER, tools: ["send"] }] },
    );
    const waiting = await swarm.graph.invoke({ task: "All.", plan: planOf({ a: {}, b: {}, c: {} }) }, thread("t"));
    expect(isInterrupted(waiting)).toBe(true);
    const state = await goOnBy(planOf({ a: {}, b: {} }));
    expect(isInterrupted(state)).toBe(false);
    expect(state).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 } });
    const ends = (await lines()).filter(({ kind }) => kind === "attempt-end");
    expect(ends.map(({ subtask, attempt, data }) => [subtask, attempt, data["outcome"]])).toEqual([
      ["a", 1, "done"],
      ["b", 1, "cancelled"],
      ["b", 2, "done"],
    ]);
    model.expectUsedUp();
  });

  test("may still be asked about, where a human approves plans", async () => {
    const { model, swarm, goOnBy } = swarmOf({}, { approve: ["plan"] });
    await swarm.graph.invoke({ task: "All.", plan: planOf({ a: {} }) }, thread("t"));
    const state = await goOnBy(planOf({ b: {} }));
    expect((await swarm.graph.getState(thread("t"))).tasks[0]?.interrupts[0]?.value).toMatchObject({
      kind: "plan",
      action_requests: [{ args: { plan: { subtasks: [{ id: "b" }] } } }],
    });
    expect(state.planVersion).toBe(2);
    model.expectUsedUp();
  });
});
