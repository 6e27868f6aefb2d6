/**
 * What is read of a chat completion stream. All of it is optional: endpoints differ in what they leave out, and each value may
 * be of another type than the protocol says; readers look before they take.
 */

import type { TokenUsage } from "../../../engine/ports/models.ts";
import { fieldOf } from "../../../state/is-record.ts";

interface WireFunction {
  name?: unknown;
  arguments?: unknown;
}

export interface WireToolCall extends WireFunction {
  index?: unknown;
  id?: unknown;
  function?: WireFunction | null;
}

/** Of a stream, or the whole message of an answer that is none. */
export interface WireDelta {
  /** Text, or a list of typed parts. */
  content?: unknown;
  /** What a model says in place of an answer that it will not give. */
  refusal?: unknown;
  tool_calls?: unknown;
  /** What calls were before there were several. */
  function_call?: unknown;
  /** Thinking has many names. */
  reasoning_content?: unknown;
  reasoning?: unknown;
  thinking?: unknown;
  reasoning_details?: unknown;
}

export interface WireChoice {
  index?: unknown;
  delta?: WireDelta | null;
  message?: WireDelta | null;
  /** Of endpoints that answer as they did before there were messages. */
  text?: unknown;
  finish_reason?: unknown;
  /** Where Kimi puts the usage of a stream. */
  usage?: unknown;
}

export interface WireEvent {
  id?: unknown;
  model?: unknown;
  choices?: unknown;
  usage?: unknown;
}

/** Of a message, the raw usage first: it alone has cached tokens in every dialect. Undefined where the provider did not say. */
export function usageOf(answer: unknown): TokenUsage | undefined {
  return (
    usageFromWire(fieldOf(fieldOf(answer, "response_metadata"), "usage")) ??
    usageFromMetadata(fieldOf(answer, "usage_metadata"))
  );
}

/** From the `usage` object of a chat completion: OpenAI's, Kimi's (`cached_tokens`) or DeepSeek's (`prompt_cache_hit_tokens`). */
export function usageFromWire(usage: unknown): TokenUsage | undefined {
  const cached =
    count(fieldOf(fieldOf(usage, "prompt_tokens_details"), "cached_tokens")) ??
    count(fieldOf(usage, "cached_tokens")) ??
    count(fieldOf(usage, "prompt_cache_hit_tokens"));
  return tokenUsage(fieldOf(usage, "prompt_tokens"), fieldOf(usage, "completion_tokens"), cached);
}

export function usageFromMetadata(usage: unknown): TokenUsage | undefined {
  const cached = count(fieldOf(fieldOf(usage, "input_token_details"), "cache_read"));
  return tokenUsage(fieldOf(usage, "input_tokens"), fieldOf(usage, "output_tokens"), cached);
}

function tokenUsage(input: unknown, output: unknown, cached: number | undefined): TokenUsage | undefined {
  const inputTokens = count(input);
  const outputTokens = count(output);
  // No prompt has no tokens: who says so does not count.
  if (inputTokens === undefined || outputTokens === undefined || inputTokens === 0) return undefined;
  return { inputTokens, cachedInputTokens: Math.min(cached ?? 0, inputTokens), outputTokens };
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
