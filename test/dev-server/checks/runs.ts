/** Runs of the offline model on this repository's own documentation. */
import assert from "node:assert/strict";
import { clientOf, GRAPH, newThread, runToEnd, type Check, type SwarmValues } from "../check.ts";

const WAVES = "Why are there lanes instead of waves?";
const PLAN = {
  subtasks: [
    { id: "waves", instructions: WAVES },
    { id: "board", instructions: "Where does the board keep its results?", dependsOn: ["waves"] },
    // More lanes than the listeners that Node allows an AbortSignal without a warning.
    {
      id: "each",
      forEach: Array.from({ length: 14 }, (_, index) => `000${1 + (index % 6)}`),
      instructions: "Decision {{item}}",
    },
    {
      id: "all",
      forEach: Array.from({ length: 14 }, (_, index) => `way ${index}`),
      instructions: WAVES,
    },
  ],
};

interface LaneUpdates {
  nodes: string[];
  subtask?: unknown;
}

/** The steps of each lane, by its namespace: `lane:<id>`. */
function laneUpdates(events: readonly { event: string; data: unknown }[]): Map<string, LaneUpdates> {
  const lanes = new Map<string, LaneUpdates>();
  for (const { event, data } of events) {
    const [mode, namespace] = event.split("|");
    if (mode !== "updates" || namespace === undefined) continue;
    const lane = lanes.get(namespace) ?? { nodes: [] };
    lanes.set(namespace, lane);
    for (const [node, update] of Object.entries(data as Record<string, { subtask?: unknown }>)) {
      lane.nodes.push(node);
      lane.subtask ??= update.subtask;
    }
  }
  return lanes;
}

function assertAnswered(values: SwarmValues): void {
  assert.equal(values.status, "complete", JSON.stringify(values.coverage));
  assert.match(values.answer, /"[^"]+" \[docs\/[^\]]+:\d+\]/, "the answer cites no document");
  const last = values.messages.at(-1);
  assert.equal(last?.type, "ai");
  assert.equal(last.content, values.answer);
}

export const runs: Check[] = [
  {
    name: "a run with a plan streams each lane's steps under its name, and ends with a cited answer",
    async run(server) {
      const client = clientOf(server);
      const thread = await newThread(client);
      const events: { event: string; data: unknown }[] = [];
      const stream = client.runs.stream(thread, GRAPH, {
        input: { task: "How does Glasshive work?", documents: ["docs"], plan: PLAN },
        streamMode: ["updates"],
        streamSubgraphs: true,
      });
      for await (const event of stream) events.push(event);
      const lanes = laneUpdates(events);
      assert.equal(lanes.size, 22);
      for (const [namespace, { nodes, subtask }] of lanes) {
        assert.match(namespace, /^lane:/);
        assert.equal(typeof subtask, "string", `${namespace} does not say whose lane it is`);
        assert.equal(nodes[0], "await-inputs");
        assert.equal(nodes.at(-1), "publish");
      }
      const { values } = await client.threads.getState(thread);
      assertAnswered(values);
      assert.equal(values.coverage.done, 22);
    },
  },
  {
    name: "a chat front end gives messages alone, and gets the answer as a message",
    async run(server) {
      const client = clientOf(server);
      const thread = await newThread(client);
      const messages = [{ type: "human", content: WAVES }];
      const values = await runToEnd(client, thread, { input: { messages, documents: ["docs"] } });
      assertAnswered(values);
      assert.deepEqual(
        values.messages.map(({ type }) => type),
        ["human", "ai"],
      );
    },
  },
  {
    name: "a second task on the same thread gets an answer of its own",
    async run(server) {
      const client = clientOf(server);
      const thread = await newThread(client);
      const first = await runToEnd(client, thread, { input: { task: WAVES, documents: ["docs"] } });
      const second = await runToEnd(client, thread, {
        input: { messages: [{ type: "human", content: "What is a step?" }] },
      });
      assertAnswered(first);
      assertAnswered(second);
      assert.equal(second.runId, `${first.runId}~2`);
      assert.notEqual(second.answer, first.answer);
      assert.equal(second.messages.length, 4);
    },
  },
  {
    name: "two threads at once keep their answers apart",
    async run(server) {
      const client = clientOf(server);
      const ask = async (task: string): Promise<SwarmValues> =>
        runToEnd(client, await newThread(client), { input: { task, documents: ["docs"] } });
      const tasks = [WAVES, "What is a step?"] as const;
      const together = await Promise.all(tasks.map(ask));
      const alone = [await ask(tasks[0]), await ask(tasks[1])];
      assert.notEqual(together[0]?.answer, together[1]?.answer);
      assert.deepEqual(
        together.map(({ answer }) => answer),
        alone.map(({ answer }) => answer),
      );
    },
  },
  {
    name: "state and history of a thread can be read, back to the question",
    async run(server) {
      const client = clientOf(server);
      const thread = await newThread(client);
      await runToEnd(client, thread, {
        input: { task: WAVES, documents: ["docs"], plan: { subtasks: PLAN.subtasks.slice(0, 1) } },
      });
      const state = await client.threads.getState(thread);
      assert.deepEqual(state.next, []);
      assert.deepEqual(Object.keys(state.values.lanes), ["waves"]);
      const history = await client.threads.getHistory(thread, { limit: 50 });
      assert.deepEqual(
        history.map(({ next }) => next.join(" ")),
        ["", "synthesizer", "integrate", "lane", "skill-router", "plan-review", "planner", "intake", "__start__"],
      );
    },
  },
];
