/** A run by `invoke`: what goes in, what comes out, and which run is whose. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { describe, expect, test } from "vitest";
import { assembleSwarm } from "../../app/create-swarm.ts";
import { SwarmError } from "../../state/errors.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { ScriptedChatModel } from "../support/scripted-chat-model.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PLAN = JSON.stringify(planOf({ a: {}, b: { dependsOn: ["a"] } }));

describe("a run", () => {
  test("goes from a task by way of a plan to one answer, which is also the last message", async () => {
    const { swarm, model } = scriptedSwarm({
      planner: PLAN,
      a: "What a found.",
      b: ({ messages }) => `b builds on: ${/What a found/.exec(messages[1]!.text)?.[0]}`,
      synthesizer: ({ messages }) => `Both: ${/b builds on: What a found/.exec(messages[1]!.text)?.[0]}`,
    });
    const state = await swarm.invoke({ task: "Do both parts." }, thread("t1"));
    expect(state.answer).toMatch(/^Both: b builds on: What a found/);
    expect(state).toMatchObject({ status: "complete", runId: "t1", planVersion: 1, coverage: { total: 2, done: 2 } });
    expect(state.lanes).toMatchObject({ a: { outcome: "done", agent: "worker" }, b: { outcome: "done" } });
    expect(state.messages.map((message) => [message.type, message.text])).toEqual([
      ["human", "Do both parts."],
      ["ai", state.answer],
    ]);
    model.expectUsedUp();
  });

  test("takes the last human message for its task where no task is given", async () => {
    const { swarm, model } = scriptedSwarm({ planner: PLAN, a: "A", b: "B", synthesizer: "AB" });
    const messages = [new HumanMessage("Hello."), new AIMessage("Hello!"), new HumanMessage("Do both parts.")];
    const state = await swarm.invoke({ messages }, thread("t1"));
    expect(state.task).toBe("Do both parts.");
    expect(state.messages).toHaveLength(4);
    expect(model.callsOf("planner")[0]!.messages[1]!.text).toContain("Do both parts.");
    model.expectUsedUp();
  });

  test("with a plan of the caller asks no planner", async () => {
    const { swarm, model } = scriptedSwarm({ only: "the answer" });
    const state = await swarm.invoke({ task: "One thing.", plan: planOf({ only: {} }) }, thread("t1"));
    expect(state.answer).toContain("the answer");
    model.expectUsedUp();
  });

  test("works without a checkpointer and without a thread", async () => {
    const { swarm, model } = scriptedSwarm({ only: "the answer" }, { checkpointer: undefined });
    const state = await swarm.invoke({ task: "One thing.", plan: planOf({ only: {} }) });
    expect(state).toMatchObject({ status: "complete", runId: expect.stringMatching(/^[0-9a-z]{26}$/) });
    model.expectUsedUp();
  });

  test("that is to ask a person is refused where no checkpoint would keep the question, before anything is spent", async () => {
    const { swarm, model } = scriptedSwarm({}, { checkpointer: undefined, approve: ["answer"] });
    await expect(swarm.invoke({ task: "One thing." })).rejects.toMatchObject({
      code: "USAGE",
      message: "nobody could answer: approve (answer) needs checkpoints, and the swarm keeps none",
    });
    model.expectUsedUp();
  });

  test("without a task, a message or a plan is refused with a sentence", async () => {
    const { swarm, model } = scriptedSwarm({});
    const error: unknown = await swarm.invoke({}, thread("t1")).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SwarmError);
    expect(error).toMatchObject({ code: "USAGE", message: "the task is empty" });
    model.expectUsedUp();
  });

  test.each([
    ["an unknown key", { subtasks: [{ id: "a", instructions: "x", colour: "red" }] }, /unknown key "colour"/],
    ["a cycle", planOf({ a: { dependsOn: ["b"] }, b: { dependsOn: ["a"] } }), /cycle.*a.*b/],
    ["no subtask", { subtasks: [] }, /has no subtask/],
  ])("with a plan that has %s is refused before anything is spent", async (_, plan, problem) => {
    const { swarm, model } = scriptedSwarm({});
    await expect(swarm.invoke({ task: "x", plan }, thread("t1"))).rejects.toThrow(problem);
    model.expectUsedUp();
  });
});

describe("threads", () => {
  test("a second task on a thread is a run of its own, with its own lanes and its own answer", async () => {
    const { swarm, model } = scriptedSwarm({ one: "first answer", two: "second answer" });
    const first = await swarm.invoke({ task: "First?", plan: planOf({ one: {} }) }, thread("t1"));
    const second = await swarm.invoke({ task: "Second?", plan: planOf({ two: {} }) }, thread("t1"));
    expect([first.runId, second.runId]).toEqual(["t1", "t1~2"]);
    expect(first.answer).toContain("first answer");
    expect(second.answer).toContain("second answer");
    expect(Object.keys(second.lanes)).toEqual(["two"]);
    expect(second.messages.map(({ type }) => type)).toEqual(["human", "ai", "human", "ai"]);
    model.expectUsedUp();
  });

  test("the same task asked again on a thread is answered anew", async () => {
    const { swarm, model } = scriptedSwarm({ one: ["first answer", "second answer"] });
    const input = { task: "Again?", plan: planOf({ one: {} }) };
    await swarm.invoke(input, thread("t1"));
    const second = await swarm.invoke(input, thread("t1"));
    expect(second.answer).toContain("second answer");
    model.expectUsedUp();
  });

  test("a chat that goes on by messages alone asks each time what was said last", async () => {
    const { swarm, model } = scriptedSwarm({
      planner: [JSON.stringify(planOf({ one: {} })), JSON.stringify(planOf({ two: {} }))],
      one: "first",
      two: "second",
    });
    await swarm.invoke({ task: "First?" }, thread("t1"));
    const state = await swarm.invoke({ messages: [new HumanMessage("Second?")] }, thread("t1"));
    expect(state).toMatchObject({ task: "Second?", runId: "t1~2" });
    expect(state.answer).toContain("second");
    model.expectUsedUp();
  });

  test("two threads at once of one swarm do not see each other", async () => {
    const leftIsThere = Promise.withResolvers<void>();
    const rightIsThere = Promise.withResolvers<void>();
    const { swarm, model } = scriptedSwarm({
      left: async () => {
        leftIsThere.resolve();
        await rightIsThere.promise;
        return "LEFT";
      },
      right: async () => {
        rightIsThere.resolve();
        await leftIsThere.promise;
        return "RIGHT";
      },
    });
    const [one, other] = await Promise.all([
      swarm.invoke({ task: "Left?", plan: planOf({ left: {} }) }, thread("left")),
      swarm.invoke({ task: "Right?", plan: planOf({ right: {} }) }, thread("right")),
    ]);
    expect(one.answer).toMatch(/^LEFT\n/);
    expect(other.answer).toMatch(/^RIGHT\n/);
    expect(Object.keys(one.lanes)).toEqual(["left"]);
    expect(Object.keys(other.lanes)).toEqual(["right"]);
    model.expectUsedUp();
  });
});

test("a swarm with a home keeps result, answer and journal in the run's folder, and another swarm finds the run", async () => {
  const home = temporaryFolder();
  const model = new ScriptedChatModel({ a: "A", b: "B", synthesizer: "the answer" });
  const swarm = assembleSwarm({ model, agents: [WORKER], home });
  const plan = planOf({ a: {}, b: {} });
  const state = await swarm.graph.invoke({ task: "Two things.", plan }, thread("kept"));
  await swarm.close("the test ended");
  const folder = join(home, "runs", "kept");
  expect(readFileSync(join(folder, "answer.md"), "utf8")).toBe(state.answer);
  expect(JSON.parse(readFileSync(join(folder, "result.json"), "utf8"))).toMatchObject({
    ...{ runId: "kept", status: "complete", answer: state.answer, coverage: { total: 2, done: 2 } },
    usage: { steps: 3, modelCalls: 3, inputTokens: 30, outputTokens: 15 },
  });
  const kinds = readJournalFile(home, "kept").map(({ kind }) => kind);
  expect(kinds[0]).toBe("run-start");
  expect(kinds.at(-1)).toBe("run-close");
  model.expectUsedUp();

  const later = assembleSwarm({ model: new ScriptedChatModel({}), agents: [WORKER], home });
  const found = await later.graph.getState(thread("kept"));
  expect(found.values).toMatchObject({ answer: state.answer, status: "complete" });
  await later.close("the test ended");
});

test("a task that is longer than any question is refused in one line, before anything is begun", async () => {
  const { swarm, model } = scriptedSwarm({});
  const asked = swarm.invoke({ task: "x".repeat(10_000_001) }, thread("t1"));
  await expect(asked).rejects.toThrow("the task has 10000001 characters, more than 10000000");
  expect(model.calls).toEqual([]);
});
