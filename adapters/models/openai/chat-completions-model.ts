/**
 * A model behind an OpenAI-compatible endpoint, by the chat completions protocol. Owns the request (bent where the quirks say so) and what
 * becomes of the stream; retries, limits and prices are others' business.
 * 1. Every call is one streamed request to the given base URL: no retry, no redirect followed, no tokenizer fetched, and
 *    nothing taken from the environment.
 * 2. Tracers and listeners see it as LangChain's `ChatOpenAI`, which they know how to show. It is none: that one is slow to load, and
 *    takes the Responses API for some models.
 * 3. A stream that breaks throws a `BrokenStreamError`; one that was aborted throws the reason of its signal.
 */
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
  type LangSmithParams,
} from "@langchain/core/language_models/chat_models";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { AIMessage, type AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { SpokenText } from "../../../engine/policy/reply/thoughts.ts";
import type { CallRequest } from "../../../engine/ports/models.ts";
import { BrokenStreamError } from "./error-facts.ts";
import { completionEvents, postCompletion } from "./completion-stream.ts";
import { rateLimitsIn } from "./rate-limits.ts";
import { RefusedCall } from "./refused-call.ts";
import { StreamedReply } from "./streamed-reply.ts";
import {
  inTurns,
  type RefusedParts,
  wireMessage,
  wireTool,
  wireToolChoice,
  type ModelQuirks,
  type WireRequest,
  type WireTool,
} from "./wire-request.ts";

export interface ChatCompletionsModelOptions {
  model: string;
  baseUrl: string;
  apiKey: string;
  quirks: ModelQuirks;
  /** What the endpoint has refused of this model's requests so far. */
  refused: RefusedParts;
  /** Told of each reply that came whole. */
  onReply: () => void;
}

/** `isRead`: each event of the answer is handed on as it comes, but for what is thought before it. */
export type CompletionCallOptions = BaseChatModelCallOptions &
  Pick<CallRequest, "outputTokens" | "onAnswer" | "isRead"> & { tools?: WireTool[] };

/** Characters of any kind after which a chunk is handed on: each chunk costs merging, but shows that the model is alive. */
const CHUNK_CHARACTERS = 200;
/** Whatever came is handed on after this time, so that a model that is slow is not taken for one that is silent. */
const CHUNK_MS = 400;
/** So many characters a token has at most on the average of a reply, and so many are read of any: thinking may come beside the limit. */
const [CHARACTERS_PER_TOKEN, ALWAYS_READ] = [32, 64_000];
const [COMMA, END] = [Buffer.from(","), Buffer.from("]}")];

export class ChatCompletionsModel extends BaseChatModel<CompletionCallOptions> {
  static override lc_name(): string {
    return "ChatOpenAI";
  }

  /** Neither the key nor the configuration is any tracer's business. */
  override lc_serializable = false;
  readonly model: string;
  readonly #quirks: ModelQuirks;
  readonly #refused: RefusedParts;
  readonly #url: URL;
  readonly #apiKey: string;
  readonly #onReply: () => void;
  /** Messages do not change, and a conversation sends each of them again in every turn: each is put into JSON once. */
  readonly #json = new WeakMap<BaseMessage, Buffer>();

  constructor({ model, baseUrl, apiKey, quirks, refused, onReply }: ChatCompletionsModelOptions) {
    super({});
    this.model = model;
    this.#quirks = quirks;
    this.#refused = refused;
    this.#url = new URL(`${baseUrl}/chat/completions`);
    this.#apiKey = apiKey;
    this.#onReply = onReply;
  }

  override _llmType(): string {
    return "openai";
  }

  override getLsParams(options: this["ParsedCallOptions"]): LangSmithParams {
    return {
      ...super.getLsParams(options),
      ls_provider: "openai",
      ls_model_name: this.model,
      ls_max_tokens: options.outputTokens,
    };
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs?: Partial<CompletionCallOptions>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, CompletionCallOptions> {
    return this.withConfig({ tools: tools.map(wireTool), ...kwargs });
  }

  override invocationParams(options: Partial<this["ParsedCallOptions"]> = {}): WireRequest {
    const { tools = [], tool_choice, stop, outputTokens } = options;
    const choice = wireToolChoice(tool_choice);
    const isFree = !this.#quirks.toolChoiceAutoOnly;
    const request: WireRequest = {
      model: this.model,
      stop,
      stream: true,
      // A family that takes no choice is given nothing to choose from.
      tools: tools.length === 0 || (choice === "none" && !isFree) ? undefined : tools,
      tool_choice: isFree ? choice : undefined,
      stream_options: { include_usage: true },
    };
    return this.#refused.fit(request, outputTokens);
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { signal, onAnswer, outputTokens = Infinity, isRead = false } = options;
    const most = Math.max(ALWAYS_READ, outputTokens * CHARACTERS_PER_TOKEN);
    const request = this.invocationParams(options);
    const answer = await this.#post(request, { messages, signal });
    await onAnswer?.(rateLimitsIn((name) => headerText(answer.headers[name]), Date.now()));
    const reply = new StreamedReply({ keepsReasoning: this.#quirks.replayReasoning });
    const spoken = new SpokenText({ isRead });
    const due = isRead ? 1 : CHUNK_CHARACTERS;
    let text = "";
    let began = false;
    let spoke = false;
    let handedOn = { characters: 0, at: performance.now() };
    for await (const events of unbroken(completionEvents(answer), signal)) {
      began = true;
      for (const event of events) {
        text += spoken.take(reply.take(event));
        if (reply.characters > most)
          throw new SyntaxError(`the reply goes on behind ${most} characters, and was to have ${outputTokens} tokens`);
        const firstWord: boolean = !spoke && text !== "";
        const fresh = reply.characters - handedOn.characters;
        const isDue = fresh >= due || (fresh > 0 && performance.now() - handedOn.at >= CHUNK_MS);
        if (!firstWord && !isDue) continue;
        yield await handOn(reply.part(text), run);
        spoke ||= firstWord;
        handedOn = { characters: reply.characters, at: performance.now() };
        text = "";
      }
    }
    if (!began) throw new BrokenStreamError("the answer has not a single event (is the base URL right?)");
    this.#onReply();
    yield await handOn(reply.last(text + spoken.rest()), run);
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

  /** The answer, or what was learned of a refusal. */
  async #post(
    request: WireRequest,
    { messages, signal }: { messages: readonly BaseMessage[]; signal: AbortSignal | undefined },
  ): ReturnType<typeof postCompletion> {
    const body = this.#body(request, inTurns(messages));
    try {
      return await postCompletion({ url: this.#url, apiKey: this.#apiKey, body, signal });
    } catch (error) {
      throw this.#refused.learn(error, request);
    }
  }

  #body(params: WireRequest, messages: readonly BaseMessage[]): Buffer {
    const head = Buffer.from(`${wireJson(params).slice(0, -1)},"messages":[`);
    const parts = messages.flatMap((message, index) =>
      index === 0 ? [this.#jsonOf(message)] : [COMMA, this.#jsonOf(message)],
    );
    return Buffer.concat([head, ...parts, END]);
  }

  #jsonOf(message: BaseMessage): Buffer {
    const known = this.#json.get(message);
    if (known !== undefined) return known;
    const json = Buffer.from(wireJson(this.#wireMessage(message)));
    this.#json.set(message, json);
    return json;
  }

  #wireMessage(message: BaseMessage): Record<string, unknown> {
    const wire = wireMessage(message);
    if (!this.#quirks.replayReasoning || !AIMessage.isInstance(message)) return wire;
    const reasoning: unknown = message.additional_kwargs["reasoning_content"];
    if (typeof reasoning !== "string" && (message.tool_calls?.length ?? 0) === 0) return wire;
    // Another model's tool call has none, and Kimi refuses it without.
    return { ...wire, reasoning_content: typeof reasoning === "string" ? reasoning : "" };
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
