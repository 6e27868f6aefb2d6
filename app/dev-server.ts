/**
 * What LangGraph's dev server does otherwise than LangGraph documents, as tried with langgraph-api 1.5.1, and what is done about each. Where a
 * later server is mended, test/dev-server/checks/ways-of-the-server.ts fails, and the cure can go.
 */
import { isRecord } from "../state/is-record.ts";
import { SwarmInput, SwarmOutput, SwarmState } from "../state/swarm-state.ts";

/**
 * It reads the schemas of what it knows by these two methods as a StateSchema, and then leaves the context out. Without them it asks
 * LangGraph's own reader, which needs the other one of each, and has the context too: Studio's form of an assistant.
 */
export function showContext(): void {
  for (const schema of [SwarmState, SwarmInput]) Object.defineProperty(schema, "getJsonSchema", { value: undefined });
  Object.defineProperty(SwarmOutput, "getInputJsonSchema", { value: undefined });
}

/**
 * It keeps with a thread which checkpoint a call has named, and names it with every later call that names none: after an edited message a
 * plain question would be asked before it, where nobody is any more. `kwargs`: of a call that is about to be put on a thread; what it
 * says of checkpoints, be it nothing, is all that is said.
 */
export function forgetCheckpoint(kwargs: Record<string, unknown>): void {
  const config = isRecord(kwargs["config"]) ? kwargs["config"] : {};
  const named = isRecord(config["configurable"]) ? config["configurable"] : {};
  const nowhere = { checkpoint_id: undefined, checkpoint_ns: undefined, checkpoint_map: undefined };
  kwargs["config"] = { ...config, configurable: { ...nowhere, ...named } };
}
