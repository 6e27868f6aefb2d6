/** A model of an OpenAI-compatible endpoint with all that the budget and the prompts need to know of it. */
import type { Price, RateCaps, ResolvedModel } from "../../../engine/ports.ts";
import { ChatCompletionsModel } from "./chat-completions-model.ts";
import { classifyError } from "./classify-error.ts";
import type { Endpoint } from "./endpoint.ts";
import { inspectReply } from "./inspect-reply.ts";
import { limitsOf, quirksOf } from "./quirks.ts";
import { takeRateLimits } from "./rate-limits.ts";
import { usageOf } from "./usage.ts";

export interface OpenModelOptions {
  model: string;
  endpoint: Endpoint;
  concurrency: number;
  price: Price | undefined;
  rates?: RateCaps;
}

export function openModel({ model, endpoint, concurrency, price, rates }: OpenModelOptions): ResolvedModel {
  const { baseUrl, apiKey, limiterKey } = endpoint;
  const quirks = quirksOf(model);
  const chats = new Map<number | undefined, ChatCompletionsModel>();
  return {
    id: model,
    chat(outputTokens) {
      const known = chats.get(outputTokens);
      if (known !== undefined) return known;
      const chat = new ChatCompletionsModel({ model, baseUrl, apiKey, outputTokens, quirks });
      chats.set(outputTokens, chat);
      return chat;
    },
    ...limitsOf(model),
    price,
    limiterKey,
    concurrency,
    ...(rates === undefined ? {} : { rates }),
    classify: (error) => classifyError(error, { secrets: [apiKey] }),
    inspect: inspectReply,
    usageOf,
    takeRateLimits,
  };
}
