/** Plan review on the server: the request as chat front ends read it, and each way to answer it. */
import assert from "node:assert/strict";
import type { Client } from "@langchain/langgraph-sdk";
import { clientOf, newThread, runToEnd, type Check, type SwarmValues } from "../check.ts";

export interface PlanRequest {
  kind: string;
  problem?: string;
  action_requests: { name: string; args: { plan: { subtasks: { id: string }[] } }; description: string }[];
  review_configs: { action_name: string; allowed_decisions: string[] }[];
}

const INPUT = { task: "What is a lane, and what is a step?", documents: ["docs"], approve: ["plan"] };
const EDITED = { subtasks: [{ id: "mine", instructions: "What is a lane?" }] };

/** The one request that a thread waits with. */
export async function requestOf(client: Client<SwarmValues>, thread: string): Promise<PlanRequest> {
  // Not `next`: LangGraph leaves out a node that has been resumed before.
  const { tasks } = await client.threads.getState(thread);
  assert.deepEqual(
    tasks.map(({ name }) => name),
    ["plan-review"],
  );
  const pending = tasks.flatMap(({ interrupts: own }) => own);
  assert.equal(pending.length, 1);
  assert.equal((await client.threads.get(thread)).status, "interrupted");
  return pending[0]?.value as PlanRequest;
}

export async function waitingThread(client: Client<SwarmValues>): Promise<string> {
  const thread = await newThread(client);
  await runToEnd(client, thread, { input: INPUT });
  return thread;
}

export function answer(client: Client<SwarmValues>, thread: string, resume: unknown): Promise<SwarmValues> {
  return runToEnd(client, thread, { command: { resume } });
}

export const interrupts: Check[] = [
  {
    name: "at plan review a thread waits, with a request that chat front ends render",
    async run(server) {
      const client = clientOf(server);
      const request = await requestOf(client, await waitingThread(client));
      const [action] = request.action_requests;
      assert.equal(request.action_requests.length, 1);
      assert.equal(action?.name, "run_plan");
      assert.ok(action.args.plan.subtasks.length > 0);
      assert.match(action.description, /^Run this plan of \d+ subtasks?\? About \d+ steps/);
      const allowed_decisions = ["approve", "edit", "reject"];
      assert.deepEqual(request.review_configs, [{ action_name: "run_plan", allowed_decisions }]);
    },
  },
  {
    name: "an approved plan runs",
    async run(server) {
      const client = clientOf(server);
      const thread = await waitingThread(client);
      const values = await answer(client, thread, { decisions: [{ type: "approve" }] });
      assert.equal(values.status, "complete");
      assert.match(values.answer, /\[docs\//);
    },
  },
  {
    name: "a rejected plan goes back to the planner, and the next one waits too",
    async run(server) {
      const client = clientOf(server);
      const thread = await waitingThread(client);
      await answer(client, thread, { decisions: [{ type: "reject", message: "too many parts" }] });
      await requestOf(client, thread);
      const { values } = await client.threads.getState(thread);
      assert.equal(values["planVersion"], 2);
      assert.equal((await answer(client, thread, { decisions: [{ type: "approve" }] })).status, "complete");
    },
  },
  {
    name: "an edited plan is the one that runs",
    async run(server) {
      const client = clientOf(server);
      const thread = await waitingThread(client);
      const edit = { type: "edit", edited_action: { name: "run_plan", args: { plan: EDITED } } };
      const values = await answer(client, thread, { decisions: [edit] });
      assert.equal(values.status, "complete");
      assert.deepEqual(Object.keys(values.lanes), ["mine"]);
    },
  },
  {
    name: "an answer that does not fit is asked for again, with what is wrong",
    async run(server) {
      const client = clientOf(server);
      const thread = await waitingThread(client);
      await answer(client, thread, { colour: "red" });
      assert.match((await requestOf(client, thread)).problem ?? "", /decisions 1 type: it is missing/);
      assert.equal((await answer(client, thread, "approve")).status, "complete");
    },
  },
];
