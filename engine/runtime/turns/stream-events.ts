/**
 * What a model says as it comes, for listeners that are told in content blocks: LangGraph's `streamEvents` v3, and with it the
 * `useStream` of LangChain's front ends. A LangChain model makes these events where it is invoked; where it streams it tells of tokens
 * alone, and such a listener would be shown a message when it is whole.
 *
 * 1. A listener is told all of a message, to its last event, before it is told that the call has ended.
 * 2. Listeners of tokens, tracers among them, are told as ever.
 */
import {
  BaseCallbackHandler,
  callbackHandlerPrefersChatModelStreamEvents as isToldInBlocks,
} from "@langchain/core/callbacks/base";
import { CallbackManager, type Callbacks } from "@langchain/core/callbacks/manager";
import { convertChunksToEvents } from "@langchain/core/language_models/compat";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import type { RunnableConfig } from "@langchain/core/runnables";
import { pushMessage, type LangGraphRunnableConfig } from "@langchain/langgraph";
import type { Shown } from "../../ports/turns.ts";

type Told<Event extends keyof BaseCallbackHandler> = Parameters<
  Extract<NonNullable<BaseCallbackHandler[Event]>, (...told: never[]) => unknown>
>;

/** The node of the swarm that has the last word. */
const ANSWERS = "synthesizer";
/** How LangGraph names what tells a stream of messages. */
const STREAMS_MESSAGES = /^Stream\w*MessagesHandler$/;
/** LangGraph's tag for what is no message of the graph, however its model streams. */
export const UNSEEN = "nostream";

/** The same, in which those that are told in content blocks are told of a call that streams. */
export function withStreamEvents(callbacks: Callbacks | undefined, shown?: Shown): Callbacks | undefined {
  const listeners = listenersIn(callbacks);
  if (!(callbacks instanceof CallbackManager) || listeners.length === 0) return callbacks;
  const told = callbacks.copy();
  for (const listener of listeners) {
    told.removeHandler(listener);
    told.addHandler(new StreamEvents(listener, shown), true);
  }
  return told;
}

export function isShownInBlocks({ callbacks }: RunnableConfig): boolean {
  return listenersIn(callbacks).length > 0;
}

/** Shows them a message as it came to be, in place of what they were shown of it on the way. */
export function showInBlocks({ id, text }: { id: string; text: string }, config: RunnableConfig): void {
  if (isShownInBlocks(config)) pushMessage(new AIMessage({ id, content: text }), { ...config, stateKey: null });
}

/**
 * Of a lane's configuration, how what it says is heard. Front ends of a LangGraph server show whatever is said inside as a message of the
 * thread, where they do not ask for content blocks: they look at no namespace, and are told of no lane.
 */
export function heardOfLane(config: LangGraphRunnableConfig): LangGraphRunnableConfig {
  const isOnServer = config.configurable?.["assistant_id"] !== undefined;
  if (!isOnServer || isShownInBlocks(config)) return {};
  return { callbacks: withoutMessages(config.callbacks), tags: [...(config.tags ?? []), UNSEEN] };
}

/** The same, without those that stream messages. */
function withoutMessages(callbacks: Callbacks | undefined): Callbacks | undefined {
  if (!(callbacks instanceof CallbackManager)) return callbacks;
  const quiet = callbacks.copy();
  for (const handler of callbacks.handlers) if (STREAMS_MESSAGES.test(handler.name)) quiet.removeHandler(handler);
  return quiet;
}

function listenersIn(callbacks: Callbacks | undefined): BaseCallbackHandler[] {
  if (!(callbacks instanceof CallbackManager)) return [];
  return callbacks.handlers.filter((handler) => isToldInBlocks(handler));
}

/** Stands in a listener's place for one call, or for several at once. */
class StreamEvents extends BaseCallbackHandler {
  override readonly name: string;
  override awaitHandlers = true;
  readonly #listener: BaseCallbackHandler;
  readonly #shown: Shown | undefined;
  readonly #sayings = new Map<string, Saying>();

  constructor(listener: BaseCallbackHandler, shown: Shown | undefined) {
    super();
    this.name = listener.name;
    this.#listener = listener;
    this.#shown = shown;
  }

  override handleChatModelStart(...told: Told<"handleChatModelStart">): unknown {
    if (this.#shown?.isLanes === true) told[6] = asTheSwarms(told[6]);
    return this.#listener.handleChatModelStart?.(...told);
  }

  override async handleLLMNewToken(...[token, , run, , , fields]: Told<"handleLLMNewToken">): Promise<void> {
    const { chunk } = fields ?? {};
    const isMessage = chunk instanceof ChatGenerationChunk;
    const said = isMessage
      ? chunk
      : new ChatGenerationChunk({ text: token, message: new AIMessageChunk({ content: token }) });
    let saying = this.#sayings.get(run);
    if (saying === undefined) this.#sayings.set(run, (saying = new Saying(this.#tell(run))));
    await saying.add(withCallsApart(said));
  }

  override async handleLLMEnd(...told: Told<"handleLLMEnd">): Promise<void> {
    await this.#over(told[1]);
    await this.#listener.handleLLMEnd?.(...told);
  }

  override async handleLLMError(...told: Told<"handleLLMError">): Promise<void> {
    await this.#over(told[1]);
    await this.#listener.handleLLMError?.(...told);
  }

  #tell(run: string) {
    const told = (event: ChatModelStreamEvent): unknown => this.#listener.handleChatModelStreamEvent?.(event, run);
    const { as: id, isLanes = false } = this.#shown ?? {};
    let isTakenBack = false;
    return (event: ChatModelStreamEvent): unknown => {
      if (isPartOfCall(event) || (isTakenBack && event.event !== "message-finish")) return undefined;
      // With a call it was not the last word: what was shown of it makes room for that.
      isTakenBack ||= isLanes && isCall(event);
      if (event.event === "message-finish" || (event.event !== "message-start" && !isTakenBack)) return told(event);
      return told(id === undefined ? event : { event: "message-start", id });
    };
  }

  async #over(run: string): Promise<void> {
    const saying = this.#sayings.get(run);
    this.#sayings.delete(run);
    await saying?.end();
  }
}

/** Metadata of a call in a lane, as if a node of the swarm had made it. */
function asTheSwarms(metadata: Record<string, unknown> = {}): Record<string, unknown> {
  const path = String(metadata["langgraph_checkpoint_ns"] ?? "").split("|");
  const [, task] = path.at(-1)?.split(":") ?? [];
  const namespace = [...path.slice(0, -2), `${ANSWERS}:${task}`].join("|");
  return { ...metadata, langgraph_node: ANSWERS, langgraph_checkpoint_ns: namespace };
}

function isCall(event: ChatModelStreamEvent): boolean {
  return event.event === "content-block-start" && event.content.type.startsWith("tool_call");
}

/** Clients of today end at one; a call comes whole at the end of its block. */
function isPartOfCall(event: ChatModelStreamEvent): boolean {
  return event.event === "content-block-delta" && event.delta.type === "tool-call-delta";
}

/** LangChain counts the calls of a message from zero, as it does its blocks, and takes the first for more of the text. */
function withCallsApart(chunk: ChatGenerationChunk): ChatGenerationChunk {
  const { text, message } = chunk;
  if (!AIMessageChunk.isInstance(message) || typeof message.content !== "string") return chunk;
  const { id, content, usage_metadata, tool_call_chunks: calls = [] } = message;
  if (calls.length === 0) return chunk;
  const tool_call_chunks = calls.map((call) => ({ ...call, index: (call.index ?? 0) + 1 }));
  const apart = {
    content,
    tool_call_chunks,
    ...(id === undefined ? {} : { id }),
    ...(usage_metadata && { usage_metadata }),
  };
  return new ChatGenerationChunk({ text, message: new AIMessageChunk(apart) });
}

/** A message on its way to a listener. */
class Saying {
  readonly #chunks = new TransformStream<ChatGenerationChunk, ChatGenerationChunk>();
  readonly #in = this.#chunks.writable.getWriter();
  readonly #told: Promise<void>;

  constructor(tell: (event: ChatModelStreamEvent) => unknown) {
    this.#told = (async () => {
      for await (const event of convertChunksToEvents(this.#chunks.readable)) await tell(event);
    })();
    // What cannot be put in blocks is shown whole, in the end.
    this.#told.catch(() => undefined);
  }

  add(chunk: ChatGenerationChunk): Promise<void> {
    return this.#in.write(chunk).catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.#in.close().catch(() => undefined);
    await this.#told.catch(() => undefined);
  }
}
