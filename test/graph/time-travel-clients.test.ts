/** Time travel as clients use it: edited messages, regenerated answers, people who are asked again; and what is no time travel. */
import { HumanMessage } from "@langchain/core/messages";
import { Command, INTERRUPT, isInterrupted, START } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import type { Swarm } from "../../app/create-swarm.ts";
import {
  BEFORE,
  beforeMessage,
  checkpoints,
  finished,
  historyOf,
  swarmOf,
  WORK,
  type State,
} from "../support/four-lanes.ts";
import { checkInvariants } from "../support/invariants.ts";
import { planOf, thread } from "../support/scripted-swarm.ts";

describe("a chat client", () => {
  test.each(["__start__", "intake", "planner", "plan-review", "synthesizer"])(
    "that edits a message before %s is answered about the edited one",
    async (node) => {
      const { swarm, server, calls } = await swarmOf();
      await swarm.invoke({ messages: [new HumanMessage({ id: "m1", content: "First question?" })] }, thread("t"));
      await swarm.invoke({ messages: [new HumanMessage({ id: "m2", content: "And second?" })] }, thread("t"));
      server.reset();
      const at = await checkpoints(swarm);
      const messages = [new HumanMessage({ id: "m2", content: "And third?" })];
      // Of a thread that was asked before, LangGraph takes an edit of the input's checkpoint for one by the node that was last.
      const asNode = node === "__start__" ? [START] : [];
      const state = await swarm.invoke(null, await swarm.updateState(at(node), { messages }, ...asNode));
      expect(state).toMatchObject({ runId: "t~3", status: "complete", task: "And third?" });
      expect(calls()).toEqual(BEFORE.find(([before]) => before === node)![1].toSorted());
      expect(server.bodies().at(-1)).toContain("And third?");
      const said = state.messages.map(({ type, text }) => `${type} ${text.split("\n")[0]?.replace(/\d+/, "n")}`);
      expect(said).toEqual(["human First question?", "ai answer n", "human And third?", "ai answer n"]);
    },
  );

  test("that submits an edited message at the checkpoint before it begins a run that names the one it leaves", async () => {
    const { swarm, resultOf } = await swarmOf();
    await swarm.invoke({ messages: [new HumanMessage({ id: "m1", content: "First question?" })] }, thread("t"));
    await swarm.invoke({ messages: [new HumanMessage({ id: "m2", content: "And second?" })] }, thread("t"));
    const messages = [new HumanMessage({ id: "m2", content: "And third?" })];
    const state = await swarm.invoke({ messages }, await beforeMessage(swarm, "m2"));
    expect(state).toMatchObject({ runId: "t~3", task: "And third?" });
    expect(state.messages.map(({ id }) => id).slice(0, 3)).toEqual(["m1", expect.any(String), "m2"]);
    expect(resultOf("t~3").parent).toMatchObject({ runId: "t~2" });
  });

  test("that says by null that it names no checkpoint asks at the end of the thread", async () => {
    const { swarm } = await swarmOf();
    await swarm.invoke({ messages: [new HumanMessage({ id: "m1", content: "First question?" })] }, thread("t"));
    const messages = [new HumanMessage({ id: "m2", content: "And second?" })];
    const nowhere = { thread_id: "t", checkpoint_id: null, checkpoint_ns: undefined, checkpoint_map: undefined };
    const state = await swarm.invoke({ messages }, { configurable: nowhere });
    expect(state.messages.map(({ id }) => id)).toEqual(["m1", expect.any(String), "m2", expect.any(String)]);
  });

  test.each([1, 3])(
    "regenerates message %i of two answers by nothing at the checkpoint before it, with one call",
    async (n) => {
      const { swarm, server, calls } = await swarmOf();
      await swarm.invoke({ messages: [new HumanMessage("First question?")] }, thread("t"));
      const before = await swarm.invoke({ messages: [new HumanMessage("And second?")] }, thread("t"));
      server.reset();
      const { id } = before.messages[n]!;
      const state = await swarm.invoke(undefined as never, await beforeMessage(swarm, id));
      expect(calls()).toEqual(["synthesizer"]);
      expect(state).toMatchObject({ runId: "t~3", status: "complete" });
      expect(state.messages).toHaveLength(n + 1);
      expect(state.messages.at(-1)?.id).not.toBe(id);
    },
  );
});

describe("people", () => {
  test("answer what is asked at the thread's end, though the call names the checkpoint of the last edit, as the dev server does", async () => {
    const { swarm, resultOf } = await swarmOf({ approve: ["plan"] });
    await swarm.invoke({ messages: [new HumanMessage({ id: "m1", content: "First question?" })] }, thread("t"));
    await swarm.invoke(new Command({ resume: "approve" }), thread("t"));
    const edited = await beforeMessage(swarm, "m1");
    const messages = [new HumanMessage({ id: "m1", content: "Another question?" })];
    const asking = await swarm.invoke({ messages, approve: ["plan"] }, edited);
    expect(isInterrupted(asking)).toBe(true);
    const state = await swarm.invoke(new Command({ resume: "approve" }), edited);
    expect(state).toMatchObject({ runId: "t~2", status: "complete", task: "Another question?" });
    expect(resultOf("t~2").parent).toMatchObject({ runId: "t" });
  });

  test("are asked again about what stands after the checkpoint, and about an edited plan, not about an approved one", async () => {
    const { home, swarm, server, calls } = await swarmOf({ approve: ["plan", "answer"] });
    await swarm.invoke({ task: "First question?" }, thread("t"));
    for (let n = 0; n < 2; n += 1) await swarm.invoke(new Command({ resume: "approve" }), thread("t"));
    expect((await swarm.getState(thread("t"))).values.status).toBe("complete");
    const at = await checkpoints(swarm);
    const asksOf = async (node: string, edit?: Parameters<Swarm["updateState"]>[1]) => {
      server.reset();
      const config = edit === undefined ? at(node) : await swarm.updateState(at(node), edit);
      const state = await swarm.invoke(null, config);
      return isInterrupted<{ kind: string }>(state) ? state[INTERRUPT][0]?.value?.kind : state.status;
    };
    expect(await asksOf("plan-review")).toBe("plan");
    expect(calls()).toEqual([]);
    expect(await asksOf("answer-review")).toBe("answer");
    expect(calls()).toEqual([]);
    const published = await swarm.invoke(new Command({ resume: "approve" }), thread("t"));
    expect(published).toMatchObject({ runId: "t~3", status: "complete", answer: expect.stringContaining("answer 5") });
    expect(await asksOf("skill-router")).toBe("answer");
    expect(calls()).toEqual(WORK.toSorted());
    await swarm.invoke(new Command({ resume: "approve" }), thread("t"));
    const planned = planOf({ a: { instructions: "Do something else." } });
    expect(await asksOf("skill-router", { planned })).toBe("plan");
    await swarm.close();
    for (const run of ["t~3", "t~4"]) await checkInvariants(home, run);
  });
});

describe("going on", () => {
  test("with a fork that was stopped is that fork, and pays for no lane twice; with one that was left it is that one", async () => {
    const stop = new AbortController();
    let calls = 0;
    const { home, swarm, at, ...made } = await finished({
      agent: ({ subtaskId }) => {
        if (++calls === 8) stop.abort(new Error("enough"));
        return { content: `about ${subtaskId}` };
      },
    });
    await expect(swarm.invoke(null, { ...at("skill-router"), signal: stop.signal })).rejects.toThrow();
    expect(await swarm.invoke(null, thread("t"))).toMatchObject({ runId: "t~2", status: "complete" });
    const paid = made.calls();
    expect(paid.filter((call) => call !== "d")).toEqual(["a", "b", "c", "synthesizer"]);
    expect(made.resultOf("t~2").parent).toMatchObject({ runId: "t" });
    await swarm.close();
    await checkInvariants(home, "t~2");
  });

  test("from a newest checkpoint that is named is going on; from where a paused run stands it is that run, whoever came after", async () => {
    const { swarm } = await swarmOf({ approve: ["plan"] });
    await swarm.invoke({ task: "First question?" }, thread("t"));
    const paused = (await swarm.getState(thread("t"))).config;
    const named = await swarm.invoke(
      new Command({ resume: { decisions: [{ type: "reject", message: "no" }] } }),
      paused,
    );
    expect(named.runId).toBe("t");
    const again = (await swarm.getState(thread("t"))).config;
    const at = await checkpoints(swarm);
    expect(await swarm.invoke(null, at("intake"))).toMatchObject({ runId: "t~2" });
    expect(await swarm.invoke(new Command({ resume: "approve" }), again)).toMatchObject({
      runId: "t",
      status: "complete",
    });
  });

  test("at a checkpoint that a lane has left is refused, and says what to do instead", async () => {
    const { swarm } = await finished();
    const lane = (await historyOf(swarm)).find(({ next }) => next.includes("lane"))!;
    const namespace = `lane:${lane.tasks[0]!.id}`;
    const inside = { configurable: { thread_id: "t", checkpoint_ns: namespace } };
    const states: State[] = [];
    for await (const state of swarm.getStateHistory(inside)) states.push(state);
    const refusal = { code: "USAGE", next: expect.stringContaining("swarm.fork(runId") };
    const [newest, older] = [states[0]!.config, states.at(-1)!.config];
    await expect(swarm.updateState(older, { output: "x" }, "think")).rejects.toMatchObject(refusal);
    const map = { "": lane.config.configurable!["checkpoint_id"], [namespace]: newest.configurable!["checkpoint_id"] };
    const config = { configurable: { thread_id: "t", checkpoint_map: map } };
    await expect(swarm.invoke(null, config)).rejects.toMatchObject(refusal);
  });
});
