/** The swarm for LangGraph's dev server and Studio (langgraph.json): the host brings its own saver and store. */
import { setMaxListeners } from "node:events";
import { createSwarm } from "./create-swarm.ts";

setMaxListeners(0);

const model = process.env["GLASSHIVE_MODEL"];

export const graph = createSwarm(model === undefined || model === "" ? {} : { model });
