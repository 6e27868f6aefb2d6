/** State and history of a thread, as an embedding program and Studio read and change them. */
import { HumanMessage } from "@langchain/core/messages";
import type { StateSnapshot } from "@langchain/langgraph";
import { expect, test } from "vitest";
import type { AgentProfileInput } from "../../state/agent-profile.ts";
import type { LanePrompt, LaneState } from "../../state/lane-state.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";

const INPUT = { task: "Both.", plan: planOf({ a: {}, b: { dependsOn: ["a"] } }) };

async function historyOf(swarm: ReturnType<typeof scriptedSwarm>["swarm"], id: string): Promise<StateSnapshot[]> {
  const history: StateSnapshot[] = [];
  for await (const snapshot of swarm.getStateHistory(thread(id))) history.push(snapshot);
  return history;
}

test("getState has the values of a finished run and nothing to do next", async () => {
  const { swarm, model } = scriptedSwarm({ a: "A", b: "B", synthesizer: "AB" });
  await swarm.invoke(INPUT, thread("t1"));
  const { values, next, tasks } = await swarm.getState(thread("t1"));
  expect(next).toEqual([]);
  expect(tasks).toEqual([]);
  expect(values).toMatchObject({ status: "complete", planVersion: 1, lanes: { b: { outcome: "done" } }, parked: [] });
  model.expectUsedUp();
});

test("getStateHistory goes back from the answer to the question, one checkpoint for each superstep", async () => {
  const { swarm, model } = scriptedSwarm({ a: "A", b: "B", synthesizer: "AB" });
  await swarm.invoke(INPUT, thread("t1"));
  const history = await historyOf(swarm, "t1");
  expect(history.map(({ next }) => next.join(" "))).toEqual([
    ...["", "synthesizer", "integrate", "lane lane", "skill-router", "plan-review", "planner", "intake", "__start__"],
  ]);
  model.expectUsedUp();
});

test("a run goes on from an older checkpoint: the synthesizer writes again, no lane works twice", async () => {
  const { swarm, model } = scriptedSwarm({ a: "A", b: "B", synthesizer: ["first wording", "second wording"] });
  await swarm.invoke(INPUT, thread("t1"));
  const before = (await historyOf(swarm, "t1")).find(({ next }) => next.includes("synthesizer"));
  const state = await swarm.invoke(null, before!.config);
  expect(state.answer).toContain("second wording");
  model.expectUsedUp();
});

test("updateState adds to the conversation, and the next run of the thread sees it", async () => {
  const { swarm, model } = scriptedSwarm({ a: "A", b: "B", synthesizer: "AB", other: "O" });
  await swarm.invoke(INPUT, thread("t1"));
  await swarm.updateState(thread("t1"), { messages: [new HumanMessage("And the other?")] }, "synthesizer");
  const state = await swarm.invoke({ plan: planOf({ other: {} }) }, thread("t1"));
  expect(state).toMatchObject({ task: "And the other?", runId: "t1~2", status: "complete" });
  model.expectUsedUp();
});

test("while a lane waits for a human, the state of its inside can be read", async () => {
  const { swarm, model } = scriptedSwarm({ planner: JSON.stringify(planOf({ a: {} })) }, { approve: ["plan"] });
  await swarm.invoke({ task: "One." }, thread("t1"));
  const { next, tasks, values } = await swarm.getState(thread("t1"), { subgraphs: true });
  expect(next).toEqual(["plan-review"]);
  expect(tasks[0]?.interrupts).toHaveLength(1);
  expect(values.planned.subtasks[0].id).toBe("a");
  model.expectUsedUp();
});

test("a lane's state holds what its agent was asked, a long text by its digest and its beginning, also of the agent that took over", async () => {
  const boss: AgentProfileInput = { name: "boss", description: "decides", kind: "human" };
  const long = "Mind the gap. ".repeat(1000);
  const { swarm, model } = scriptedSwarm(
    { a: ["CANNOT: no idea", "A"], synthesizer: "S" },
    {
      agents: [WORKER, { ...WORKER, name: "other", description: "does it otherwise" }, boss],
      recovery: { "agent-failed": [{ do: "reassign", max: 1 }] },
    },
  );
  const plan = planOf({
    a: {},
    gap: { agent: "boss", instructions: long },
    boss: { agent: "boss", dependsOn: ["a"] },
  });
  await swarm.invoke({ task: "T", plan }, thread("t1"));
  const { tasks } = await swarm.getState(thread("t1"), { subgraphs: true });
  const lanes = tasks.flatMap(({ state }) => (state !== undefined && "values" in state ? [state.values] : []));
  const promptOf = (subtask: string): LanePrompt =>
    lanes.find((lane) => (lane as LaneState).subtask === subtask)?.prompt;
  const [asked] = model.callsOf("a").slice(-1);
  expect(promptOf("a")).toEqual({ system: asked?.messages[0]?.text, message: asked?.messages[1]?.text });
  expect(model.callsOf("a")).toHaveLength(2);
  expect(asked?.messages[0]?.text).not.toBe(model.callsOf("a")[0]?.messages[0]?.text);
  expect(promptOf("boss")).toEqual({ message: expect.stringContaining("Do part boss.") as string });
  const { message } = promptOf("gap");
  expect(message).toMatchObject({ digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  expect(
    typeof message === "string" || (message.characters > long.length - 20 && message.beginning.length < 2000),
  ).toBe(true);
});
