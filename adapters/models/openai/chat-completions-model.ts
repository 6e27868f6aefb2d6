/**
 * A model behind an OpenAI-compatible endpoint, by the chat completions protocol. Owns the request (LangChain's class makes it,
 * bent where the quirks say so) and what becomes of the stream; retries, limits and prices are others' business.
 * 1. Every call is one streamed request to the given base URL: no retry, no redirect followed, no tokenizer fetched, and
 *    nothing taken from the environment.
 * 2. The Responses API is never used (`ChatOpenAI` would choose it by the model's name): this class does not know it.
 * 3. A stream that breaks throws a `BrokenStreamError`; one that was aborted throws the reason of its signal.
 */
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { AIMessage, type AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import {
  ChatOpenAICompletions,
  convertMessagesToCompletionsMessageParams,
  type ChatOpenAICompletionsCallOptions,
} from "@langchain/openai";
import { BrokenStreamError } from "./broken-stream-error.ts";
import { completionEvents } from "./completion-events.ts";
import { postCompletion } from "./post-completion.ts";
import type { ModelQuirks } from "./quirks.ts";
import { rateLimitsIn } from "./rate-limits.ts";
import { RefusedCall } from "./refused-call.ts";
import { RefusedParts } from "./refused-parts.ts";
import { StreamedReply } from "./streamed-reply.ts";
import { inTurns } from "./turn-order.ts";

export interface ChatCompletionsModelOptions {
  model: string;
  baseUrl: string;
  apiKey: string;
  /** At most so many output tokens; undefined: as many as the provider allows. */
  outputTokens: number | undefined;
  quirks: ModelQuirks;
  /** What the endpoint has refused of this model's requests so far; absent: nothing. */
  refused?: RefusedParts;
  /** Told of each reply that came whole. */
  onReply?: () => void;
}

export interface CompletionCallOptions extends ChatOpenAICompletionsCallOptions {
  /** Awaited when an answer comes, before it is read. */
  onAnswer?: () => Promise<void>;
}

type Options = CompletionCallOptions;
type InvocationParams = ReturnType<ChatOpenAICompletions["invocationParams"]>;
type WireMessage = ReturnType<typeof convertMessagesToCompletionsMessageParams>[number];

/** Characters of any kind after which a chunk is handed on: each chunk costs merging, but shows that the model is alive. */
const CHUNK_CHARACTERS = 200;
/** Whatever came is handed on after this time, so that a model that is slow is not taken for one that is silent. */
const CHUNK_MS = 400;
const [COMMA, END] = [Buffer.from(","), Buffer.from("]}")];
export class ChatCompletionsModel extends ChatOpenAICompletions<CompletionCallOptions> {
  static override lc_name(): string {
    return "ChatOpenAI";
  }

  /** Neither the key nor the configuration is any tracer's business. */
  override lc_serializable = false;
  readonly #quirks: ModelQuirks;
  readonly #refused: RefusedParts;
  readonly #url: URL;
  readonly #apiKey: string;
  readonly #onReply: (() => void) | undefined;
  /** Messages do not change, and a conversation sends each of them again in every turn: each is put into JSON once. */
  readonly #json = new WeakMap<BaseMessage, Buffer>();

  constructor({ model, baseUrl, apiKey, outputTokens, quirks, refused, onReply }: ChatCompletionsModelOptions) {
    super({
      model,
      apiKey,
      maxTokens: outputTokens,
      maxRetries: 0,
      streamUsage: true,
      // The parent's own client is never made: this says only which endpoint it is.
      configuration: { baseURL: baseUrl },
    });
    this.#quirks = quirks;
    this.#refused = refused ?? new RefusedParts(quirks.outputLimitField);
    this.#url = new URL(`${baseUrl}/chat/completions`);
    this.#apiKey = apiKey;
    this.#onReply = onReply;
  }

  override invocationParams(options?: Options, extra?: { streaming?: boolean }): InvocationParams {
    const request = this.#refused.fit(super.invocationParams(options, extra), this.maxTokens);
    if (!this.#quirks.toolChoiceAutoOnly || request.tool_choice === undefined) return request;
    const { tool_choice, tools, ...rest } = request;
    return tool_choice === "none" ? rest : { ...rest, tools };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { signal, onAnswer } = options;
    const request = this.invocationParams(options, { streaming: true });
    const answer = await this.#post(request, { messages, signal });
    await onAnswer?.();
    const reply = new StreamedReply({ keepsReasoning: this.#quirks.replayReasoning });
    reply.takeLimits(rateLimitsIn((name) => headerText(answer.headers[name]), Date.now()));
    let text = "";
    let began = false;
    let spoke = false;
    let handedOn = { characters: 0, at: performance.now() };
    for await (const events of unbroken(completionEvents(answer), signal)) {
      began = true;
      for (const event of events) {
        text += reply.take(event);
        const firstWord: boolean = !spoke && text !== "";
        const fresh = reply.characters - handedOn.characters;
        const isDue = fresh >= CHUNK_CHARACTERS || (fresh > 0 && performance.now() - handedOn.at >= CHUNK_MS);
        if (!firstWord && !isDue) continue;
        yield await handOn(reply.part(text), run);
        spoke ||= firstWord;
        handedOn = { characters: reply.characters, at: performance.now() };
        text = "";
      }
    }
    if (!began) throw new BrokenStreamError("the answer has not a single event (is the base URL right?)");
    this.#onReply?.();
    yield await handOn(reply.last(text), run);
  }

  /** `invoke` streams as well: see invariant 1. */
  override async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    let whole: ChatGenerationChunk | undefined;
    for await (const chunk of this._streamResponseChunks(messages, options, run)) whole = whole?.concat(chunk) ?? chunk;
    return { generations: whole === undefined ? [] : [whole] };
  }

  /** By way of the chunks above, not by the parent's reader, which would send no reasoning back. */
  override _streamChatModelEvents(
    ...call: Parameters<ChatOpenAICompletions["_streamChatModelEvents"]>
  ): ReturnType<ChatOpenAICompletions["_streamChatModelEvents"]> {
    return BaseChatModel.prototype._streamChatModelEvents.apply(this, call);
  }

  /** The answer, or what was learned of a refusal. */
  async #post(
    request: InvocationParams,
    { messages, signal }: { messages: readonly BaseMessage[]; signal: AbortSignal | undefined },
  ): ReturnType<typeof postCompletion> {
    const body = this.#body(request, inTurns(messages));
    try {
      return await postCompletion({ url: this.#url, apiKey: this.#apiKey, body, signal });
    } catch (error) {
      throw this.#refused.learn(error, { ...request });
    }
  }

  #body(params: object, messages: readonly BaseMessage[]): Buffer {
    const head = Buffer.from(`${wireJson({ ...params, stream: true }).slice(0, -1)},"messages":[`);
    const parts = messages.flatMap((message, index) =>
      index === 0 ? [this.#jsonOf(message)] : [COMMA, this.#jsonOf(message)],
    );
    return Buffer.concat([head, ...parts, END]);
  }

  /** What a message is on the wire, in JSON. */
  #jsonOf(message: BaseMessage): Buffer {
    const known = this.#json.get(message);
    if (known !== undefined) return known;
    const json = Buffer.from(wireJson(this.#wireMessages(message)).slice(1, -1));
    this.#json.set(message, json);
    return json;
  }

  #wireMessages(message: BaseMessage): WireMessage[] {
    const wire = convertMessagesToCompletionsMessageParams({ messages: [message] });
    if (!this.#quirks.replayReasoning || !AIMessage.isInstance(message)) return wire;
    const reasoning: unknown = message.additional_kwargs["reasoning_content"];
    if (typeof reasoning !== "string" && (message.tool_calls?.length ?? 0) === 0) return wire;
    // Another model's tool call has none, and Kimi refuses it without.
    const reasoning_content = typeof reasoning === "string" ? reasoning : "";
    return wire.map((part) => (part.role === "assistant" ? { ...part, reasoning_content } : part));
  }
}

/** JSON that any server can read: half a character, which UTF-8 has no bytes for, becomes U+FFFD. */
function wireJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!/\\ud[89a-f]/i.test(json)) return json;
  return JSON.stringify(value, (name, each: unknown) => (typeof each === "string" ? mended(name, each) : each));
}

/** Arguments are JSON within JSON, where the halves are written as escapes. */
function mended(name: string, text: string): string {
  if (name !== "arguments") return text.toWellFormed();
  try {
    return JSON.stringify(JSON.parse(text), (_, each: unknown) =>
      typeof each === "string" ? each.toWellFormed() : each,
    );
  } catch {
    return text.toWellFormed();
  }
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

async function handOn(
  message: AIMessageChunk,
  run: CallbackManagerForLLMRun | undefined,
): Promise<ChatGenerationChunk> {
  const text = typeof message.content === "string" ? message.content : "";
  const chunk = new ChatGenerationChunk({ text, message });
  await run?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
  return chunk;
}

/** The same; what goes wrong between two of them is told from what came in place of the first. */
async function* unbroken<Events>(
  batches: AsyncIterable<Events>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Events> {
  let began = false;
  try {
    for await (const batch of batches) {
      began = true;
      yield batch;
    }
  } catch (error) {
    signal?.throwIfAborted();
    const isAnswer = !began && (error instanceof RefusedCall || error instanceof SyntaxError);
    throw new BrokenStreamError(isAnswer ? "no reply came" : "the stream broke off", { cause: error });
  }
}
