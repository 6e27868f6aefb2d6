/**
 * What one call of the graph (`invoke`, `stream`, a node of a parent) has open, from its begin to its end. LangGraph tells its nodes
 * neither when a call ends nor that another works on the same thread (docs/decisions/0026).
 *
 * 1. One call a thread at a time: the second is refused before LangGraph has written anything (RUN_HELD). Calls by the nodes of a
 *    parent graph have a checkpoint namespace of their own each and may go side by side.
 * 2. What a call has opened is closed when it ends, however it ends.
 * 3. A thread that is no text, and a command that means nothing here, are refused before anything is read or written.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import { isCommand, type BaseCheckpointSaver, type BaseStore } from "@langchain/langgraph";
import { SYSTEM_CLOCK } from "../../adapters/clock/system-clock.ts";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import { within } from "../../engine/runtime/turns/ending.ts";
import { SwarmError } from "../../state/errors.ts";
import { threadIn } from "../../state/question.ts";
import type { Parent } from "../../state/run-result.ts";
import type { SwarmState } from "../../state/swarm-state.ts";
import { isInsideLane, refuseInsideLane, type Thread } from "./checkpoint-line.ts";
import type { Departure } from "./time-travel.ts";
import type { RedactedCounts } from "../../state/redaction.ts";
import { heldRun, keyIn, refuseCommand, refuseInput, refuseLimits, toldError, type Standing } from "./refuse-other.ts";
import { fieldOf, isRecord, listOf } from "../../state/is-record.ts";

/** Where nodes find their call; LangGraph keeps keys like this one out of metadata and traces. */
const KEY = "__glasshive_invocation";
/** How long a call that was called off is waited for before the next one on its thread is refused. */
const LONGEST_UNWINDING_MS = 10_000;

export interface Invocation {
  /** The thread that it has to itself; undefined: it has none, or is part of a parent's call. */
  readonly thread: string | undefined;
  readonly runs: Set<string>;
  /** Resolves at its end. */
  readonly over: Promise<void>;
  isOver: boolean;
  /** The run that its question leaves, and where; undefined: none. */
  leaves?: Parent | undefined;
  /** What was taken out of what the call brought and is not on record yet; it is from now on the taker's to put there. */
  takeRedacted(): RedactedCounts;
  /** Ends it as its caller's own signal would. */
  callOff(reason: Error): void;
}

interface Watched extends Invocation {
  /** Aborted: nobody wants more of it. */
  readonly signal: AbortSignal;
  /** Aborted, with the reason, by `callOff`. */
  readonly calledOff: AbortSignal;
  end: () => void;
}

export interface InvocationHost {
  /** Throws SwarmError USAGE once the swarm is closed. */
  refuseClosed(): void;
  /** Throws SwarmError where an input asks for more than is allowed: in the thread's state it would be asked with every later one. */
  refuse(input: object, config: RunnableConfig): void;
  /** Called before LangGraph begins, and always followed by `leave`; may reject. */
  enter(invocation: Invocation): Promise<void>;
  leave(invocation: Invocation): Promise<void>;
  /** Called within. Throws SwarmError where the call cannot begin from the checkpoint that it names. */
  depart(thread: Thread, input: unknown): Promise<Departure>;
}

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

/** Calls under way by thread, for each checkpointer: two swarms may share one. */
const UNDER_WAY = new WeakMap<object, Map<string, Watched>>();

export function invocationOf(config: RunnableConfig): Invocation | undefined {
  return config.configurable?.[KEY] as Invocation | undefined;
}

/** Watches each call of the graph, also of what `withConfig` makes of it. All calls go through `_streamIterator`. */
export function watchInvocations<Watching>(graph: Watching, host: InvocationHost, redactor: Redactor): Watching {
  const watched = graph as unknown as Graph;
  const { _streamIterator: stream, withConfig: derive, getState, bulkUpdateState, getStateHistory } = watched;
  async function* watching(this: Graph, given: unknown, asked: Options): AsyncGenerator {
    const thread = threadOf(this, asked, redactor);
    // Before LangGraph has it, and with it its checkpoints and its tracers.
    const redacted: RedactedCounts = {};
    const input = redactedMembers(withoutNulls(given), redactor, redacted);
    const options = await whereAsked(this, input, redactedOptions(asked, redactor));
    const asks = { ...options, configurable: configurableOf(this, options) };
    if (isCommand(input)) refuseCommand(input, await standingOf(this, thread, options));
    else refuseInput(input, isPartOfParent(asks.configurable));
    if (isRecord(input) && !isCommand(input) && thread !== undefined) host.refuse(input, asks);
    const threads = threadsOf(this.checkpointer, host);
    const invocation = await begin(threads, { thread, signal: options?.signal, redacted });
    let isDone = false;
    try {
      await host.enter(invocation);
      const travelled = threadFor(this, { getState, bulkUpdateState }, { options, thread });
      const departure = travelled && (await host.depart(travelled, input));
      invocation.leaves = departure?.parent;
      const begins = departure?.isPut === true ? { checkpoint_id: undefined, checkpoint_map: undefined } : {};
      const configurable = { ...options?.configurable, ...begins, [KEY]: invocation };
      yield* stream.call(this, input, { ...options, configurable, signal: invocation.signal });
      isDone = true;
    } catch (error) {
      // LangGraph would say "Abort", whatever the reason.
      throw invocation.calledOff.reason ?? error;
    } finally {
      invocation.isOver = true;
      const leaving = host.leave(invocation).finally(() => {
        if (invocation.thread !== undefined) threads.delete(invocation.thread);
        invocation.end();
      });
      // Of two failures the first is the one to tell.
      await (isDone ? leaving : leaving.catch(() => undefined));
    }
  }
  const ways: Omit<Graph, "config" | "checkpointer" | "store"> = {
    _streamIterator: telling(watching),
    withConfig: (config) => watchInvocations(derive.call(watched, config), host, redactor),
    async getState(config, ...more) {
      openThread(this, config, { host, redactor });
      return getState.call(this, config, ...more);
    },
    async bulkUpdateState(config, ...more) {
      const thread = openThread(this, config, { host, redactor });
      const edited = threadFor(this, { getState, bulkUpdateState }, { options: config, thread });
      if (edited !== undefined) await refuseInsideLane(edited);
      return bulkUpdateState.call(this, config, ...redactor.value(more));
    },
    async *getStateHistory(config, ...more) {
      openThread(this, config, { host, redactor });
      yield* getStateHistory.call(this, config, ...more);
    },
  };
  for (const [name, value] of Object.entries(ways))
    Object.defineProperty(watched, name, { value, configurable: true, writable: true });
  return graph;
}

/** The same, in which whatever it fails with is told as its caller is to be told. */
function telling(watching: Graph["_streamIterator"]): Graph["_streamIterator"] {
  return async function* (this: Graph, given: unknown, asked: Options): AsyncGenerator {
    try {
      yield* watching.call(this, given, asked);
    } catch (error) {
      throw toldError(error, configurableOf(this, asked));
    }
  };
}

/** Undefined: the call keeps no state of its own. `ways`: past the watch. */
function threadFor(
  graph: Graph,
  ways: Pick<Graph, "getState" | "bulkUpdateState">,
  { options, thread }: { options: Options; thread: string | undefined },
): Thread | undefined {
  const saver: unknown = options?.configurable?.["__pregel_checkpointer"] ?? graph.checkpointer;
  if (thread === undefined || !isSaver(saver)) return undefined;
  const configurable = configurableOf(graph, options);
  const config = { store: graph.store, ...options, configurable: { ...configurable, __pregel_checkpointer: saver } };
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
  return graph.checkpointer || options?.configurable?.["__pregel_checkpointer"] || undefined;
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

function threadsOf(checkpointer: unknown, host: InvocationHost): Map<string, Watched> {
  const key = typeof checkpointer === "object" && checkpointer !== null ? checkpointer : host;
  let threads = UNDER_WAY.get(key);
  if (threads === undefined) UNDER_WAY.set(key, (threads = new Map()));
  return threads;
}

/** A form, or a client, has null for what is not given. */
function withoutNulls(given: unknown): unknown {
  if (!isRecord(given) || isCommand(given) || !Object.values(given).includes(null)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

/** What things are found again by is kept as it is: no key may stand in it. */
const FOUND_BY = new Set(["documents", "thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map"]);

/** An input, `configurable` or `context`. Throws SwarmError CONFIG_INVALID. */
function redactedMembers<Given>(given: Given, redactor: Redactor, counts?: RedactedCounts): Given {
  if (redactor.isIdle || typeof given !== "object" || given === null || isCommand(given) || Array.isArray(given))
    return redactor.value(given, counts);
  const members = Object.entries(given).map(([name, value]: [string, unknown]): [string, unknown] => {
    if (name.startsWith("__")) return [name, value];
    if (!FOUND_BY.has(name)) return [name, redactor.value(value, counts)];
    if (redactor.holdsKey(JSON.stringify(value) ?? "")) throw keyIn(name);
    return [name, value];
  });
  return members.every(([name, value]) => fieldOf(given, name) === value)
    ? given
    : (Object.fromEntries(members) as Given);
}

/** What LangGraph writes into checkpoints and traces of them. */
function redactedOptions(given: Options, redactor: Redactor): Options {
  // A client that has none may say so; LangGraph would refuse it by a page of JSON.
  const options = fieldOf(given, "context") === null ? { ...given, context: undefined } : given;
  if (options === undefined || redactor.isIdle) return options;
  const { metadata, tags, runName, configurable } = options;
  const texts = { metadata, tags, runName, configurable: redactedMembers(configurable, redactor) };
  const redacted = Object.entries(redactor.value({ ...texts, configurable: undefined })).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...options,
    ...Object.fromEntries(redacted),
    ...(configurable === undefined ? {} : { configurable: texts.configurable as Record<string, unknown> }),
    ...("context" in options ? { context: redactedMembers(options.context, redactor) } : {}),
  };
}

/** Throws SwarmError CONFIG_INVALID for what is no thread, a key that is to become its name, and a limit that nothing can begin under. */
function threadOf(graph: Graph, options: Options, redactor: Redactor): string | undefined {
  refuseLimits({ ...graph.config, ...options });
  const configurable = configurableOf(graph, options);
  const thread = threadIn(configurable);
  if (thread !== undefined && redactor.holdsKey(thread)) throw keyIn("thread_id");
  return isPartOfParent(configurable) ? undefined : thread;
}

/** The same, of a swarm that is not closed. */
function openThread(
  graph: Graph,
  config: Options,
  { host, redactor }: { host: InvocationHost; redactor: Redactor },
): string | undefined {
  host.refuseClosed();
  return threadOf(graph, config, redactor);
}

function isPartOfParent(configurable: Record<string, unknown>): boolean {
  return configurable["__pregel_read"] !== undefined;
}

function configurableOf(graph: Graph, options: Options): Record<string, unknown> {
  return { ...graph.config?.configurable, ...options?.configurable };
}

async function begin(
  threads: Map<string, Watched>,
  facts: { thread: string | undefined; signal: AbortSignal | undefined; redacted: RedactedCounts },
): Promise<Watched> {
  const { thread, signal, redacted } = facts;
  const underWay = (): Watched | undefined => (thread === undefined ? undefined : threads.get(thread));
  for (let other = underWay(); other !== undefined; other = underWay()) {
    if (!other.signal.aborted || !(await endsSoon(other))) throw heldRun(thread as string);
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const calledOff = new AbortController();
  let left = redacted;
  const invocation: Watched = {
    thread,
    runs: new Set(),
    over: promise,
    end: resolve,
    isOver: false,
    callOff: (reason) => calledOff.abort(reason),
    calledOff: calledOff.signal,
    takeRedacted: () => {
      const taken = left;
      left = {};
      return taken;
    },
    signal: signal === undefined ? calledOff.signal : AbortSignal.any([signal, calledOff.signal]),
  };
  if (thread !== undefined) threads.set(thread, invocation);
  return invocation;
}

/** Whether it ends in bounded time: what was called off may still have to write down where it stands. */
export async function endsSoon({ over }: Invocation): Promise<boolean> {
  const limits = { what: "what was called off", stops: [], mostMs: LONGEST_UNWINDING_MS };
  return within(SYSTEM_CLOCK, limits, () => over).then(
    () => true,
    () => false,
  );
}

/** As much of a home's storage as is renewed. */
interface Renewable {
  hasFailed(): boolean;
  renew(): Promise<void>;
}

/** The way to try a storage that has failed again: once all calls are over that relied on what it has lost. */
export function renewing(storage: Renewable): (underWay: readonly Invocation[]) => Promise<void> {
  let renewal: Promise<void> | undefined;
  const renew = async (underWay: readonly Invocation[]): Promise<void> => {
    const ended = await Promise.all(underWay.map(endsSoon));
    if (ended.every(Boolean)) await storage.renew();
    renewal = undefined;
  };
  return async (underWay) => {
    if (storage.hasFailed()) await (renewal ??= renew(underWay));
  };
}
