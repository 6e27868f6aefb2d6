/**
 * A graph behind the interface of a chat model: asked in messages, it replies with its output, or with what it asks a person. So the work of
 * a graph is reserved for, settled, recorded, replayed and recovered from as a model's is (docs/decisions/0065).
 */
import { BaseChatModel, type BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import { CallbackManager, type CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { AIMessage, ToolMessage, type AIMessageFields, type BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { Command, isGraphInterrupt } from "@langchain/langgraph";
import type { RunnableConfig } from "@langchain/core/runnables";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import { askingIn, questionsIn, type GraphQuestion } from "../../engine/policy/graphs/interrupt-calls.ts";
import type { TurnBrief } from "../../engine/ports/brief.ts";
import type { AgentGraph, GraphInterrupt, GraphMapping, GraphTask, GraphTurn } from "../../engine/ports/graphs.ts";
import type { CallRequest, TokenUsage } from "../../engine/ports/models.ts";
import { until } from "../../engine/runtime/waiting/waits.ts";
import { describeError } from "../../state/errors.ts";
import { keptBy } from "../../engine/runtime/langgraph/host-config.ts";
import { defined, fieldOf, isRecord, listOf } from "../../state/is-record.ts";
import { GraphUsage } from "./graph-usage.ts";

export interface GraphAgent extends GraphMapping {
  name: string;
  /** Opened at its first call. */
  open(): Promise<AgentGraph>;
}

interface CallOptions extends BaseChatModelCallOptions {
  brief?: () => TurnBrief | undefined;
  graph?: CallRequest["graph"];
}

/** What a graph threw, and what it had taken by then. */
export class GraphFailed extends Error {
  readonly usage: TokenUsage | undefined;

  constructor(cause: unknown, usage: TokenUsage | undefined) {
    super(describeError(cause), { cause });
    this.usage = usage;
  }
}

export class GraphChatModel extends BaseChatModel<CallOptions> {
  override lc_serializable = false;
  readonly #agent: GraphAgent;

  constructor(agent: GraphAgent) {
    super({});
    this.#agent = agent;
  }

  override getName(): string {
    return this.#agent.name;
  }

  override _llmType(): string {
    return "graph";
  }

  /** Throws GraphFailed. */
  override async _generate(
    messages: BaseMessage[],
    { graph: turn, brief, signal }: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    if (turn === undefined) throw new Error("a graph is asked for a lane alone");
    const usage = new GraphUsage(turn);
    const stops = AbortSignal.any([usage.over.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      const config = { callbacks: callbacksOf(run, usage), signal: stops, runName: this.#agent.name };
      const thread = new GraphThread(await this.#agent.open(), turn, config);
      const input = (): unknown => inputOf(this.#agent, taskOf(messages, brief?.()));
      const { before, state, interrupts } = await until(thread.proceed(input, questionsIn(messages)), stops);
      if (usage.sum === undefined) usage.addMessages(state, before);
      const said = interrupts.length > 0 ? askingIn(interrupts) : { content: await until(this.#output(state), stops) };
      const message = new AIMessage({ ...said, ...countedIn(usage.sum) });
      return { generations: [{ text: message.text, message }] };
    } catch (error) {
      throw new GraphFailed(usage.over.signal.aborted ? usage.over.signal.reason : error, usage.sum);
    }
  }

  async #output(state: unknown): Promise<string> {
    const { output = defaultOutput } = this.#agent;
    const value = await output(state as never);
    return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  }
}

/** Who listens to the call hears the graph, but for the stream of the swarm's own messages. */
function callbacksOf(run: CallbackManagerForLLMRun | undefined, usage: GraphUsage): CallbackManager {
  const heard = run?.handlers.filter(({ name }) => !/^Stream\w*MessagesHandler$/.test(name)) ?? [];
  const handlers = [...heard, usage];
  return new CallbackManager(run?.runId, { handlers, inheritableHandlers: handlers });
}

function taskOf(messages: readonly BaseMessage[], brief: TurnBrief | undefined): GraphTask {
  if (brief?.role !== "agent") throw new Error("a graph is asked to do a subtask alone");
  const { id, title, instructions, skills, expects, item } = brief.subtask;
  return {
    task: brief.task,
    subtask: { id, title, instructions, skills, ...defined({ expects, item }) },
    inputs: brief.inputs.map(({ subtask, output }) => ({ subtask, output })),
    messages: messages.filter(isSaid),
  };
}

/** What it asked people, and was answered, is between them. */
function isSaid(message: BaseMessage): boolean {
  return !ToolMessage.isInstance(message) && !(AIMessage.isInstance(message) && (message.tool_calls?.length ?? 0) > 0);
}

function inputOf({ input }: GraphMapping, asked: GraphTask): unknown {
  return input === undefined ? { messages: asked.messages } : input(asked);
}

/** What a schema was asked for, else the last message, else all of the state. */
function defaultOutput(state: unknown): unknown {
  const last = listOf(fieldOf(state, "messages")).at(-1);
  if (last === undefined) return state;
  const structured = fieldOf(state, "structuredResponse");
  return structured ?? contentText(fieldOf(last, "content"));
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return listOf(content)
    .map((part) => (typeof part === "string" ? part : fieldOf(part, "text")))
    .filter((text) => typeof text === "string")
    .join("");
}

function countedIn(usage: TokenUsage | undefined): Pick<AIMessageFields, "usage_metadata" | "response_metadata"> {
  if (usage === undefined) return {};
  const { inputTokens, cachedInputTokens, outputTokens, steps } = usage;
  const total = { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
  const usage_metadata = { ...total, input_token_details: { cache_read: cachedInputTokens } };
  return { usage_metadata, response_metadata: { steps } };
}

interface GraphCame {
  /** The state before it; undefined: it has not begun. */
  before: unknown;
  state: unknown;
  /** What it asks; empty: it has ended. */
  interrupts: GraphInterrupt[];
}

interface Standing {
  isNew: boolean;
  values: unknown;
  isOpen: boolean;
  interrupts: GraphInterrupt[];
}

interface CallableGraph {
  checkpointer?: unknown;
  stream(input: unknown, config: RunnableConfig & { streamMode: string[] }): Promise<AsyncIterable<unknown>>;
  getState(config: RunnableConfig): Promise<unknown>;
}

const NEW: Standing = { isNew: true, values: undefined, isOpen: false, interrupts: [] };

/**
 * A graph on a thread of its own: begun, gone on with, or answered, by what its checkpoints say. A call that is made again (after a
 * crash, a failure) goes on where the graph stood: what it has finished is not done twice.
 */
class GraphThread {
  readonly #graph: CallableGraph;
  readonly #config: RunnableConfig;
  readonly #hasCheckpoints: boolean;

  constructor(graph: AgentGraph, { thread, checkpointer }: GraphTurn, config: RunnableConfig) {
    this.#graph = graph as unknown as CallableGraph;
    const own = this.#graph.checkpointer;
    // A `RemoteGraph` has its own at its server, and says nothing of it.
    const lent = "checkpointer" in graph && (own === undefined || own === true) ? checkpointer : undefined;
    this.#hasCheckpoints = lent !== undefined || !("checkpointer" in graph) || (own !== undefined && own !== false);
    const saver = lent === undefined ? {} : keptBy(lent);
    this.#config = { ...config, configurable: { thread_id: thread, ...saver } };
  }

  /** `input`: to begin with. Throws whatever the graph does. */
  async proceed(input: () => unknown, questions: readonly GraphQuestion[]): Promise<GraphCame> {
    const { isNew, values: before, isOpen, interrupts } = await this.#standing();
    if (isNew) return { before, ...(await this.#run(await input())) };
    const resume = answersTo(interrupts, questions);
    if (interrupts.length > 0 ? resume === undefined : !isOpen) return { before, state: before, interrupts };
    return { before, ...(await this.#run(interrupts.length > 0 ? new Command({ resume: resume?.value }) : null)) };
  }

  async #run(input: unknown): Promise<Omit<GraphCame, "before">> {
    let state: unknown;
    const interrupts = new Map<string, GraphInterrupt>();
    try {
      const stream = await detached(() =>
        this.#graph.stream(input, { ...this.#config, streamMode: ["values", "updates"] }),
      );
      for await (const chunk of stream) {
        const [mode, data] = listOf(chunk);
        for (const one of interruptsIn(fieldOf(data, "__interrupt__"))) interrupts.set(one.id, one);
        if (mode === "values" && !(isRecord(data) && "__interrupt__" in data)) state = data;
      }
    } catch (error) {
      // So a `RemoteGraph` tells of one.
      if (!isGraphInterrupt(error)) throw error;
      for (const one of interruptsIn(error.interrupts)) interrupts.set(one.id, one);
    }
    return { state, interrupts: [...interrupts.values()] };
  }

  async #standing(): Promise<Standing> {
    if (!this.#hasCheckpoints) return NEW;
    const snapshot = await detached(() => this.#graph.getState(this.#config)).catch((error: unknown) => {
      // A server that has no such thread.
      if (fieldOf(error, "status") === 404) return undefined;
      throw error;
    });
    if (fieldOf(snapshot, "createdAt") === undefined) return NEW;
    const tasks = listOf(fieldOf(snapshot, "tasks"));
    return {
      isNew: false,
      values: fieldOf(snapshot, "values"),
      isOpen: listOf(fieldOf(snapshot, "next")).length > 0,
      interrupts: tasks.flatMap((task) => interruptsIn(fieldOf(task, "interrupts"))),
    };
  }
}

/** Called inside a lane, it would be taken for a part of the swarm's graph, on its thread and within its limits. */
function detached<T>(call: () => Promise<T>): Promise<T> {
  return AsyncLocalStorageProviderSingleton.runWithConfig(undefined, call, true);
}

function interruptsIn(list: unknown): GraphInterrupt[] {
  return listOf(list).map((one) => ({
    id: String(fieldOf(one, "id") ?? fieldOf(one, "interrupt_id") ?? ""),
    value: fieldOf(one, "value"),
  }));
}

/** Undefined: what it asks now is something else, or not all of it has an answer. */
function answersTo(
  interrupts: readonly GraphInterrupt[],
  questions: readonly GraphQuestion[],
): { value: unknown } | undefined {
  const answered = interrupts.map(({ id, value }) =>
    questions.find((one) => one.id === id && JSON.stringify(one.value) === JSON.stringify(value ?? null)),
  );
  if (answered.some((one) => one?.answer === undefined)) return undefined;
  if (answered.length === 1) return answered[0]?.answer;
  return { value: Object.fromEntries(interrupts.map(({ id }, index) => [id, answered[index]?.answer?.value])) };
}
