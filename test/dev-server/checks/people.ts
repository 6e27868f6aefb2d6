/** Lanes of people on the server: several wait at once, are seen, and are answered through the SDK in any order. */
import assert from "node:assert/strict";
import type { Client } from "@langchain/langgraph-sdk";
import { clientOf, newThread, runToEnd, type Check, type SwarmValues } from "../check.ts";

interface TaskRequest {
  kind: string;
  subtask: string;
  problem?: string;
  action_requests: { name: string; args: Record<string, unknown>; description: string }[];
  review_configs: { action_name: string; allowed_decisions: string[] }[];
}

const INPUT = {
  task: "What is a lane, and is that well said?",
  documents: ["docs"],
  plan: {
    subtasks: [
      { id: "facts", instructions: "What is a lane?" },
      { id: "style", instructions: "Is the style good?", agent: "editor", dependsOn: ["facts"] },
      { id: "truth", instructions: "Is it true?", agent: "editor" },
      { id: "taste", instructions: "Do you like it?", agent: "editor" },
    ],
  },
};

/** What lanes wait for, by subtask: of a task that has its result, LangGraph keeps the answered interrupt. */
async function waiting(
  client: Client<SwarmValues>,
  thread: string,
): Promise<Map<string, { id: string; value: TaskRequest }>> {
  const { tasks } = await client.threads.getState(thread);
  const open = tasks.filter((task) => ((task as { result?: unknown }).result ?? null) === null);
  const pending = open.flatMap(({ interrupts }) => interrupts as unknown as { id: string; value: TaskRequest }[]);
  return new Map(pending.map((one) => [one.value.subtask, one]));
}

const edit = (output: string) => ({
  decisions: [{ type: "edit", edited_action: { name: "do_subtask", args: { output } } }],
});

export const people: Check[] = [
  {
    name: "lanes of people wait at once, each with a request that chat front ends render, and are answered in any order",
    async run(server) {
      const client = clientOf(server);
      const thread = await newThread(client);
      await runToEnd(client, thread, { input: INPUT });
      const asked = await waiting(client, thread);
      assert.deepEqual([...asked.keys()].toSorted(), ["style", "taste", "truth"]);
      assert.equal((await client.threads.get(thread)).status, "interrupted");
      const { kind, action_requests, review_configs } = (asked.get("style") as { value: TaskRequest }).value;
      assert.equal(kind, "task");
      assert.deepEqual(review_configs, [{ action_name: "do_subtask", allowed_decisions: ["edit", "reject"] }]);
      assert.match(JSON.stringify(action_requests[0]?.args["inputs"]), /lane/);
      const answers: [string, unknown][] = [
        ["truth", edit("it is true")],
        ["taste", { decisions: [{ type: "reject", message: "no taste of mine" }] }],
        ["style", edit("it is well said")],
      ];
      let values: SwarmValues | undefined;
      for (const [index, [subtask, answer]] of answers.entries()) {
        const { id } = asked.get(subtask) as { id: string };
        values = await runToEnd(client, thread, { command: { resume: { [id]: answer } } });
        assert.equal((await waiting(client, thread)).size, answers.length - index - 1);
      }
      assert.equal(values?.status, "partial");
      assert.deepEqual([values.coverage.total, values.coverage.done], [4, 3]);
      assert.equal(values.lanes["taste"]?.outcome, "rejected");
    },
  },
  {
    name: "a person's approval without an output is asked again, with what is wrong, and their edit is taken",
    async run(server) {
      const client = clientOf(server);
      const thread = await newThread(client);
      await runToEnd(client, thread, { input: { ...INPUT, plan: { subtasks: [INPUT.plan.subtasks[2]] } } });
      await runToEnd(client, thread, { command: { resume: { decisions: [{ type: "approve" }] } } });
      assert.match((await waiting(client, thread)).get("truth")?.value.problem ?? "", /an approval gives no output/);
      const values = await runToEnd(client, thread, { command: { resume: edit("it is") } });
      assert.equal(values.status, "complete");
    },
  },
  {
    name: "an answer waits for its approval, and is published as edited",
    async run(server) {
      const client = clientOf(server);
      const thread = await newThread(client);
      const { plan: _, ...input } = INPUT;
      await runToEnd(client, thread, { input: { ...input, approve: ["answer"] } });
      const { tasks } = await client.threads.getState(thread);
      const asked = tasks.flatMap(({ interrupts }) => interrupts)[0]?.value as TaskRequest;
      assert.deepEqual([asked.kind, asked.action_requests[0]?.name], ["answer", "publish_answer"]);
      const args = { answer: "In my words." };
      const decisions = [{ type: "edit", edited_action: { name: "publish_answer", args } }];
      const values = await runToEnd(client, thread, { command: { resume: { decisions } } });
      assert.match(values.answer, /^In my words\.\n\n---\nCoverage: /);
    },
  },
];
