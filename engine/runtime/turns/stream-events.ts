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
import { AIMessageChunk } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";

type Told<Event extends keyof BaseCallbackHandler> = Parameters<
  Extract<NonNullable<BaseCallbackHandler[Event]>, (...told: never[]) => unknown>
>;

/** The same, in which those that are told in content blocks are told of a call that streams. */
export function withStreamEvents(callbacks: Callbacks | undefined): Callbacks | undefined {
  if (!(callbacks instanceof CallbackManager)) return callbacks;
  const listeners = callbacks.handlers.filter((handler) => isToldInBlocks(handler));
  if (listeners.length === 0) return callbacks;
  const told = callbacks.copy();
  for (const listener of listeners) {
    told.removeHandler(listener);
    told.addHandler(new StreamEvents(listener), true);
  }
  return told;
}

/** Stands in a listener's place for one call, or for several at once. */
class StreamEvents extends BaseCallbackHandler {
  override readonly name: string;
  override awaitHandlers = true;
  readonly #listener: BaseCallbackHandler;
  readonly #sayings = new Map<string, Saying>();

  constructor(listener: BaseCallbackHandler) {
    super();
    this.name = listener.name;
    this.#listener = listener;
  }

  override handleChatModelStart(...told: Told<"handleChatModelStart">): unknown {
    return this.#listener.handleChatModelStart?.(...told);
  }

  override async handleLLMNewToken(...[token, , run, , , fields]: Told<"handleLLMNewToken">): Promise<void> {
    const { chunk } = fields ?? {};
    const isMessage = chunk instanceof ChatGenerationChunk;
    const said = isMessage
      ? chunk
      : new ChatGenerationChunk({ text: token, message: new AIMessageChunk({ content: token }) });
    let saying = this.#sayings.get(run);
    if (saying === undefined) this.#sayings.set(run, (saying = new Saying(this.#listener, run)));
    await saying.add(said);
  }

  override async handleLLMEnd(...told: Told<"handleLLMEnd">): Promise<void> {
    await this.#over(told[1]);
    await this.#listener.handleLLMEnd?.(...told);
  }

  override async handleLLMError(...told: Told<"handleLLMError">): Promise<void> {
    await this.#over(told[1]);
    await this.#listener.handleLLMError?.(...told);
  }

  async #over(run: string): Promise<void> {
    const saying = this.#sayings.get(run);
    this.#sayings.delete(run);
    await saying?.end();
  }
}

/** A message on its way to a listener. */
class Saying {
  readonly #chunks = new TransformStream<ChatGenerationChunk, ChatGenerationChunk>();
  readonly #in = this.#chunks.writable.getWriter();
  readonly #told: Promise<void>;

  constructor(listener: BaseCallbackHandler, run: string) {
    this.#told = (async () => {
      for await (const event of convertChunksToEvents(this.#chunks.readable))
        await listener.handleChatModelStreamEvent?.(event, run);
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
