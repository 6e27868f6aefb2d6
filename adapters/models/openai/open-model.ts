/** A model of an OpenAI-compatible endpoint with all that the budget and the prompts need to know of it. */
import type { EndpointUse, ModelLimits, Price, ResolvedModel } from "../../../engine/ports/models.ts";
import { ChatCompletionsModel, type CompletionCallOptions } from "./chat-completions-model.ts";
import { classifyError, reachOf } from "./classify-error.ts";
import type { Endpoint } from "./endpoint.ts";
import { loadClientSoon, proxyOf } from "./http-client.ts";
import { inspectReply } from "./inspect-reply.ts";
import { limitsOf, quirksOf } from "./quirks.ts";
import { RefusedParts } from "./refused-parts.ts";
import { takeRateLimits } from "./rate-limits.ts";
import { usageOf } from "./usage.ts";

export interface OpenModelOptions {
  model: string;
  endpoint: Endpoint;
  use: Omit<EndpointUse, "key">;
  price: Price | undefined;
  /** Of the caller; what is not named is as the model's family has it. */
  limits?: Partial<ModelLimits> | undefined;
}

export function openModel({ model, endpoint, use, price, limits }: OpenModelOptions): ResolvedModel {
  const { baseUrl, apiKey, limiterKey } = endpoint;
  const quirks = quirksOf(model);
  const url = `${baseUrl}/chat/completions`;
  loadClientSoon();
  const proxy = proxyOf(new URL(baseUrl).protocol, process.env)?.url.host;
  const named = { ...limitsOf(model), ...limits };
  const refused = new RefusedParts(quirks.outputLimitField);
  const chats = new Map<number | undefined, ChatCompletionsModel>();
  const onReply = (): void => void (endpoint.hasAnswered = true);
  return {
    id: model,
    chat(outputTokens) {
      const known = chats.get(outputTokens);
      if (known !== undefined) return known;
      const chat = new ChatCompletionsModel({ model, baseUrl, apiKey, outputTokens, quirks, refused, onReply });
      chats.set(outputTokens, chat);
      return chat;
    },
    get contextWindow() {
      return Math.min(named.contextWindow, refused.contextWindow);
    },
    get maxOutputTokens() {
      return Math.min(named.maxOutputTokens, refused.maxOutputTokens);
    },
    price,
    endpoint: { key: limiterKey, ...use },
    classify: (error) =>
      classifyError(error, { secrets: [apiKey], model, url, proxy, hasAnswered: endpoint.hasAnswered }),
    reach: reachOf,
    inspect: inspectReply,
    usageOf,
    takeRateLimits,
    callOptions: ({ onAnswer, isRead }): CompletionCallOptions => ({
      ...(onAnswer === undefined ? {} : { onAnswer }),
      ...(isRead === true ? { isRead } : {}),
    }),
  };
}
