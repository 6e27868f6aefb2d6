/** Token counts as the provider gave them. Pure; a figure that is no count (NaN, negative, text) is no figure. */
import type { AIMessage } from "@langchain/core/messages";
import type { TokenUsage } from "../../../engine/ports/models.ts";
import { fieldOf } from "../../../state/is-record.ts";

/** The raw usage first: it alone has cached tokens in every dialect. Undefined where the provider did not say. */
export function usageOf(message: AIMessage): TokenUsage | undefined {
  return usageFromWire(fieldOf(message.response_metadata, "usage")) ?? usageFromMetadata(message.usage_metadata);
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
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  return { inputTokens, cachedInputTokens: Math.min(cached ?? 0, inputTokens), outputTokens };
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
