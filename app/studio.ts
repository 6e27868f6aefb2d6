/**
 * The swarm for LangGraph's dev server and Studio (langgraph.json): the host brings its own saver and store. Whoever reaches the
 * server is a caller: what it may read and spend is said here, by the environment of the server, and by nobody else.
 */
import { setMaxListeners } from "node:events";
import { delimiter, resolve } from "node:path";
import { mergeConfig, readConfigFile } from "./config/run-config.ts";
import { settingsOf, swarmOptionsOf } from "./config/run-settings.ts";
import { createSwarm } from "./create-swarm.ts";
import { currentFolder } from "./current-folder.ts";

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

export const graph = createSwarm({ ...options, models: [...(options.models ?? []), ...models] });
