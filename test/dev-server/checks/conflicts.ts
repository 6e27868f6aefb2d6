/** Conflicts that wait for a human on the server: of several lanes at once, seen and answered through the SDK. */
import assert from "node:assert/strict";
import type { Client } from "@langchain/langgraph-sdk";
import { clientOf, newThread, runToEnd, type Check, type SwarmValues } from "../check.ts";

interface ConflictRequest {
  kind: string;
  subtask: string;
  problem?: string;
  action_requests: { name: string; args: { artifact: string; committed: number; incoming: string } }[];
  review_configs: { action_name: string; allowed_decisions: string[] }[];
}

/** Three lanes give a row of the same key: the first one has it, of each of the others a human says what becomes. */
const INPUT = {
  task: "What is a lane?",
  documents: ["docs"],
  plan: {
    artifacts: [{ name: "rows.jsonl", key: "title", policy: "human" }],
    subtasks: ["a", "b", "c"].map((id) => ({
      ...{ id, title: "Lane", instructions: "What is a lane?", writes: ["rows.jsonl"] },
    })),
  },
};

async function waiting(client: Client<SwarmValues>, thread: string): Promise<{ id: string; value: ConflictRequest }[]> {
  const { tasks } = await client.threads.getState(thread);
  const open = tasks.filter((task) => ((task as { result?: unknown }).result ?? null) === null);
  return open.flatMap(({ interrupts }) => interrupts as unknown as { id: string; value: ConflictRequest }[]);
}

async function paused(client: Client<SwarmValues>): Promise<string> {
  const thread = await newThread(client);
  await runToEnd(client, thread, { input: INPUT });
  return thread;
}

const answer = (client: Client<SwarmValues>, thread: string, id: string, decision: object): Promise<SwarmValues> =>
  runToEnd(client, thread, { command: { resume: { [id]: { decisions: [decision] } } } });

/** Version and hash of the table, as the graph's state has them. */
const recordIn = (values: SwarmValues) =>
  (values["artifacts"] as Record<string, { version: number; by: string }>)["rows.jsonl"];

export const conflicts: Check[] = [
  {
    name: "conflicts of parallel lanes wait at once, with both sides; approve and reject settle one each",
    async run(server) {
      const client = clientOf(server);
      const thread = await paused(client);
      const [first, second, ...others] = await waiting(client, thread);
      assert.ok(first !== undefined && second !== undefined && others.length === 0);
      const { kind, subtask, action_requests, review_configs } = first.value;
      assert.equal(kind, "conflict");
      assert.equal(action_requests[0]?.args.artifact, "rows.jsonl");
      assert.match(action_requests[0].args.incoming, new RegExp(`"${subtask}"`));
      const allowed_decisions = ["approve", "edit", "reject"];
      assert.deepEqual(review_configs, [{ action_name: "resolve_conflict", allowed_decisions }]);
      await answer(client, thread, second.id, { type: "reject", message: "not this one" });
      assert.deepEqual(
        (await waiting(client, thread)).map(({ id }) => id),
        [first.id],
      );
      const values = await answer(client, thread, first.id, { type: "approve" });
      assert.equal(values.status, "complete");
      assert.deepEqual([recordIn(values)?.version, recordIn(values)?.by], [2, subtask]);
    },
  },
  {
    name: "an edit that does not fit is asked again; a conflict over what the edit has changed is asked again too",
    async run(server) {
      const client = clientOf(server);
      const thread = await paused(client);
      const [first, second] = await waiting(client, thread);
      assert.ok(first !== undefined && second !== undefined);
      const edit = (content: unknown) => ({
        type: "edit",
        edited_action: { name: "resolve_conflict", args: { content } },
      });
      await answer(client, thread, first.id, edit("no row"));
      const problems = (await waiting(client, thread)).map(({ value }) => value.problem ?? "");
      assert.ok(problems.some((problem) => /does not fit/.test(problem)));
      await answer(client, thread, first.id, edit([{ title: "Lane", id: "me", output: "by a human" }]));
      await answer(client, thread, second.id, { type: "approve" });
      const [again, ...others] = await waiting(client, thread);
      assert.equal(others.length, 0);
      assert.equal(again?.value.action_requests[0]?.args.committed, 2);
      const values = await answer(client, thread, again.id, { type: "reject" });
      assert.equal(values.status, "complete");
      assert.equal(recordIn(values)?.version, 2);
    },
  },
];
