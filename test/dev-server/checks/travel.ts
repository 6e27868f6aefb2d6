/** Time travel through the SDK, as chat clients and Studio go about it. */
import assert from "node:assert/strict";
import { clientOf, newThread, runToEnd, type Check } from "../check.ts";

const PLAN = {
  subtasks: [
    { id: "waves", instructions: "Why are there lanes instead of waves?" },
    { id: "board", instructions: "Where does the board keep its results?", dependsOn: ["waves"] },
  ],
};

export const travel: Check[] = [
  {
    name: "a replay and a fork from each checkpoint are runs of their own, which keep what had ended",
    async run(server) {
      const client = clientOf(server);
      const thread = await newThread(client);
      const input = { task: "How does Glasshive work?", documents: ["docs"], plan: PLAN };
      const first = await runToEnd(client, thread, { input });
      const history = await client.threads.getHistory(thread, { limit: 100 });
      let runs = 1;
      assert.ok(Object.values(first.lanes).some(({ steps }) => steps > 0));
      for (const [node, isAnew] of [
        ["planner", true],
        ["plan-review", true],
        ["lane", true],
        ["integrate", false],
        ["synthesizer", false],
      ] as const) {
        const checkpoint = history.find(({ next }) => next.includes(node))?.checkpoint;
        assert.ok(checkpoint, `there is no checkpoint before ${node}`);
        const again = await runToEnd(client, thread, { input: null, checkpoint });
        assert.equal(again.runId, `${first.runId}~${(runs += 1)}`);
        assert.equal(again.status, "complete");
        // What had ended is kept, and takes no step; what stands behind the checkpoint is worked on.
        const worked = Object.values(again.lanes).filter(({ steps }) => steps > 0).length;
        assert.equal(worked > 0, isAnew, `before ${node}: ${JSON.stringify(again.lanes)}`);
        const edit = { values: { task: "What is the board?" }, checkpoint };
        await client.threads.updateState(thread, edit);
        const checkpointId = (await client.threads.getState(thread)).checkpoint.checkpoint_id;
        assert.equal(typeof checkpointId, "string");
        const edited = await runToEnd(client, thread, { input: null, checkpointId: String(checkpointId) });
        assert.equal(edited.runId, `${first.runId}~${(runs += 1)}`);
        assert.equal(edited.task, "What is the board?");
        assert.equal(edited.messages[0]?.content, "What is the board?");
      }
    },
  },
];
