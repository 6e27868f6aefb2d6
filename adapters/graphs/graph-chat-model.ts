/**
 * A graph behind the interface of a chat model: asked in messages, it replies with its output, or with what it asks a person. So the work of
 * a graph is reserved for, settled, recorded, replayed and recovered from as a model's is (docs/decisions/0065).
 */
import { BaseChatModel, type BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import { CallbackManager, type CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { AIMessage, ToolMessage, type AIMessageFields, type BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { askingIn, questionsIn } from "../../engine/policy/graphs/interrupt-calls.ts";
import type { TurnBrief } from "../../engine/ports/brief.ts";
import type { AgentGraph, GraphMapping, GraphTask } from "../../engine/ports/graphs.ts";
import type { CallHooks, TokenUsage } from "../../engine/ports/models.ts";
import { until } from "../../engine/runtime/turns/ending.ts";
import { describeError } from "../../state/errors.ts";
import { fieldOf, listOf } from "../../state/is-record.ts";
import { GraphThread } from "./graph-thread.ts";
import { GraphUsage } from "./graph-usage.ts";

export interface GraphAgent extends GraphMapping {
  name: string;
  /** Opened at its first call. */
  open(): Promise<AgentGraph>;
}

interface CallOptions extends BaseChatModelCallOptions {
  brief?: () => TurnBrief | undefined;
  graph?: CallHooks["graph"];
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
      const said = interrupts.length > 0 ? askingIn(interrupts) : { content: this.#output(state) };
      const message = new AIMessage({ ...said, ...countedIn(usage.sum) });
      return { generations: [{ text: message.text, message }] };
    } catch (error) {
      throw new GraphFailed(usage.over.signal.aborted ? usage.over.signal.reason : error, usage.sum);
    }
  }

  #output(state: unknown): string {
    const { output = defaultOutput } = this.#agent;
    const value = output(state as never);
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
    subtask: {
      ...{ id, title, instructions, skills },
      ...(expects === undefined ? {} : { expects }),
      ...(item === undefined ? {} : { item }),
    },
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
  return structured ?? textOf(fieldOf(last, "content"));
}

function textOf(content: unknown): string {
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
