/**
 * The graph as callers have it: each call of it is an invocation of its runs, from the begin to the end of the call, and what it brings is
 * read before LangGraph has it.
 *
 * 1. What a call has opened is closed when it ends, however it ends.
 * 2. A thread that is no text, and a command that means nothing here, are refused before anything is read or written.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import { EmptyInputError, isCommand, type BaseCheckpointSaver, type BaseStore } from "@langchain/langgraph";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import { SwarmError } from "../../state/errors.ts";
import { fieldOf, isRecord, listOf } from "../../state/is-record.ts";
import { checkpointerIn, isPartOfParent, isServed, keptBy } from "../../engine/runtime/langgraph/host-config.ts";
import { threadIn } from "../../state/question.ts";
import type { RedactedCounts } from "../../state/redaction.ts";
import type { SwarmState } from "../../state/swarm-state.ts";
import { isInsideLane, refuseInsideLane, type Thread } from "./checkpoint-line.ts";
import {
  ASK,
  keyIn,
  redactedMembers,
  redactedOptions,
  refuseCommand,
  refuseInput,
  refuseLimits,
  withoutNulls,
  type Standing,
} from "./given-call.ts";
import { INVOCATION, type Calling } from "./invocation.ts";
import type { Runs } from "./runs.ts";

type Options = RunnableConfig | undefined;

/** As much of a compiled graph as is watched. */
interface Graph {
  config?: RunnableConfig;
  checkpointer?: unknown;
  store?: BaseStore;
  _streamIterator: (this: Graph, input: unknown, options: Options) => AsyncGenerator;
  withConfig: (this: Graph, config: RunnableConfig) => Graph;
  getState: (this: Graph, config: RunnableConfig, ...more: unknown[]) => Promise<Standing & { values: SwarmState }>;
  /** `updateState` goes by it. */
  bulkUpdateState: (this: Graph, config: RunnableConfig, ...more: unknown[]) => Promise<unknown>;
  getStateHistory: (this: Graph, config: RunnableConfig, ...more: unknown[]) => AsyncGenerator;
}

/** Watches each call of the graph, also of what `withConfig` makes of it. All calls go through `_streamIterator`. */
export function watchInvocations<Watching>(graph: Watching, runs: Runs): Watching {
  const watched = graph as unknown as Graph;
  const { _streamIterator: stream, withConfig: derive, getState, bulkUpdateState, getStateHistory } = watched;
  async function* calling(this: Graph, given: unknown, asked: Options): AsyncGenerator {
    const call = await readCall(this, runs, { given, asked });
    const { input, options } = call;
    const invocation = await runs.enter(call);
    let isDone = false;
    try {
      const thread = threadFor(this, { getState, bulkUpdateState }, call);
      const departure = thread && (await runs.depart(thread, input));
      invocation.leaves = departure?.parent;
      const begins = departure?.isPut === true ? { checkpoint_id: undefined, checkpoint_map: undefined } : {};
      const configurable = { ...options?.configurable, ...begins, [INVOCATION]: invocation };
      yield* stream.call(this, input, { ...options, configurable, signal: invocation.signal });
      if (invocation.drained !== undefined) throw invocation.drained;
      isDone = true;
    } catch (error) {
      throw invocation.failure(error);
    } finally {
      const leaving = runs.leave(invocation);
      // Of two failures the first is the one to tell.
      await (isDone ? leaving : leaving.catch(() => undefined));
    }
  }
  /** Of a swarm that is not closed. */
  const openThread = (asked: Graph, config: Options): string | undefined => {
    runs.refuseClosed();
    return threadOf(asked, config, runs.redactor);
  };
  const ways: Omit<Graph, "config" | "checkpointer" | "store"> = {
    _streamIterator: telling(calling),
    withConfig: (config) => watchInvocations(derive.call(watched, config), runs),
    async getState(config, ...more) {
      openThread(this, config);
      return getState.call(this, config, ...more);
    },
    async bulkUpdateState(config, ...more) {
      const thread = openThread(this, config);
      const edited = threadFor(this, { getState, bulkUpdateState }, { options: config, thread });
      if (edited !== undefined) await refuseInsideLane(edited);
      return bulkUpdateState.call(this, config, ...runs.redactor.value(more));
    },
    async *getStateHistory(config, ...more) {
      openThread(this, config);
      yield* getStateHistory.call(this, config, ...more);
    },
  };
  for (const [name, value] of Object.entries(ways))
    Object.defineProperty(watched, name, { value, configurable: true, writable: true });
  return graph;
}

interface Call extends Calling {
  input: unknown;
  options: Options;
}

/** Throws SwarmError for what means nothing here, before anything is read or written. */
async function readCall(graph: Graph, runs: Runs, { given, asked }: { given: unknown; asked: Options }): Promise<Call> {
  const { redactor } = runs;
  const thread = threadOf(graph, asked, redactor);
  const redacted: RedactedCounts = {};
  const read = redactedMembers(withoutNulls(given), redactor, redacted);
  const options = await whereAsked(graph, read, redactedOptions(asked, redactor));
  const asks = { ...options, configurable: configurableOf(graph, options) };
  if (isCommand(read)) refuseCommand(read, await standingOf(graph, thread, options));
  else refuseInput(read, isPartOfParent(asks.configurable));
  const isQuestion = isRecord(read) && !isCommand(read) && thread !== undefined;
  if (isQuestion) runs.refuse(read, asks);
  // What an input before it has brought, and nobody has taken in, is not asked any more.
  const input = isQuestion ? { plan: null, history: null, ...read } : read;
  return { thread, checkpointer: graph.checkpointer, signal: options?.signal, redacted, input, options };
}

/**
 * The same, in which whatever it fails with is told as its caller is to be told. One that is called off ends also where it has been left as it
 * stood: LangChain (1.4.0) asks for no more of a stream once its signal has aborted, and does not end it.
 */
function telling(watching: Graph["_streamIterator"]): Graph["_streamIterator"] {
  async function* told(this: Graph, given: unknown, asked: Options): AsyncGenerator {
    try {
      asked?.signal?.throwIfAborted();
      yield* watching.call(this, given, asked);
    } catch (error) {
      throw toldError(error, configurableOf(this, asked));
    }
  }
  return function (this: Graph, given: unknown, asked: Options): AsyncGenerator {
    const stream = told.call(this, given, asked);
    const end = (): void => void stream.return(undefined).catch(() => undefined);
    asked?.signal?.addEventListener("abort", end, { once: true });
    return stream;
  };
}

/**
 * What a call has failed with, as its caller is told. A LangGraph server hands on name and message alone: there the message has code and next
 * step too.
 */
function toldError(failure: unknown, configurable: Record<string, unknown>): unknown {
  const error = failure instanceof EmptyInputError ? nothingToGoOn() : failure;
  if (!(error instanceof SwarmError) || !isServed(configurable)) return error;
  const { code, message, next, data } = error;
  const whole = `${code}: ${message}${next === undefined ? "" : `. Next: ${next}`}`;
  return new SwarmError(code, whole, { next, data, cause: error });
}

/** In place of LangGraph's word about channels. */
function nothingToGoOn(): SwarmError {
  return new SwarmError("USAGE", "there is nothing to go on with: the thread has no run", { next: ASK });
}

/** Undefined: the call keeps no state of its own. `ways`: past the watch. */
function threadFor(
  graph: Graph,
  ways: Pick<Graph, "getState" | "bulkUpdateState">,
  { options, thread }: Pick<Call, "options" | "thread">,
): Thread | undefined {
  const saver: unknown = checkpointerIn(options?.configurable) ?? graph.checkpointer;
  if (thread === undefined || !isSaver(saver)) return undefined;
  const configurable = configurableOf(graph, options);
  const config = { store: graph.store, ...options, configurable: { ...configurable, ...keptBy(saver) } };
  const at = (checkpoint_id: string): RunnableConfig => ({
    configurable: { ...configurable, checkpoint_ns: "", checkpoint_map: undefined, checkpoint_id },
  });
  return {
    saver,
    config,
    stateAt: (id) => ways.getState.call(graph, at(id)),
    put: async (id, values, asNode) =>
      void (await ways.bulkUpdateState.call(graph, at(id), [{ updates: [{ values, asNode }] }])),
  };
}

/** A host may have a copy of LangGraph of its own. */
function isSaver(saver: unknown): saver is BaseCheckpointSaver {
  return typeof fieldOf(saver, "getTuple") === "function";
}

/** Undefined: no state is kept. */
function saverOf(graph: Graph, options: Options): unknown {
  return graph.checkpointer || checkpointerIn(options?.configurable);
}

/** How the thread of a command stands; undefined: it names none. Throws SwarmError USAGE where no state is kept. */
async function standingOf(graph: Graph, thread: string | undefined, options: Options): Promise<Standing | undefined> {
  if (saverOf(graph, options) === undefined)
    throw new SwarmError("USAGE", "a Command goes on from a checkpoint, and the swarm keeps none", {
      next: "give createSwarm a home, or a checkpointer",
    });
  return thread === undefined ? undefined : graph.getState(options ?? {});
}

/**
 * An answer goes to where something is asked. LangGraph's dev server (langgraph-api 1.5.1) names the checkpoint of a thread's last edit with
 * every later call: where nothing is asked there, and something at the thread's end, that is meant.
 */
async function whereAsked(graph: Graph, input: unknown, options: Options): Promise<Options> {
  const isNamed = options?.configurable?.["checkpoint_id"] !== undefined && !isInsideLane(options);
  if (!isNamed || !isCommand(input) || input.resume === undefined || saverOf(graph, options) === undefined)
    return options;
  const configurable = { ...options?.configurable, checkpoint_id: undefined, checkpoint_map: undefined };
  const atEnd = { ...options, configurable };
  const asks = async (config: RunnableConfig): Promise<boolean> =>
    (await graph.getState(config)).tasks.some((task) => listOf(fieldOf(task, "interrupts")).length > 0);
  return !(await asks(options ?? {})) && (await asks(atEnd)) ? atEnd : options;
}

/** Throws SwarmError CONFIG_INVALID for what is no thread, a key that is to become its name, and a limit that nothing can begin under. */
function threadOf(graph: Graph, options: Options, redactor: Redactor): string | undefined {
  refuseLimits({ ...graph.config, ...options });
  const configurable = configurableOf(graph, options);
  const thread = threadIn(configurable);
  if (thread !== undefined && redactor.holdsKey(thread)) throw keyIn("thread_id");
  return isPartOfParent(configurable) ? undefined : thread;
}

function configurableOf(graph: Graph, options: Options): Record<string, unknown> {
  return { ...graph.config?.configurable, ...options?.configurable };
}
