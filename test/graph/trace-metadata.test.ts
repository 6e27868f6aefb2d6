/** What a tracer is told of whose work each step of a lane is: of approved calls and of people's answers as of all others. */
import { tool } from "@langchain/core/tools";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { Command, MemorySaver } from "@langchain/langgraph";
import { expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { createSwarm } from "../../app/create-swarm.ts";
import { ScriptedChatModel } from "../support/scripted-chat-model.ts";
import { planOf, thread } from "../support/scripted-swarm.ts";

type Metadata = Record<string, unknown>;

/** Keeps the metadata of each kind of run by its name, the last of a name. */
class Tracer extends BaseCallbackHandler {
  override readonly name = "tracer";
  readonly told = new Map<string, Metadata>();

  override handleChainStart(
    ...[, , , , , metadata = {}, , name = ""]: Parameters<NonNullable<BaseCallbackHandler["handleChainStart"]>>
  ) {
    this.told.set(name, metadata);
  }
  override handleToolStart(
    ...[, , , , , metadata = {}, name = ""]: Parameters<NonNullable<BaseCallbackHandler["handleToolStart"]>>
  ) {
    this.told.set(name, metadata);
  }
  override handleChatModelStart(
    ...[, , , , , , metadata = {}, name = ""]: Parameters<NonNullable<BaseCallbackHandler["handleChatModelStart"]>>
  ) {
    this.told.set(name, metadata);
  }
}

async function traced(): Promise<Tracer> {
  const send = tool(() => "sent", { name: "send", description: "sends", schema: z.object({}) });
  const swarm = createSwarm({
    model: new ScriptedChatModel({ a: [{ calls: [{ name: "send" }] }, "A"], synthesizer: "AB" }),
    agents: [
      { name: "worker", description: "works", tools: ["send"] },
      { name: "boss", description: "decides", kind: "human" },
    ],
    tools: [send],
    approve: ["tool:send"],
    checkpointer: new MemorySaver(),
  });
  onTestFinished(() => swarm.close());
  const plan = planOf({ a: { agent: "worker", title: "Send it" }, b: { agent: "boss", title: "Decide it" } });
  const tracer = new Tracer();
  const config = { ...thread("t1"), callbacks: [tracer] };
  await swarm.invoke({ task: "Both.", plan }, config);
  const { tasks } = await swarm.getState(thread("t1"));
  const edit = { decisions: [{ type: "edit", edited_action: { name: "do_subtask", args: { output: "B" } } }] };
  const answers = tasks.flatMap(({ interrupts }) =>
    interrupts.map(({ id, value }) => [id, JSON.stringify(value).includes("do_subtask") ? edit : "approve"]),
  );
  tracer.told.clear();
  const state = await swarm.invoke(new Command({ resume: Object.fromEntries(answers) }), config);
  expect(state.status).toBe("complete");
  return tracer;
}

test("run, subtask, attempt and agent", async () => {
  const { told } = await traced();
  const [worker, boss] = [
    { run_id: "t1", subtask: "a", attempt: 1, agent: "worker" },
    { run_id: "t1", subtask: "b", attempt: 1, agent: "boss" },
  ];
  expect(told.get("send")).toMatchObject({ ...worker, title: "Send it" });
  expect(told.get("worker · a · turn 2")).toMatchObject({ ...worker, title: "Send it" });
  expect(told.get("act")).toMatchObject(worker);
  expect(told.get("person")).toMatchObject(boss);
});

test("no title where LangSmith is to be told no inputs: it says what is asked", async () => {
  vi.stubEnv("LANGSMITH_HIDE_INPUTS", "true");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { told } = await traced();
  expect(told.get("send")).toMatchObject({ subtask: "a" });
  expect(JSON.stringify([...told.values()])).not.toMatch(/Send it|Decide it/);
});
