/** A chat model that the caller made himself, seen through the port: its limits are not known, and its price only if he says. */
import { randomUUID } from "node:crypto";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { EndpointUse, Price, ResolvedModel } from "../../engine/ports/models.ts";
import { classifyError, reachOf } from "./openai/classify-error.ts";
import { inspectAnyReply } from "./openai/inspect-reply.ts";
import { usageOf } from "./openai/usage.ts";
import { ownPrice } from "./own-price.ts";
import { fieldOf } from "../../state/is-record.ts";

const CONTEXT_WINDOW = 128_000;
const MAX_OUTPUT_TOKENS = 8_192;

/** `chat` always returns the instance as it is: there is no common way to limit the output of any chat model. */
export function wrapModel(
  instance: BaseChatModel,
  use: Omit<EndpointUse, "key">,
  prices: Readonly<Record<string, Price>> = {},
): ResolvedModel {
  const id = idOf(instance);
  return {
    id,
    chat: () => instance,
    contextWindow: CONTEXT_WINDOW,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    price: ownPrice(prices, id),
    endpoint: { key: `instance:${id}#${randomUUID()}`, ...use },
    classify: classifyError,
    reach: reachOf,
    inspect: inspectAnyReply,
    usageOf,
  };
}

function idOf(instance: BaseChatModel): string {
  const named = [fieldOf(instance, "model"), fieldOf(instance, "modelName")].find(
    (name): name is string => typeof name === "string" && name !== "",
  );
  return named ?? instance.getName();
}
