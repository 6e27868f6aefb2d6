/**
 * What `doctor` says of the endpoint and of every model that the run, its agents or their recovery may call: each is asked for a
 * word. Nothing else is contacted, and the key is never shown.
 */
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { createModelProvider } from "../../../adapters/models/model-provider.ts";
import { OFFLINE_MODEL } from "../../../adapters/models/offline/offline-chat-model.ts";
import { resolveEndpoint, type Endpoint } from "../../../adapters/models/openai/endpoint.ts";
import { proxyOf } from "../../../adapters/models/openai/http-client.ts";
import { listModels, type Listing } from "../../../adapters/models/openai/list-models.ts";
import type { Price, ResolvedModel } from "../../../engine/ports/models.ts";
import type { AgentProfile } from "../../../state/agent-profile.ts";
import { many } from "../../../state/amounts.ts";
import { describeError } from "../../../state/errors.ts";
import type { RecoveryPolicy } from "../../../state/recovery-policy.ts";
import type { RunConfig } from "../../config/run-config.ts";
import { pricesOf } from "../../config/run-settings.ts";
import { modelsNamed } from "../../price-check.ts";
import { listed } from "../../../state/plain-text.ts";

const LIST_MS = 3000;
/** A server of one's own may have to load the model first. */
const TRY_MS = 30_000;
const TRY_TOKENS = 16;
const SHOWN_MODELS = 8;
/** What is wrong with a reply that is cut short on purpose. */
const ENOUGH = new Set(["output-limit", "empty-answer"]);

export async function endpointFindings({ config, agents, recovery, endpoint }: Configured): Promise<Finding[]> {
  const names = new Set([...modelsNamed({ agents, recovery })].map((spec) => spec ?? config.model ?? OFFLINE_MODEL));
  const asked = [...names].filter((name) => name !== OFFLINE_MODEL);
  const offline = names.has(OFFLINE_MODEL) ? [OFFLINE] : [];
  const [first] = asked;
  if (first === undefined) return offline;
  try {
    const place = resolveEndpoint({ model: first, ...endpoint });
    const models = createModelProvider({ concurrency: 1, ...endpoint });
    const listing = await listModels(place, AbortSignal.timeout(LIST_MS));
    const about = [...offline, keyFinding(endpoint.apiKey), ...proxyFindings(place)];
    if (listing.kind === "silent") return [...about, { what: "endpoint", is: listing.words, problem: true }];
    const tried = await Promise.all(
      asked.map((name) => {
        const users = agents.filter(({ model }) => model === name).map((agent) => agent.name);
        return tryModel(models.resolve(name), { users, listing });
      }),
    );
    return [...about, await endpointFinding(place, listing, tried), ...tried];
  } catch (error) {
    return [...offline, { what: "model", is: describeError(error), problem: true }];
  }
}

const OFFLINE: Finding = {
  what: "model",
  is: "offline: the built-in extractive engine, no language model; choose one with --model and --base-url",
};

function keyFinding(apiKey: string | undefined): Finding {
  return { what: "key", is: apiKey === undefined ? "OPENAI_API_KEY is not set" : "OPENAI_API_KEY is set" };
}

function proxyFindings({ baseUrl }: Endpoint): Finding[] {
  const proxy = proxyOf(new URL(baseUrl).protocol, process.env);
  if (proxy === undefined) return [];
  const left = process.env["no_proxy"] ?? process.env["NO_PROXY"] ?? "";
  return [{ what: "proxy", is: `${proxy.url.host} (${proxy.name})${left === "" ? "" : `, but not for ${left}`}` }];
}

/** An endpoint need not list its models; where none of them answers either, its address is suspect. */
async function endpointFinding(place: Endpoint, listing: Listing, tried: readonly Finding[]): Promise<Finding> {
  const { baseUrl } = place;
  if (listing.kind === "listed")
    return { what: "endpoint", is: `${baseUrl} answers, and lists ${many(listing.models.length, "model")}` };
  const isUsable = tried.some(({ problem }) => problem !== true);
  if (isUsable) return { what: "endpoint", is: `${baseUrl} answers, and lists no models` };
  const below = { ...place, baseUrl: `${baseUrl}/v1` };
  const isBelow = !baseUrl.endsWith("/v1") && (await listModels(below, AbortSignal.timeout(LIST_MS))).kind === "listed";
  const hint = isBelow ? `; ${below.baseUrl} lists models: give that as the base URL` : "";
  return { what: "endpoint", is: `${listing.words}${hint}`, problem: true };
}

async function tryModel(
  model: ResolvedModel,
  { users, listing }: { users: readonly string[]; listing: Listing },
): Promise<Finding> {
  const { id, contextWindow } = model;
  const of = users.length === 0 ? "" : ` (${users.join(", ")})`;
  const wrong = await failureOf(model);
  const isMissing = listing.kind === "listed" && !listing.models.includes(id);
  if (wrong === undefined) {
    const note = isMissing ? ", though the endpoint does not list it" : "";
    return { what: "model", is: `${id}${of} answers${note}; context of ${contextWindow} tokens` };
  }
  const listed = isMissing ? `; the endpoint lists ${shown(listing.models)}` : "";
  return { what: "model", is: `${id}${of} does not answer: ${wrong}${listed}`, problem: true };
}

async function failureOf(model: ResolvedModel): Promise<string | undefined> {
  const signal = AbortSignal.timeout(TRY_MS);
  try {
    return await wordOf(model, signal);
  } catch (error) {
    if (signal.aborted) return `nothing came within ${TRY_MS / 1000} s`;
    return model.failure(error).signal?.evidence ?? describeError(error);
  }
}

/** As a run does, it goes without what the endpoint refuses of the request. */
async function wordOf(model: ResolvedModel, signal: AbortSignal): Promise<string | undefined> {
  try {
    const messages = [new HumanMessage("Answer with one word: ready")];
    const options = { ...model.callOptions?.({ outputTokens: TRY_TOKENS }), signal };
    const { generations } = await model.chat._generate(messages, options);
    const message = generations[0]?.message;
    const trouble = AIMessage.isInstance(message) ? model.inspect(message) : undefined;
    return trouble === undefined || ENOUGH.has(trouble.kind) ? undefined : trouble.evidence;
  } catch (error) {
    if (model.failure(error).signal?.kind === "parameter") return wordOf(model, signal);
    throw error;
  }
}

function shown(models: readonly string[]): string {
  return listed(models, SHOWN_MODELS) || "none";
}

export interface Finding {
  what: string;
  is: string;
  problem?: true;
}

interface Configured {
  config: RunConfig;
  agents: readonly AgentProfile[];
  recovery: RecoveryPolicy;
  endpoint: { baseUrl: string | undefined; apiKey: string | undefined };
}

/** One line a model, and one an entry of the user's own table. A model without a price is a problem only where money is capped. */
export function priceFindings({ config, agents, recovery, endpoint }: Configured): Finding[] {
  const own = pricesOf(config.prices ?? {});
  const models = createModelProvider({ concurrency: 1, prices: own, model: config.model, ...endpoint });
  const isCapped = [config, ...agents.map(({ budget }) => budget)].some((cap) => cap?.maxUsd !== undefined);
  const named = [...modelsNamed({ agents, recovery })].map((spec): Finding => {
    try {
      const { id, price } = models.resolve(spec);
      if (price !== undefined) return { what: "price", is: `${id}: ${priceText(price)}` };
      return { what: "price", is: `${id}: unknown; ${HOW_TO_GIVE_ONE}`, ...(isCapped ? { problem: true } : {}) };
    } catch (error) {
      return { what: "price", is: `${spec ?? "the run's model"}: ${describeError(error)}`, problem: true };
    }
  });
  const table = Object.entries(own).map(([name, price]) => ({ what: "own price", is: `${name}: ${priceText(price)}` }));
  return [...named, ...table];
}

const HOW_TO_GIVE_ONE = "--max-usd needs one in --config (prices: { model: { input: 1, output: 4 } })";

function priceText({ input, cachedInput, output, source }: Price): string {
  return `USD ${input} in, ${cachedInput} cached in, ${output} out per million tokens (${source})`;
}
