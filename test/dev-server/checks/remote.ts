/** The server's swarm as an agent of a swarm in this process: what it asks inside is asked, and answered, here. */
import assert from "node:assert/strict";
import { Command, INTERRUPT, isInterrupted, MemorySaver } from "@langchain/langgraph";
import { RemoteGraph } from "@langchain/langgraph/remote";
import { createSwarm, type SwarmOptions } from "../../../app/create-swarm.ts";
import { clientOf, GRAPH, newThread, type Check } from "../check.ts";
import type { DevServer } from "../dev-server.ts";

const PLAN = {
  subtasks: [
    { id: "far", instructions: "What is a lane?", agent: "far" },
    { id: "near", instructions: "What is a step?", agent: "reader" },
    { id: "both", instructions: "Quote what is said of lanes.", agent: "reader", dependsOn: ["far", "near"] },
  ],
};
const READER = { name: "reader", description: "reads", tools: ["search_documents", "read_document"] };

/** An assistant that has its plans approved. */
async function asking(server: DevServer): Promise<string> {
  const context = { approve: ["plan"] };
  return (await clientOf(server).assistants.create({ graphId: GRAPH, context })).assistant_id;
}

async function answered(agents: NonNullable<SwarmOptions["agents"]>): Promise<void> {
  await using swarm = createSwarm({
    agents: [...agents, READER],
    documents: ["docs"],
    checkpointer: new MemorySaver(),
  });
  const thread = { configurable: { thread_id: "near-and-far" } };
  const waiting = await swarm.invoke({ task: "What are lanes and steps?", plan: PLAN }, thread);
  assert.ok(isInterrupted<{ subtask: string; action_requests: { name: string }[] }>(waiting));
  const [{ value } = {}] = waiting[INTERRUPT];
  assert.deepEqual([value?.subtask, value?.action_requests[0]?.name], ["far", "run_plan"]);
  const state = await swarm.invoke(new Command({ resume: { decisions: [{ type: "approve" }] } }), thread);
  assert.deepEqual([state.status, state.coverage["done"]], ["complete", 3], JSON.stringify(state.lanes));
  assert.match(state.answer, /\[docs\//);
}

export const remote: Check[] = [
  {
    name: "an assistant of the server is an agent by a RemoteGraph: the plan that it asks about is approved through the swarm that it works for",
    async run(server) {
      const graph = new RemoteGraph({ url: server.url, graphId: await asking(server) });
      await answered([{ name: "far", description: "knows lanes", kind: "graph", graph, maxSteps: 40 }]);
    },
  },
  {
    name: "and it is one by a profile with the server's address",
    async run(server) {
      const graphId = await asking(server);
      await answered([
        { name: "far", description: "knows lanes", kind: "remote", url: server.url, graphId, maxSteps: 40 },
      ]);
    },
  },
  {
    name: "three assistants of one graph each keep to their own context",
    async run(server) {
      const client = clientOf(server);
      const contexts = [{ documents: ["docs/guide"] }, { budget: { maxSteps: 1 } }, { approve: ["plan"] }];
      const [guide, poor, careful] = await Promise.all(
        contexts.map(async (context) => {
          const { assistant_id } = await client.assistants.create({ graphId: GRAPH, context });
          const thread = await newThread(client);
          await client.runs.wait(thread, assistant_id, { input: { task: "What is a step?" } });
          return client.threads.getState(thread);
        }),
      );
      assert.match(guide?.values.answer ?? "", /\[docs\/guide\//);
      assert.doesNotMatch(guide?.values.answer ?? "", /\[docs\/(?!guide)/);
      assert.notEqual(poor?.values.status, "complete");
      assert.deepEqual(careful?.next, ["plan-review"]);
    },
  },
];
