/** What goes wrong, what a restart keeps, and what the server has said by then. */
import assert from "node:assert/strict";
import { clientOf, newThread, runToEnd, type Check } from "../check.ts";
import { answer, requestOf, waitingThread } from "./interrupts.ts";

const UNWANTED = /warn|unhandled|uncaught|connects to |^error:/im;
/** The dev server's, about the file that a checkout need not have. */
const WANTED = /Env file ".env" not found/;

export const afterwards: Check[] = [
  {
    name: "the server has printed no warning and no error",
    async run({ output }) {
      const lines = output.split("\n").filter((line) => UNWANTED.test(line) && !WANTED.test(line));
      assert.deepEqual(lines, []);
    },
  },
  {
    name: "a task that is missing, a plan with a cycle, a folder that is not there and what the server does not allow each end a run with a code, a sentence and what to do next",
    async run(server) {
      const client = clientOf(server);
      const cycle = { subtasks: [{ id: "a", instructions: "x", dependsOn: ["a"] }] };
      const inputs: [Record<string, unknown>, RegExp][] = [
        [{}, /USAGE: the task is empty. Next: /],
        [{ task: "x", plan: cycle }, /cycle: a → a/],
        [{ task: "x", documents: ["docs/no/such/folder"] }, /no\/such\/folder/],
        [
          { task: "x", documents: ["/etc"] },
          /NOT_ALLOWED: documents: \/etc is not allowed here.*Next: who embeds or serves/,
        ],
        [{ task: "x", budget: { maxSteps: 9, maxUsd: 1 }, documents: ["test"] }, /documents: test is not allowed here/],
      ];
      for (const [input, sentence] of inputs) {
        const thread = await newThread(client);
        await assert.rejects(runToEnd(client, thread, { input }), sentence);
        assert.equal((await client.threads.get(thread)).status, "error");
      }
    },
  },
  {
    name: "a thread that waits for a human goes on after a restart of the server",
    async run(server) {
      const thread = await waitingThread(clientOf(server));
      const done = await newThread(clientOf(server));
      const first = await runToEnd(clientOf(server), done, { input: { task: "What is a lane?", documents: ["docs"] } });
      await server.stop();
      await server.start();
      const client = clientOf(server);
      await requestOf(client, thread);
      const values = await answer(client, thread, { decisions: [{ type: "approve" }] });
      assert.equal(values.status, "complete");
      assert.match(values.answer, /\[docs\//);
      assert.equal((await client.threads.getState(done)).values["answer"], first.answer);
      const next = await runToEnd(client, done, { input: { task: "What is a step?", documents: ["docs"] } });
      assert.equal(next.runId, `${first.runId}~2`);
      assert.equal(next.status, "complete");
    },
  },
];
