/**
 * What a model says as it comes, for who listens in content blocks (LangGraph's `streamEvents` v3, the `useStream` of LangChain's front
 * ends), and in tokens (`streamMode: "messages"`). A LangChain model makes events of blocks where it is invoked; where it streams it tells
 * of tokens alone, and such a listener would be shown a message when it is whole.
 *
 * 1. A listener is told all of a message, to its last event, before it is told that the call has ended.
 * 2. Listeners of tokens, tracers among them, are told as ever, but of what a lane says as the swarm's answer: they cannot take back what they
 *    have shown. Only what is longer than models talk before they call a tool goes out to them; what ends, or calls, before that does not.
 * 3. Of calls that race only the first to be heard is shown.
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
import { listOf } from "../../../state/is-record.ts";
import { isServed } from "./host-config.ts";
import type { Shown } from "../../ports/turns.ts";

/** How LangGraph names what tells a stream of messages. */
const STREAMS_MESSAGES = /^Stream\w*MessagesHandler$/;
/** LangGraph's tag for what is no message of the graph, however its model streams. */
export const UNSEEN = "nostream";
/** The node of the swarm that has the last word. */
const ANSWERS = "synthesizer";
/** Characters: "Let me look at the documents first", and some more. */
const HELD_BACK = 200;
/** Where the configuration of a lane has those that stream messages and hear nothing of it; LangGraph keeps such a key to itself. */
const APART = "__glasshive_streams";

/**
 * The callbacks of a configuration, in which those that are told in content blocks are told of a call that streams, and those that are told
 * in tokens of a lane's last word.
 */
export function withStreamEvents(config: RunnableConfig, shown?: Shown): Callbacks | undefined {
  const { callbacks } = config;
  if (!(callbacks instanceof CallbackManager)) return callbacks;
  const inBlocks = listenersIn(callbacks).map((listener) => [listener, new StreamEvents(listener, shown)] as const);
  const inTokens =
    shown?.inTokensAs === undefined
      ? []
      : streamsIn(config).map((stream) => [stream, new LastWords(stream, shown)] as const);
  if (inBlocks.length + inTokens.length === 0) return callbacks;
  const told = callbacks.copy();
  for (const [listener, instead] of [...inBlocks, ...inTokens]) {
    told.removeHandler(listener);
    told.addHandler(instead, true);
  }
  return told;
}

/** Whether anybody is told as it comes what the swarm says. */
export function isStreamed(config: RunnableConfig): boolean {
  return isShownInBlocks(config) || streamsIn(config).length > 0;
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
  if (!isServed(config.configurable) || isShownInBlocks(config)) return {};
  const { callbacks, configurable, tags = [] } = config;
  const streams = streamsIn(config);
  const quiet = callbacks instanceof CallbackManager ? callbacks.copy() : callbacks;
  if (quiet instanceof CallbackManager) for (const stream of streams) quiet.removeHandler(stream);
  return { callbacks: quiet, tags: [...tags, UNSEEN], configurable: { ...configurable, [APART]: streams } };
}

/** Those that stream messages in tokens, also where they hear of nothing. */
function streamsIn({ callbacks, configurable }: RunnableConfig): BaseCallbackHandler[] {
  const handlers = callbacks instanceof CallbackManager ? callbacks.handlers : [];
  const apart = listOf(configurable?.[APART]).filter((each) => each instanceof BaseCallbackHandler);
  return [...handlers.filter((each) => STREAMS_MESSAGES.test(each.name) && !isToldInBlocks(each)), ...apart];
}

function listenersIn(callbacks: Callbacks | undefined): BaseCallbackHandler[] {
  if (!(callbacks instanceof CallbackManager)) return [];
  return callbacks.handlers.filter((handler) => isToldInBlocks(handler));
}

type Told<Event extends keyof BaseCallbackHandler> = Parameters<
  Extract<NonNullable<BaseCallbackHandler[Event]>, (...told: never[]) => unknown>
>;

/** Stands in a listener's place for one call, or for several at once. */
abstract class StandIn extends BaseCallbackHandler {
  override readonly name: string;
  override awaitHandlers = true;
  protected readonly listener: BaseCallbackHandler;

  constructor(listener: BaseCallbackHandler) {
    super();
    this.name = listener.name;
    this.listener = listener;
  }
}

class StreamEvents extends StandIn {
  readonly #shown: Shown | undefined;
  readonly #sayings = new Map<string, Saying>();

  constructor(listener: BaseCallbackHandler, shown: Shown | undefined) {
    super(listener);
    this.#shown = shown;
  }

  override handleChatModelStart(...told: Told<"handleChatModelStart">): unknown {
    if (this.#shown?.isLanes === true) told[6] = asTheSwarms(told[6]);
    return this.listener.handleChatModelStart?.(...told);
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
    await this.listener.handleLLMEnd?.(...told);
  }

  override async handleLLMError(...told: Told<"handleLLMError">): Promise<void> {
    await this.#over(told[1]);
    await this.listener.handleLLMError?.(...told);
  }

  #tell(run: string) {
    const told = (event: ChatModelStreamEvent): unknown => this.listener.handleChatModelStreamEvent?.(event, run);
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

/** By what is shown, the call that is heard. */
const HEARD = new WeakMap<Shown, string>();

interface Words {
  start: Told<"handleChatModelStart">;
  held: string;
  isOut: boolean;
  calls: boolean;
}

class LastWords extends StandIn {
  readonly #shown: Shown;
  readonly #said = new Map<string, Words>();

  constructor(listener: BaseCallbackHandler, shown: Shown) {
    super(listener);
    this.#shown = shown;
  }

  override handleChatModelStart(...told: Told<"handleChatModelStart">): void {
    told[5] = told[5]?.filter((tag) => tag !== UNSEEN);
    told[6] = asTheSwarms(told[6]);
    this.#said.set(told[2], { start: told, held: "", isOut: false, calls: false });
  }

  override handleLLMNewToken(...[token, index, run, parent, tags, fields]: Told<"handleLLMNewToken">): void {
    const words = this.#said.get(run);
    const { chunk } = fields ?? {};
    const message = chunk instanceof ChatGenerationChunk ? chunk.message : new AIMessageChunk(token);
    if (words === undefined || words.calls) return;
    words.calls = AIMessageChunk.isInstance(message) && (message.tool_call_chunks ?? []).length > 0;
    words.held += message.text;
    if (words.calls || words.held === "" || !(words.isOut || this.#goesOut(run, words))) return;
    const text = words.held;
    words.held = "";
    const said = new AIMessageChunk({ content: text, id: this.#shown.inTokensAs });
    const shown = { ...fields, chunk: new ChatGenerationChunk({ text, message: said }) };
    this.listener.handleLLMNewToken?.(text, index, run, parent, tags, shown);
  }

  override handleLLMEnd(...told: Told<"handleLLMEnd">): void {
    if (this.#said.get(told[1])?.isOut === true) this.listener.handleLLMEnd?.(...told);
    this.#said.delete(told[1]);
  }

  override handleLLMError(...told: Told<"handleLLMError">): void {
    if (this.#said.get(told[1])?.isOut === true) this.listener.handleLLMError?.(...told);
    this.#said.delete(told[1]);
  }

  #goesOut(run: string, words: Words): boolean {
    if (words.held.length < HELD_BACK || (HEARD.get(this.#shown) ?? run) !== run) return false;
    HEARD.set(this.#shown, run);
    words.isOut = true;
    this.listener.handleChatModelStart?.(...words.start);
    return true;
  }
}

/** Metadata of a call in a lane, as if a node of the swarm had made it. */
function asTheSwarms(metadata: Record<string, unknown> = {}): Record<string, unknown> {
  const path = String(metadata["langgraph_checkpoint_ns"] ?? "").split("|");
  const [, task] = path.at(-1)?.split(":") ?? [];
  const namespace = [...path.slice(0, -2), `${ANSWERS}:${task}`].join("|");
  return { ...metadata, langgraph_node: ANSWERS, langgraph_checkpoint_ns: namespace };
}
