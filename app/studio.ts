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
import { createSwarm, type Swarm } from "./create-swarm.ts";
import { SwarmError } from "../state/errors.ts";
import { SwarmContext, SwarmInput, SwarmOutput, SwarmState } from "../state/swarm-state.ts";
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

/**
 * The dev server (langgraph-api 1.5.1) reads the schemas of what it knows by these two methods as a StateSchema, and then leaves the context
 * out. Without them it asks LangGraph's own reader, which needs the other one of each, and has the context too: Studio's form of an assistant.
 */
for (const schema of [SwarmState, SwarmInput]) Object.defineProperty(schema, "getJsonSchema", { value: undefined });
Object.defineProperty(SwarmOutput, "getInputJsonSchema", { value: undefined });

/** Studio shows such a field at its nodes, with what holds now, to be edited. */
const NODES = { plannerPrompt: ["planner"], agentPrompt: ["lane"], synthesizerPrompt: ["synthesizer"] } as const;
for (const name of PROMPTS) {
  const shown = { default: DEFAULT_PROMPTS[name], langgraph_type: "prompt", langgraph_nodes: NODES[name] };
  const field = SwarmContext.shape[name];
  if (field !== undefined) z.globalRegistry.add(field, { ...field.meta(), ...shown });
}

export const graph = tellingWhole(
  createSwarm({ editablePrompts: true, ...options, models: [...(options.models ?? []), ...models] }),
);

/** Of an error the server hands on name and message alone: there the message has code and next step too. */
function tellingWhole(swarm: Swarm): Swarm {
  const served = swarm as unknown as { _streamIterator: (...call: unknown[]) => AsyncGenerator };
  const { _streamIterator: stream } = served;
  async function* telling(this: unknown, ...call: unknown[]): AsyncGenerator {
    try {
      yield* stream.apply(this, call);
    } catch (error) {
      if (!(error instanceof SwarmError)) throw error;
      const { code, message, next, data } = error;
      const whole = `${code}: ${message}${next === undefined ? "" : `. Next: ${next}`}`;
      throw new SwarmError(code, whole, { next, data, cause: error });
    }
  }
  Object.defineProperty(served, "_streamIterator", { value: telling });
  return swarm;
}
