/**
 * The `offline` model: a deterministic extractive engine behind LangChain's chat-model interface. It plays planner, agent and
 * synthesizer, and knows which by the system prompt.
 * 1. Same messages and tools, same reply, to the letter: no clock, no randomness, no network, no state between calls.
 * 2. It states only what it cites; what it did not find it does not say.
 */
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from "@langchain/core/language_models/chat_models";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { AIMessage, AIMessageChunk, type BaseMessage, type UsageMetadata } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { offlineReply, type OfflineReply } from "./offline-reply.ts";
import { messageText } from "./message-text.ts";

export interface OfflineCallOptions extends BaseChatModelCallOptions {
  tools?: BindToolsInput[];
}

export const OFFLINE_MODEL = "offline";
/** Bytes that count as a token. */
const BYTES_PER_TOKEN = 4;
const STREAMED_CHARACTERS = 400;

export class OfflineChatModel extends BaseChatModel<OfflineCallOptions> {
  static override lc_name(): string {
    return "OfflineChatModel";
  }

  readonly model = OFFLINE_MODEL;

  constructor() {
    super({});
  }

  override _llmType(): string {
    return OFFLINE_MODEL;
  }

  override getLsParams(): { ls_provider: string; ls_model_name: string; ls_model_type: "chat" } {
    return { ls_provider: "glasshive", ls_model_name: OFFLINE_MODEL, ls_model_type: "chat" };
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs?: Partial<OfflineCallOptions>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, OfflineCallOptions> {
    return this.withConfig({ tools, ...kwargs });
  }

  override async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    options.signal?.throwIfAborted();
    const reply = offlineReply(messages, toolNames(options));
    if (reply.text !== "") await run?.handleLLMNewToken(reply.text);
    const message = new AIMessage({
      content: reply.text,
      tool_calls: reply.calls,
      usage_metadata: usageOf(messages, reply),
      response_metadata: metadataOf(reply),
    });
    return { generations: [{ text: reply.text, message }], llmOutput: {} };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    options.signal?.throwIfAborted();
    const reply = offlineReply(messages, toolNames(options));
    for (const part of partsOf(reply.text)) {
      const chunk = new ChatGenerationChunk({ text: part, message: new AIMessageChunk({ content: part }) });
      yield chunk;
      await run?.handleLLMNewToken(part, undefined, undefined, undefined, undefined, { chunk });
    }
    const tool_call_chunks = reply.calls.map((call, index) => ({
      type: "tool_call_chunk" as const,
      id: call.id,
      name: call.name,
      args: JSON.stringify(call.args),
      index,
    }));
    const last = new AIMessageChunk({
      content: "",
      tool_call_chunks,
      usage_metadata: usageOf(messages, reply),
      response_metadata: metadataOf(reply),
    });
    yield new ChatGenerationChunk({ text: "", message: last });
  }
}

function metadataOf(reply: OfflineReply): Record<string, unknown> {
  return { model_name: OFFLINE_MODEL, finish_reason: reply.calls.length > 0 ? "tool_calls" : "stop" };
}

function toolNames(options: OfflineCallOptions): Set<string> {
  if (options.tool_choice === "none") return new Set();
  return new Set((options.tools ?? []).flatMap((tool) => nameOf(tool) ?? []));
}

function nameOf(tool: unknown): string | undefined {
  if (typeof tool !== "object" || tool === null) return undefined;
  if ("function" in tool) return nameOf(tool.function);
  return "name" in tool && typeof tool.name === "string" ? tool.name : undefined;
}

function usageOf(messages: readonly BaseMessage[], reply: OfflineReply): UsageMetadata {
  const input_tokens = messages.reduce((sum, message) => sum + tokensIn(messageText(message)) + callTokens(message), 0);
  const output_tokens = tokensIn(reply.text) + (reply.calls.length > 0 ? tokensIn(JSON.stringify(reply.calls)) : 0);
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
}

function callTokens(message: BaseMessage): number {
  const calls = message instanceof AIMessage || message instanceof AIMessageChunk ? message.tool_calls : undefined;
  return calls === undefined || calls.length === 0 ? 0 : tokensIn(JSON.stringify(calls));
}

function tokensIn(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Never between the halves of a surrogate pair. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + STREAMED_CHARACTERS, text.length);
    if (end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end += 1;
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}
