/**
 * The swarm for LangGraph's dev server and Studio (langgraph.json): the host brings its own saver and store. Whoever reaches the
 * server is a caller: what it may read and spend is said here, by the environment of the server, and by nobody else.
 */
import { setMaxListeners } from "node:events";
import { delimiter, resolve } from "node:path";
import { mergeConfig, readConfigFile } from "./config/run-config.ts";
import { settingsOf, swarmOptionsOf } from "./config/run-settings.ts";
import { z } from "zod";
import { DEFAULT_PROMPTS } from "../engine/policy/prompts/default-prompts.ts";
import { PROMPTS } from "../engine/policy/permissions/narrow.ts";
import { createSwarm } from "./create-swarm.ts";
import { SwarmContext } from "../state/swarm-state.ts";
import { currentFolder } from "./current-folder.ts";
import { showContext } from "./dev-server.ts";

setMaxListeners(0);

const set = (name: string): string | undefined => process.env[name] || undefined;
const cwd = currentFolder();
const file = set("GLASSHIVE_CONFIG");
const config = mergeConfig(file === undefined ? {} : readConfigFile(resolve(cwd, file)), {
  model: set("GLASSHIVE_MODEL"),
  agents: set("GLASSHIVE_AGENTS"),
  docs: set("GLASSHIVE_DOCS")?.split(delimiter),
});

const options = swarmOptionsOf(settingsOf(config, "any", { cwd, runId: "", now: 0 }));
/** What an assistant may choose in place of the server's own. */
const models =
  set("GLASSHIVE_MODELS")
    ?.split(",")
    .map((name) => name.trim()) ?? [];

showContext();

/** Studio shows such a field at its nodes, with what holds now, to be edited. */
const NODES = { plannerPrompt: ["planner"], agentPrompt: ["lane"], synthesizerPrompt: ["synthesizer"] } as const;
for (const name of PROMPTS) {
  const shown = { default: DEFAULT_PROMPTS[name], langgraph_type: "prompt", langgraph_nodes: NODES[name] };
  const field = SwarmContext.shape[name];
  if (field !== undefined) z.globalRegistry.add(field, { ...field.meta(), ...shown });
}

const allowed = [...(options.models ?? []), ...models];
export const graph = createSwarm({ editablePrompts: true, ...options, models: allowed });
