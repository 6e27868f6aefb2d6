/** The swarm for LangGraph's dev server and Studio (langgraph.json): the host brings its own saver and store. */
import { setMaxListeners } from "node:events";
import type { AgentProfileInput } from "../state/agent-profile.ts";
import { readDataFile } from "./config/read-file.ts";
import { createSwarm } from "./create-swarm.ts";

setMaxListeners(0);

const set = (name: string): string | undefined => process.env[name] || undefined;
const model = set("GLASSHIVE_MODEL");
const agents = set("GLASSHIVE_AGENTS");

export const graph = createSwarm({
  ...(model === undefined ? {} : { model }),
  ...(agents === undefined ? {} : { agents: profilesIn(agents) }),
});

/** Throws SwarmError AGENTS_INVALID for a file that cannot be read; what it holds is checked by `createSwarm`. */
function profilesIn(path: string): readonly AgentProfileInput[] {
  const data = readDataFile(path, "the agents file", "AGENTS_INVALID");
  return (data as { agents: readonly AgentProfileInput[] }).agents;
}
