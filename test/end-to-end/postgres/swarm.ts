/** A swarm on a database, the same in each process that opens it. As a program: goes on with a thread and prints the state's end. */
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { PostgresStore } from "@langchain/langgraph-checkpoint-postgres/store";
import { Command } from "@langchain/langgraph";
import { createSwarm, type SwarmOptions } from "../../../app/index.ts";

/** With `await using`: it closes the swarm, then what that stands on. */
export async function swarmOn(url: string, options: SwarmOptions = {}) {
  const [checkpointer, store] = [PostgresSaver.fromConnString(url), PostgresStore.fromConnString(url)];
  await Promise.all([checkpointer.setup(), store.setup()]);
  const swarm = createSwarm({ checkpointer, store, approve: ["plan"], ...options });
  return {
    swarm,
    async [Symbol.asyncDispose]() {
      await swarm.close();
      await Promise.all([checkpointer.end(), store.stop()]);
    },
  };
}

const [url, documents = "", thread] = process.argv.slice(2);
if (import.meta.main && url !== undefined) {
  await using opened = await swarmOn(url, { documents: [documents] });
  const resume = { decisions: [{ type: "approve" }] };
  const state = await opened.swarm.invoke(new Command({ resume }), { configurable: { thread_id: thread } });
  const { status, coverage, answer, usage } = state;
  console.log(JSON.stringify({ status, coverage, answer, usage }));
}
