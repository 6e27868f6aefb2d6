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
      const working = Object.values(first.lanes).filter(({ steps }) => steps > 0).length;
      assert.ok(working > 0);
      for (const [node, steps] of [
        ["planner", working],
        ["plan-review", working],
        ["lane", working],
        ["integrate", 0],
        ["synthesizer", 0],
      ] as const) {
        const checkpoint = history.find(({ next }) => next.includes(node))?.checkpoint;
        assert.ok(checkpoint, `there is no checkpoint before ${node}`);
        const again = await runToEnd(client, thread, { input: null, checkpoint });
        assert.equal(again.runId, `${first.runId}~${(runs += 1)}`);
        assert.equal(again.status, "complete");
        assert.equal(Object.values(again.lanes).filter(({ steps: own }) => own > 0).length, steps, `before ${node}`);
        const edit = { values: { task: "What is the board?" }, checkpoint };
        const { configurable } = await client.threads.updateState(thread, edit);
        const checkpointId: unknown = configurable?.["checkpoint_id"];
        assert.equal(typeof checkpointId, "string");
        const edited = await runToEnd(client, thread, { input: null, checkpointId: String(checkpointId) });
        assert.equal(edited.runId, `${first.runId}~${(runs += 1)}`);
        assert.equal(edited.task, "What is the board?");
        assert.equal(edited.messages[0]?.content, "What is the board?");
      }
    },
  },
];
