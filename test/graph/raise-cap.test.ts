/** `approve: ["budget"]`: a cap that refuses lanes is one question for the whole run; each lane goes on where it stood. */
import { tool } from "@langchain/core/tools";
import { Command, INTERRUPT, isInterrupted, MemorySaver, InMemoryStore } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createSwarm, type SwarmOptions } from "../../app/create-swarm.ts";
import type { HumanRequest } from "../../state/review.ts";
import { ScriptedChatModel, type ScriptedStep } from "../support/scripted-chat-model.ts";
import { planOf, thread } from "../support/scripted-swarm.ts";

const LANES = ["a", "b", "c", "d", "e", "f"];
/** Two tool calls, then the result: three turns a lane. */
const PLAN = planOf({
  ...Object.fromEntries(LANES.map((id) => [id, { steps: 3 }])),
  last: { dependsOn: ["a"], steps: 1 },
});
const WHOLE = LANES.length * 3 + 2;

function hiveOf(options: Omit<SwarmOptions, "model"> = {}) {
  const calls: string[] = [];
  const note = tool(({ what }) => `noted ${calls.push(what) && what}`, {
    name: "note",
    description: "notes something",
    schema: z.object({ what: z.string() }),
  });
  const lane = (id: string): ScriptedStep[] => [
    { calls: [{ name: "note", args: { what: `${id}1` } }] },
    { calls: [{ name: "note", args: { what: `${id}2` } }] },
    ({ messages }) =>
      messages
        .filter(({ type }) => type === "tool")
        .map(({ text }) => text)
        .join(" "),
  ];
  const model = new ScriptedChatModel({
    ...Object.fromEntries(LANES.map((id) => [id, lane(id)])),
    ...{ last: "the last", synthesizer: "S" },
  });
  const shared = {
    ...{ model, tools: [note], approve: ["budget"] as const, budget: { maxSteps: 9 }, raiseTo: { maxSteps: 4000 } },
    agents: [{ name: "clerk", description: "notes things", tools: ["note"] }],
    ...{ checkpointer: new MemorySaver(), store: new InMemoryStore() },
    ...options,
  };
  return { model, calls, open: () => createSwarm(shared) };
}

function requests(state: unknown): { id: string; value: HumanRequest }[] {
  return isInterrupted<HumanRequest>(state) ? (state[INTERRUPT] as { id: string; value: HumanRequest }[]) : [];
}

const raise = (args: Record<string, unknown>) =>
  new Command({ resume: { decisions: [{ type: "edit", edited_action: { name: "raise_cap", args } }] } }) as never;

describe("a cap that refuses lanes", () => {
  test("asks once, for all; raised, every lane goes on with its conversation and repeats nothing", async () => {
    const { model, calls, open } = hiveOf();
    const swarm = open();
    const [asked, ...others] = requests(await swarm.invoke({ task: "T", plan: PLAN }, thread("t")));
    expect(others).toEqual([]);
    expect(asked?.value).toMatchObject({
      kind: "budget",
      subtask: null,
      action_requests: [{ name: "raise_cap", args: { maxSteps: 9, spent: { steps: 8 } } }],
      review_configs: [{ allowed_decisions: ["edit", "reject"] }],
    });
    expect(model.calls).toHaveLength(8);
    const state = await swarm.invoke(raise({ maxSteps: WHOLE + 10 }), thread("t"));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 7, done: 7 } });
    expect(model.calls).toHaveLength(WHOLE);
    expect(calls.toSorted()).toEqual(LANES.flatMap((id) => [`${id}1`, `${id}2`]));
    model.expectUsedUp();
  });

  test("asks again when the raised cap is reached too, and in another process the same lane asks", async () => {
    const { model, open } = hiveOf();
    const first = requests(await open().invoke({ task: "T", plan: PLAN }, thread("t")));
    // Another process: nothing is in memory but the saver and the store.
    const again = requests(await open().invoke(null, thread("t")));
    expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    const second = requests(await open().invoke(raise({ maxSteps: 14 }), thread("t")));
    expect(second).toMatchObject([{ value: { action_requests: [{ args: { maxSteps: 14, spent: { steps: 13 } } }] } }]);
    const state = await open().invoke(raise({ maxSteps: 40 }), thread("t"));
    expect(state).toMatchObject({ status: "complete", coverage: { done: 7 } });
    expect(model.calls).toHaveLength(WHOLE);
    model.expectUsedUp();
  });

  test("stopped, the lanes end as budget, and the answer is made from what is there", async () => {
    const { model, open } = hiveOf();
    const swarm = open();
    await swarm.invoke({ task: "T", plan: PLAN }, thread("t"));
    const state = await swarm.invoke(new Command({ resume: "reject" }), thread("t"));
    expect(state.status).toBe("partial");
    expect(state.coverage["budget"]).toBeGreaterThan(0);
    expect(state.coverage["done"]! + state.coverage["budget"]! + state.coverage["skipped"]!).toBe(7);
    expect(model.calls.length).toBeLessThanOrEqual(9);
  });

  test.each([
    ["an approval", "approve", "an approval names no cap: answer with edit and a higher maxSteps"],
    ["a cap that is not higher", { type: "edit", args: { maxSteps: 9 } }, "maxSteps has to be above 9"],
    ["a cap above the ceiling", { type: "edit", args: { maxSteps: 5000 } }, "maxSteps:"],
    ["no number", { type: "edit", args: { maxSteps: "many" } }, "maxSteps:"],
  ])("%s is asked again with the problem", async (_, resume, problem) => {
    const { open } = hiveOf();
    const swarm = open();
    await swarm.invoke({ task: "T", plan: PLAN }, thread("t"));
    const again = requests(await swarm.invoke(new Command({ resume }) as never, thread("t")));
    expect(again).toMatchObject([{ value: { problem: expect.stringContaining(problem) } }]);
    expect(await swarm.invoke(raise({ maxSteps: 40 }), thread("t"))).toMatchObject({ status: "complete" });
  });

  test("is raised as far as the embedder says, and not at all where nothing is said", async () => {
    const { open } = hiveOf({ raiseTo: { maxSteps: 30 } });
    const swarm = open();
    await swarm.invoke({ task: "T", plan: PLAN }, thread("t"));
    const again = requests(await swarm.invoke(raise({ maxSteps: 31 }), thread("t")));
    expect(again).toMatchObject([{ value: { problem: "maxSteps: 31 is above 30, the most that is allowed here" } }]);
    expect(await swarm.invoke(raise({ maxSteps: 30 }), thread("t"))).toMatchObject({ status: "complete" });
    const silent = hiveOf({ raiseTo: { maxUsd: 5 } });
    const state = await silent.open().invoke({ task: "T", plan: PLAN }, thread("t"));
    expect([isInterrupted(state), state.status]).toEqual([false, "partial"]);
    expect(silent.model.calls.length).toBeLessThanOrEqual(9);
  });

  test("in an unattended run stops at once, and the answer says so", async () => {
    const { open } = hiveOf({ unattended: true });
    const state = await open().invoke({ task: "T", plan: PLAN }, thread("t"));
    expect(state.status).toBe("partial");
    expect(state.coverage["budget"]).toBeGreaterThan(0);
    expect(state.answer).toContain("1 question to a human was denied");
  });
});
