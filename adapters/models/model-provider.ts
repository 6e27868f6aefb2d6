/**
 * From a model's name to a model that can be called. Owns the choice (a given instance, `offline`, or the configured endpoint)
 * and keeps what it resolved: one ResolvedModel per name and one endpoint, so that limits, connections and what was learned are shared.
 */
import { randomUUID } from "node:crypto";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import type { RateCaps } from "../../engine/ports/limits.ts";
import type { EndpointUse, ModelLimits, ModelProvider, Price, ResolvedModel } from "../../engine/ports/models.ts";
import { SwarmError } from "../../state/errors.ts";
import { defined, fieldOf } from "../../state/is-record.ts";
import type { GraphAgent } from "../graphs/graph-chat-model.ts";
import { graphModel } from "../graphs/graph-model.ts";
import { OFFLINE_NOTICE } from "./offline/notice.ts";
import { OFFLINE_MODEL, OfflineChatModel } from "./offline/offline-chat-model.ts";
import { ChatCompletionsModel, type CompletionCallOptions } from "./openai/chat-completions-model.ts";
import { failureOf } from "./openai/classify-error.ts";
import { resolveEndpoint, type Endpoint } from "./openai/endpoint.ts";
import { loadClientSoon, proxyOf } from "./openai/http-client.ts";
import { inspectAnyReply, inspectReply, usageOf } from "./openai/inspect-reply.ts";
import { limitsOf, quirksOf, RefusedParts } from "./openai/wire-request.ts";
import { ownPrice, priceOf } from "./prices.ts";
import { redactedModel } from "./redacted-chat-model.ts";

export interface ModelProviderOptions {
  /** What is used where no name is given: a model id, `offline` (the default), or an instance. */
  model?: string | BaseChatModel;
  /** Of an OpenAI-compatible endpoint; default: `OPENAI_BASE_URL`, else OpenAI's. */
  baseUrl?: string;
  apiKey?: string;
  /** Calls in flight at most, per endpoint and key. */
  concurrency: number;
  /** What of it may go out a minute, at most. */
  rates?: RateCaps;
  /** By model id, or by a pattern with `*`; they win over the built-in table. */
  prices?: Record<string, Price>;
  /** What is asked for in place of a model, by the id of the one that is named. */
  replacedModels?: Readonly<Record<string, string>>;
  /** By model id; they win over what is known of the model's family. */
  modelLimits?: Readonly<Record<string, Partial<ModelLimits>>>;
  /** Agents that are graphs, by name; their models are called `graph:NAME`. */
  graphs?: ReadonlyMap<string, GraphAgent>;
  /** Of what models say. Absent: it is taken as it is. */
  redactor?: Redactor;
}

export const GRAPH_MODEL = "graph:";
const OFFLINE_CONTEXT_WINDOW = 1_000_000;
const OFFLINE_MAX_OUTPUT_TOKENS = 16_000;

/** Checks nothing yet: a name, a key or an address that cannot be used is refused when it is resolved. */
export function createModelProvider(options: ModelProviderOptions): ModelProvider {
  const { model: preferred = OFFLINE_MODEL, baseUrl, apiKey, redactor, replacedModels = {} } = options;
  const resolved = new Map<string | BaseChatModel, ResolvedModel>();
  let endpoint: Endpoint | undefined;
  const open = (wanted: string | BaseChatModel): ResolvedModel => {
    if (typeof wanted !== "string") return instanceModel(wanted, options);
    const graph = wanted.startsWith(GRAPH_MODEL) ? options.graphs?.get(wanted.slice(GRAPH_MODEL.length)) : undefined;
    if (graph !== undefined) {
      const price = ownPrice(options.prices ?? {}, wanted);
      return graphModel(graph, { id: wanted, use: useOf(options), price, limits: ownLimits(options, wanted) });
    }
    if (wanted === OFFLINE_MODEL) return offlineModel(options);
    endpoint ??= withoutKey(resolveEndpoint({ model: wanted, baseUrl, apiKey }), redactor);
    return endpointModel(wanted, endpoint, options);
  };
  return {
    resolve(spec) {
      const named = spec ?? preferred;
      const isReplaced = typeof named === "string" && Object.hasOwn(replacedModels, named);
      const wanted = isReplaced ? (replacedModels[named] ?? named) : named;
      const known = resolved.get(wanted);
      if (known !== undefined) return known;
      const opened = open(wanted);
      const model = redactor === undefined ? opened : redactedModel(opened, redactor);
      resolved.set(wanted, model);
      return model;
    },
  };
}

function useOf({ concurrency, rates }: ModelProviderOptions): Omit<EndpointUse, "key"> {
  return { concurrency, ...(rates === undefined ? {} : { rates }) };
}

function ownLimits({ modelLimits = {} }: ModelProviderOptions, model: string): Partial<ModelLimits> | undefined {
  return Object.hasOwn(modelLimits, model) ? modelLimits[model] : undefined;
}

/** The address stands in the journal as it is. */
function withoutKey(endpoint: Endpoint, redactor: Redactor | undefined): Endpoint {
  if (redactor?.holdsKey(endpoint.baseUrl) !== true) return endpoint;
  throw new SwarmError("CONFIG_INVALID", "the base URL must not hold a key that this process was given", {
    next: "give the key as OPENAI_API_KEY, and the address without it",
  });
}

function offlineModel({ concurrency }: ModelProviderOptions): ResolvedModel {
  return {
    id: OFFLINE_MODEL,
    chat: new OfflineChatModel(),
    contextWindow: OFFLINE_CONTEXT_WINDOW,
    maxOutputTokens: OFFLINE_MAX_OUTPUT_TOKENS,
    price: { input: 0, cachedInput: 0, output: 0, source: "offline: no provider" },
    endpoint: { key: OFFLINE_MODEL, concurrency },
    failure: () => ({ signal: undefined, reach: "unknown" }),
    inspect: () => undefined,
    usageOf,
    cachesPrompts: false,
    notice: OFFLINE_NOTICE,
    callOptions: ({ brief }) => (brief === undefined ? {} : { brief: () => brief }),
  };
}

const CONTEXT_WINDOW = 128_000;
const MAX_OUTPUT_TOKENS = 8_192;

/** The instance as it is: there is no common way to limit the output of any chat model. */
function instanceModel(instance: BaseChatModel, options: ModelProviderOptions): ResolvedModel {
  const id = idOf(instance);
  return {
    id,
    chat: instance,
    contextWindow: CONTEXT_WINDOW,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    price: ownPrice(options.prices ?? {}, id),
    endpoint: { key: `instance:${id}#${randomUUID()}`, ...useOf(options) },
    failure: (error) => failureOf(error),
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

/** A model of an OpenAI-compatible endpoint with all that the budget and the prompts need to know of it. */
function endpointModel(model: string, endpoint: Endpoint, options: ModelProviderOptions): ResolvedModel {
  const { baseUrl, apiKey, limiterKey } = endpoint;
  const quirks = quirksOf(model);
  const url = `${baseUrl}/chat/completions`;
  loadClientSoon();
  const proxy = proxyOf(new URL(baseUrl).protocol, process.env)?.url.host;
  const named = { ...limitsOf(model), ...ownLimits(options, model) };
  const refused = new RefusedParts(quirks.outputLimitField);
  const onReply = (): void => void (endpoint.hasAnswered = true);
  return {
    id: model,
    chat: new ChatCompletionsModel({ model, baseUrl, apiKey, quirks, refused, onReply }),
    get contextWindow() {
      return Math.min(named.contextWindow, refused.contextWindow);
    },
    get maxOutputTokens() {
      return Math.min(named.maxOutputTokens, refused.maxOutputTokens);
    },
    price: ownPrice(options.prices ?? {}, model) ?? priceOf(model, baseUrl),
    endpoint: { key: limiterKey, ...useOf(options) },
    failure: (error) => failureOf(error, { secrets: [apiKey], model, url, proxy, hasAnswered: endpoint.hasAnswered }),
    inspect: inspectReply,
    usageOf,
    callOptions: ({ outputTokens, onAnswer, isRead }): CompletionCallOptions =>
      defined({ outputTokens, onAnswer, isRead }),
  };
}
