import { layerIds } from "../../test/support/layered-plan.ts";
import { checkCalls, type PeerOptions } from "./conversation.ts";

/** Runs the agents of each wave side by side, and the waves one after the other. `runAgent` returns its model calls. */
export async function inWaves(options: PeerOptions, runAgent: (agent: string) => Promise<number>): Promise<void> {
  for (const wave of layerIds(options.agents, options.layers ?? 1)) {
    await Promise.all(wave.map(async (agent) => checkCalls(agent, await runAgent(agent), options.calls)));
  }
}
