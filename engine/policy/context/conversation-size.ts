/**
 * How full a model's window is: by the provider's own count of the last request where there is one, else by the bytes. Pure.
 */
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { inputTokenBound } from "../budget/estimate.ts";
import type { ModelLimits, ResolvedModel } from "../../ports/models.ts";

/** Prose has four bytes a token, JSON and code about three. */
const BYTES_PER_TOKEN = 3;
/** Of the window, what is kept for the reply at most. */
const REPLY_SHARE = 0.25;
/** Characters of one tool answer at most, whatever the window. */
const LONGEST_ANSWER = 120_000;
const LEAST_ANSWER = 1000;

export interface Conversation {
  opening: readonly BaseMessage[];
  /** What the attempt has said so far. */
  messages: readonly BaseMessage[];
  /** The definitions of the tools. */
  toolBytes: number;
}

/** Tokens that a prompt may have, so that the reply has room. */
export function promptLimit({ contextWindow, maxOutputTokens }: ModelLimits): number {
  return Math.floor(contextWindow - Math.min(maxOutputTokens, contextWindow * REPLY_SHARE));
}

/** Characters of a tool answer that go into the conversation: the answers of one turn take half of the window at most. */
export function longestAnswer({ contextWindow }: Pick<ModelLimits, "contextWindow">, calls: number): number {
  const share = Math.floor((2 * contextWindow) / Math.max(2, calls));
  return Math.max(LEAST_ANSWER, Math.min(LONGEST_ANSWER, share));
}

/** Tokens that the next request will have. Costs nothing but the newest messages where usage is known. */
export function conversationTokens(conversation: Conversation, model: Pick<ResolvedModel, "usageOf">): number {
  const { messages } = conversation;
  const last = messages.findLastIndex((message) => AIMessage.isInstance(message));
  const newest = messages[last];
  const usage = AIMessage.isInstance(newest) ? model.usageOf(newest) : undefined;
  if (usage === undefined) return Math.ceil(conversationBytes(conversation) / BYTES_PER_TOKEN);
  const since = inputTokenBound(messages.slice(last + 1), 0);
  return usage.inputTokens + usage.outputTokens + Math.ceil(since / BYTES_PER_TOKEN);
}

export function conversationBytes({ opening, messages, toolBytes }: Conversation): number {
  return inputTokenBound(opening, toolBytes) + inputTokenBound(messages, 0);
}

/** The message without the count of its request, which no longer holds once what came before it has changed. */
export function uncounted(message: AIMessage): AIMessage {
  const { usage: _usage, ...metadata }: Record<string, unknown> = message.response_metadata;
  return new AIMessage({
    ...{ id: message.id, content: message.content, additional_kwargs: message.additional_kwargs },
    ...{ tool_calls: message.tool_calls, invalid_tool_calls: message.invalid_tool_calls, response_metadata: metadata },
  });
}
