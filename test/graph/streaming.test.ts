/** What a host sees of a run while it works: every stream mode, and each lane by its subtask. */
import { tool } from "@langchain/core/tools";
import { Command, MemorySaver, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createSwarm } from "../../app/create-swarm.ts";
import type { SwarmProgress } from "../../state/progress.ts";
import { ScriptedChatModel } from "../support/scripted-chat-model.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";

const SCRIPT = { a: "A", b: "B", synthesizer: "AB" };
const INPUT = { task: "Both.", plan: planOf({ a: {}, b: { dependsOn: ["a"] } }) };

async function collect<Item>(stream: Promise<AsyncIterable<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of await stream) items.push(item);
  return items;
}

describe("stream", () => {
  test("values: each state of the swarm, the last with the answer", async () => {
    const { swarm, model } = scriptedSwarm(SCRIPT);
    const states = await collect(swarm.stream(INPUT, { ...thread("t1"), streamMode: "values" }));
    expect(states.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1])).toEqual([
      ...["planning", "running", "complete"],
    ]);
    expect(states.at(-1)).toMatchObject({ answer: expect.stringContaining("AB"), coverage: { done: 2 } });
    model.expectUsedUp();
  });

  test("updates: the nodes in the order of the picture", async () => {
    const { swarm, model } = scriptedSwarm(SCRIPT);
    const updates = await collect(swarm.stream(INPUT, { ...thread("t1"), streamMode: "updates" }));
    expect(updates.flatMap((update) => Object.keys(update))).toEqual([
      ...["intake", "planner", "plan-review", "skill-router", "lane", "lane", "integrate", "synthesizer"],
    ]);
    model.expectUsedUp();
  });

  test("updates with subgraphs: the steps of each lane, which says at its first whose it is", async () => {
    const { swarm, model } = scriptedSwarm(SCRIPT);
    const updates = await collect(swarm.stream(INPUT, { ...thread("t1"), streamMode: "updates", subgraphs: true }));
    const lanes = new Map<string, { nodes: string[]; subtask?: unknown; agent?: unknown }>();
    for (const [[namespace], update] of updates as unknown as [string[], Record<string, Record<string, unknown>>][]) {
      if (namespace === undefined) continue;
      const lane = lanes.get(namespace) ?? { nodes: [] };
      lanes.set(namespace, lane);
      for (const [node, { subtask, agent }] of Object.entries(update)) {
        if (lane.nodes.push(node) === 1) Object.assign(lane, { subtask, agent });
      }
    }
    expect([...lanes.keys()]).toEqual([expect.stringMatching(/^lane:/), expect.stringMatching(/^lane:/)]);
    const nodes = ["await-inputs", "think", "validate", "publish"];
    expect(
      [...lanes.values()].toSorted((one, other) => (String(one.subtask) < String(other.subtask) ? -1 : 1)),
    ).toEqual([
      { nodes, subtask: "a", agent: "worker" },
      { nodes, subtask: "b", agent: "worker" },
    ]);
    model.expectUsedUp();
  });

  test("messages: what the models of lanes and coordinator say, with run, subtask, attempt and agent", async () => {
    const { swarm, model } = scriptedSwarm(SCRIPT);
    const chunks = await collect(swarm.stream(INPUT, { ...thread("t1"), streamMode: "messages", subgraphs: true }));
    const said = (chunks as unknown as [string[], [{ text: string }, Record<string, unknown>]][]).map(
      ([namespace, [message, metadata]]) => ({ inLane: namespace.length > 0, text: message.text, metadata }),
    );
    expect(said.find(({ text }) => text === "A")).toMatchObject({
      inLane: true,
      metadata: { langgraph_node: "think", run_id: "t1", subtask: "a", attempt: 1, agent: "worker" },
    });
    expect(said.find(({ text }) => text === "AB")).toMatchObject({
      inLane: false,
      metadata: { langgraph_node: "synthesizer" },
    });
    model.expectUsedUp();
  });

  test("custom: what a tool of the caller writes", async () => {
    const report = tool(
      (_: unknown, config: LangGraphRunnableConfig) => {
        config.writer?.({ progress: "half-way" });
        return "reported";
      },
      { name: "report", description: "reports", schema: z.object({}) },
    );
    const { swarm, model } = scriptedSwarm(
      { a: [{ calls: [{ name: "report" }] }, "A"], b: "B", synthesizer: "AB" },
      { tools: [report], agents: [{ name: "worker", description: "works", tools: ["report"] }] },
    );
    const written = await collect(swarm.stream(INPUT, { ...thread("t1"), streamMode: "custom", subgraphs: true }));
    const inLanes = (written as unknown as [string[], unknown][]).filter(([namespace]) => namespace.length > 0);
    expect(inLanes).toEqual([[[expect.stringMatching(/^lane:/)], { progress: "half-way" }]]);
    model.expectUsedUp();
  });

  test("custom: how the run gets on, as the swarm's own, also where lanes go on from a question", async () => {
    const swarm = createSwarm({
      model: new ScriptedChatModel({ a: ["", "A"], synthesizer: "AB" }),
      agents: [WORKER, { name: "boss", description: "decides", kind: "human" }],
      checkpointer: new MemorySaver(),
    });
    const input = { task: "Both.", plan: planOf({ a: { agent: "worker" }, b: { agent: "boss", dependsOn: ["a"] } }) };
    const streamed = async (given: typeof input | Command): Promise<unknown[]> => {
      const told = await collect(swarm.stream(given as typeof input, { ...thread("t1"), streamMode: "custom" }));
      return (told as SwarmProgress[])
        .filter(({ type }) => type !== "spend")
        .map(({ run, at, ...progress }) => (expect([run, Date.parse(at) > 0]).toEqual(["t1", true]), progress));
    };
    const decision = { decisions: [{ type: "edit", edited_action: { name: "do_subtask", args: { output: "B" } } }] };
    const lane = (subtask: string, agent: string, state: string, more = {}) => ({
      ...{ type: "lane", subtask, title: subtask, agent, attempt: 1, state },
      ...more,
    });
    expect(await streamed(input)).toEqual([
      { type: "plan", version: 1, subtasks: 2 },
      lane("a", "worker", "routed"),
      lane("b", "boss", "routed"),
      lane("a", "worker", "started"),
      lane("a", "worker", "retrying", { signal: "empty-answer", action: "retry" }),
      lane("a", "worker", "ended", { outcome: "done" }),
      lane("b", "boss", "started"),
      { type: "question", about: "task", subtask: "b" },
    ]);
    expect(await streamed(new Command({ resume: decision }))).toEqual([
      lane("b", "boss", "ended", { outcome: "done" }),
      { type: "end", status: "complete" },
    ]);
    await swarm.close();
  });
});

test("streamEvents names graphs, nodes and model turns, each turn with its subtask and agent", async () => {
  const { swarm, model } = scriptedSwarm(SCRIPT);
  const events = await collect(Promise.resolve(swarm.streamEvents(INPUT, { ...thread("t1"), version: "v2" })));
  const started = events.filter(({ event }) => event.endsWith("_start")).map(({ name }) => name);
  expect(started).toEqual(expect.arrayContaining(["swarm", "lane", "think", "synthesizer"]));
  const turns = events.filter(({ event }) => event === "on_chat_model_end");
  expect(turns.map(({ name, metadata }) => [name, metadata["subtask"], metadata["agent"]])).toEqual(
    expect.arrayContaining([
      ["worker · a · turn 1", "a", "worker"],
      ["worker · b · turn 1", "b", "worker"],
    ]),
  );
  model.expectUsedUp();
});

test("a lane may take more supersteps than the swarm, or than a host allows its runs", async () => {
  const note = tool(({ n }) => `noted ${n}`, {
    name: "note",
    description: "notes",
    schema: z.object({ n: z.number() }),
  });
  const turns = Array.from({ length: 60 }, (_, n) => ({ calls: [{ name: "note", args: { n } }] }));
  const { swarm, model } = scriptedSwarm(
    { a: [...turns, "A"], b: "B", synthesizer: "AB" },
    { tools: [note], agents: [{ name: "worker", description: "works", tools: ["note"], maxSteps: 100 }] },
  );
  const state = await swarm.invoke(INPUT, { ...thread("t1"), recursionLimit: 25 });
  expect(state).toMatchObject({ status: "complete", lanes: { a: { steps: 61 } } });
  model.expectUsedUp();
});
