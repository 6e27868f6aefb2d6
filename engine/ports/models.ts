/** A chat model, with what the budget and the prompts need to know of it. Owns no behaviour. */
import type { AIMessage } from "@langchain/core/messages";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { Signal } from "../../state/signal.ts";
import type { RedactedCounts } from "../../state/redaction.ts";
import type { TurnBrief } from "./brief.ts";
import type { GraphTurn } from "./graphs.ts";
import type { RateCaps, RateLimits } from "./limits.ts";

/** US dollars per million tokens. */
export interface Price {
  input: number;
  cachedInput: number;
  output: number;
  /** Where the figure is from and when. */
  source: string;
}

export interface TokenUsage {
  inputTokens: number;
  /** The part of `inputTokens` that came from the provider's prompt cache. */
  cachedInputTokens: number;
  outputTokens: number;
  /** Model turns, of a graph that took several in one call. Absent: one. */
  steps?: number;
}

export interface ModelLimits {
  /** Tokens of input and output together that one call can hold. */
  contextWindow: number;
  /** The output limit that a call carries where tokens or money are capped: less than the model could. */
  maxOutputTokens: number;
}

/** Where calls go, and what the user allows of it. */
export interface EndpointUse {
  /** One limiter per endpoint and key. */
  key: string;
  /** How many calls may be in flight at once. */
  concurrency: number;
  /** A minute, at most. */
  rates?: RateCaps;
}

/** `unreached`: it never left; `refused`: the provider said no before it worked; `unknown`: it may have been done, and billed. */
export type Reach = "unreached" | "refused" | "unknown";

/** What a call that failed has come to, by what its client threw. */
export interface Failure {
  /** Undefined: it is not the provider's doing. */
  signal: Signal | undefined;
  reach: Reach;
  /** Tokens as the provider counted them; absent: it did not say. */
  counted?: TokenUsage | undefined;
  /** What a refusal says of the endpoint's limits. */
  limits?: RateLimits | undefined;
}

/** What is asked of a client in one call, beside the messages. */
export interface CallRequest {
  /** As many output tokens at most; absent: as many as the provider allows. */
  outputTokens?: number | undefined;
  /** Told what an answer says of the endpoint's limits when it comes; it is read once this resolves. */
  onAnswer?: ((limits: RateLimits | undefined) => Promise<void>) | undefined;
  /** What is asked for, as data: for a model that does not read its prompts. */
  brief?: TurnBrief | undefined;
  /** People read the reply as it comes. */
  isRead?: boolean;
  /** Told what was taken out of the reply, once, where something was. */
  onRedacted?: ((counts: RedactedCounts) => void) | undefined;
  /** Of a call of a graph: where it goes on, and what it may take. */
  graph?: (GraphTurn & { tokens: number | undefined }) | undefined;
}

/** A chat model with what the budget and the prompts need to know of it. */
export interface ResolvedModel extends ModelLimits {
  id: string;
  readonly chat: BaseChatModel;
  price: Price | undefined;
  endpoint: EndpointUse;
  failure(error: unknown): Failure;
  /** What is wrong with a reply that did come: cut off, filtered. Undefined: nothing. */
  inspect(message: AIMessage): Signal | undefined;
  /** Tokens as the provider counted them; undefined: it did not say. */
  usageOf(message: AIMessage): TokenUsage | undefined;
  /** What it says of itself below each answer; only one that reads by rule has one (`readsByRule`). */
  notice?: string;
  /** False: there is no prompt cache that a first request could warm. */
  cachesPrompts?: boolean;
  /** Those of LangChain's options of a call by which this model's client does what is asked of it; what it cannot do it leaves out. */
  callOptions?(request: CallRequest): object;
}

/** No language model: asked again it says the same, and nobody pays for what it reads. */
export function readsByRule({ notice }: Pick<ResolvedModel, "notice">): boolean {
  return notice !== undefined;
}

export interface ModelProvider {
  /** Throws SwarmError `CONFIG_INVALID` or `KEY_MISSING` for a model that cannot be used. */
  resolve(spec: string | undefined): ResolvedModel;
}
