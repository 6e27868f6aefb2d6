/**
 * What LangGraph's dev server does otherwise than LangGraph documents, as tried with langgraph-api 1.5.1, and what is done about each. Where a
 * later server is mended, test/dev-server/checks/ways-of-the-server.ts fails, and the cure can go.
 */
import { IterableReadableStream } from "@langchain/core/utils/stream";
import { isRecord } from "../state/is-record.ts";
import { SwarmError } from "../state/errors.ts";
import { SwarmInput, SwarmOutput, SwarmState } from "../state/swarm-state.ts";

/**
 * It reads the schemas of what it knows by these two methods as a StateSchema, and then leaves the context out. Without them it asks
 * LangGraph's own reader, which needs the other one of each, and has the context too: Studio's form of an assistant.
 */
export function showContext(): void {
  for (const schema of [SwarmState, SwarmInput]) Object.defineProperty(schema, "getJsonSchema", { value: undefined });
  Object.defineProperty(SwarmOutput, "getInputJsonSchema", { value: undefined });
}

/** As much of a compiled graph as runs. */
interface Runs {
  stream: (...call: never[]) => Promise<AsyncIterable<unknown>>;
}

/** Of an error it hands on name and message alone: there the message has code and next step too. All ways to run a graph go by `stream`. */
export function tellWhole<Graph extends object>(graph: Graph & Runs): Graph {
  const stream = graph.stream.bind(graph);
  const telling = async (...call: never[]): Promise<AsyncIterable<unknown>> => {
    const chunks = await stream(...call).catch(rethrowWhole);
    return IterableReadableStream.fromAsyncGenerator(tellingOf(chunks));
  };
  Object.defineProperty(graph, "stream", { value: telling });
  return graph;
}

async function* tellingOf(chunks: AsyncIterable<unknown>): AsyncGenerator {
  try {
    yield* chunks;
  } catch (error) {
    rethrowWhole(error);
  }
}

function rethrowWhole(error: unknown): never {
  if (!(error instanceof SwarmError)) throw error;
  const { code, message, next, data } = error;
  const whole = `${code}: ${message}${next === undefined ? "" : `. Next: ${next}`}`;
  throw new SwarmError(code, whole, { next, data, cause: error });
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
