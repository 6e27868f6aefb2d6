/**
 * A chat model behind which nothing is redacted, and before which everything is: what it says, what it calls tools with, what its
 * client throws. Whoever listens to it (a tracer, a stream of tokens) hears of the redacted reply alone.
 *
 * 1. Text is handed on as it comes, but for an end in which a key may have begun; with named patterns, when all of it is there.
 * 2. Whatever else a reply has comes in the last chunk. A chunk of which nothing is handed on yet is a sign of life all the same.
 */
import { BaseChatModel, type BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import { redactError, type Redactor, type TextStream } from "../../engine/policy/redaction/redactor.ts";
import type { CallRequest, ResolvedModel } from "../../engine/ports/models.ts";
import { defined } from "../../state/is-record.ts";
import type { RedactedCounts } from "../../state/redaction.ts";

interface CallOptions extends BaseChatModelCallOptions {
  /** Told once of each call from which something was taken out. */
  onRedacted?: CallRequest["onRedacted"];
}

/** Of a reply; what is not handed on yet must not fill the memory. */
const MOST_CHARACTERS = 8_000_000;

export function redactedModel(model: ResolvedModel, redactor: Redactor): ResolvedModel {
  if (redactor.isIdle) return model;
  const callOptions = model.callOptions?.bind(model);
  return Object.assign(model, {
    chat: new RedactedChatModel(model.chat, redactor),
    callOptions: (request: CallRequest) => ({ ...callOptions?.(request), onRedacted: request.onRedacted }),
  });
}

class RedactedChatModel extends BaseChatModel<CallOptions> {
  override lc_serializable = false;
  readonly #plain: BaseChatModel;
  readonly #redactor: Redactor;

  constructor(plain: BaseChatModel, redactor: Redactor) {
    const { callbacks, tags, metadata, verbose } = plain;
    super({ verbose, ...defined({ callbacks, tags, metadata }) });
    this.#plain = plain;
    this.#redactor = redactor;
    this.disableStreaming = plain.disableStreaming || isSilent(plain);
    this.bindTools = plain.bindTools === undefined ? undefined : (tools, kwargs) => this.#bound(tools, kwargs);
  }

  override bindTools?: BaseChatModel<CallOptions>["bindTools"];

  override getName(suffix?: string): string {
    return this.#plain.getName(suffix);
  }

  override _llmType(): string {
    // Asked for before there is a model behind it.
    return "redacted";
  }

  override invocationParams(options?: this["ParsedCallOptions"]): unknown {
    return this.#plain.invocationParams(options);
  }

  override getLsParams(options: this["ParsedCallOptions"]): ReturnType<BaseChatModel["getLsParams"]> {
    return this.#plain.getLsParams(options);
  }

  override async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    _run?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const counts: RedactedCounts = {};
    try {
      const { generations, ...rest } = await this.#plain._generate(messages, options, undefined);
      const clean = generations.map(({ text, message, ...more }) => ({
        ...this.#redactor.value(more),
        text: this.#redactor.text(text),
        message: this.#redactor.value(message, counts),
      }));
      return { ...rest, generations: clean };
    } catch (error) {
      throw redactError(error, this.#redactor, counts);
    } finally {
      tell(counts, options);
    }
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const counts: RedactedCounts = {};
    const reply = new RedactedReply(this.#redactor, counts);
    try {
      // The run's manager would tell of each token as it came.
      for await (const chunk of this.#plain._streamResponseChunks(messages, options, undefined))
        yield await handOn(reply.take(chunk), run);
      if (reply.hasBegun) yield await handOn(reply.last(), run);
    } catch (error) {
      throw redactError(error, this.#redactor, counts);
    } finally {
      tell(counts, options);
    }
  }

  /** By way of the chunks above. */
  #bound(
    ...[tools, kwargs]: Parameters<NonNullable<BaseChatModel["bindTools"]>>
  ): ReturnType<NonNullable<BaseChatModel<CallOptions>["bindTools"]>> {
    const bound: unknown = this.#plain.bindTools?.(tools, kwargs);
    if (bound instanceof BaseChatModel) return new RedactedChatModel(bound, this.#redactor);
    if (typeof bound === "object" && bound !== null && "bound" in bound && bound.bound === this.#plain) {
      bound.bound = this;
      return bound as unknown as ReturnType<NonNullable<BaseChatModel<CallOptions>["bindTools"]>>;
    }
    throw new Error(`${this.getName()} binds tools in a way in which its replies cannot be redacted`);
  }
}

/** Without a way of its own to stream. */
function isSilent(model: BaseChatModel): boolean {
  return model._streamResponseChunks === BaseChatModel.prototype._streamResponseChunks;
}

function tell(counts: RedactedCounts, { onRedacted }: CallOptions): void {
  if (Object.keys(counts).length > 0) onRedacted?.(counts);
}

async function handOn(
  chunk: ChatGenerationChunk,
  run: CallbackManagerForLLMRun | undefined,
): Promise<ChatGenerationChunk> {
  await run?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
  return chunk;
}

/** A reply in chunks, taken in as it came and given out as it may be read. */
class RedactedReply {
  readonly #redactor: Redactor;
  readonly #counts: RedactedCounts;
  readonly #text: TextStream;
  /** All but plain text. */
  #rest: AIMessageChunk | undefined;
  #id: string | undefined;
  #characters = 0;
  hasBegun = false;

  constructor(redactor: Redactor, counts: RedactedCounts) {
    this.#redactor = redactor;
    this.#counts = counts;
    this.#text = redactor.stream(counts);
  }

  take({ message: given, generationInfo }: ChatGenerationChunk): ChatGenerationChunk {
    const message = given as AIMessageChunk;
    this.hasBegun = true;
    this.#id ??= message.id;
    const { content } = message;
    const rest = restOf(message, generationInfo);
    this.#count(typeof content === "string" ? content.length : 0, rest);
    if (rest !== undefined) this.#rest = this.#rest?.concat(rest) ?? rest;
    return this.#chunk(typeof content === "string" ? this.#text.push(content) : "");
  }

  last(): ChatGenerationChunk {
    const text = this.#text.end();
    const rest = this.#rest === undefined ? undefined : this.#redacted(this.#rest);
    if (rest === undefined) return this.#chunk(text);
    const message = this.#chunk(text).message as AIMessageChunk;
    return new ChatGenerationChunk({ text, message: message.concat(rest) });
  }

  /** Built anew from its parts: what it says of its calls is read out of them. */
  #redacted(rest: AIMessageChunk): AIMessageChunk {
    const { content, tool_call_chunks = [], additional_kwargs, response_metadata, usage_metadata } = rest;
    const parts = { content, tool_call_chunks, additional_kwargs };
    return new AIMessageChunk({
      ...this.#redactor.value(parts, this.#counts),
      response_metadata: this.#redactor.value(response_metadata),
      ...defined({ usage_metadata, id: this.#id }),
    });
  }

  #chunk(text: string): ChatGenerationChunk {
    const message = new AIMessageChunk({ content: text, ...defined({ id: this.#id }) });
    return new ChatGenerationChunk({ text, message });
  }

  #count(text: number, rest: AIMessageChunk | undefined): void {
    const args = rest?.tool_call_chunks?.reduce((sum, call) => sum + (call.args?.length ?? 0), 0) ?? 0;
    this.#characters += text + args;
    if (this.#characters > MOST_CHARACTERS)
      throw new SyntaxError(`the reply has more than ${MOST_CHARACTERS} characters`);
  }
}

/** What a chunk has beside plain text; undefined: nothing. */
function restOf(
  message: AIMessageChunk,
  generationInfo: Record<string, unknown> | undefined,
): AIMessageChunk | undefined {
  const { content, id, tool_call_chunks: chunks = [], tool_calls = [], additional_kwargs, usage_metadata } = message;
  const response_metadata = { ...generationInfo, ...message.response_metadata };
  const isText = typeof content === "string";
  const isEmpty =
    chunks.length +
      tool_calls.length +
      Object.keys(additional_kwargs).length +
      Object.keys(response_metadata).length ===
    0;
  if (isText && isEmpty && usage_metadata === undefined) return undefined;
  return new AIMessageChunk({
    content: isText ? "" : content,
    additional_kwargs,
    response_metadata,
    ...(chunks.length > 0 ? { tool_call_chunks: chunks } : { tool_calls }),
    ...defined({ id, usage_metadata }),
  });
}
