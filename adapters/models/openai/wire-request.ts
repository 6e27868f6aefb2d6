/**
 * A request in the words of the chat completions protocol: the order of its turns, what models do differently, as data (one row per family,
 * the first that matches the model's id counts), and what an endpoint does not take of it, learned from its refusals.
 *
 * Two things need no row, because every model is treated alike: no sampling parameter is ever sent (Kimi fixes them, and
 * reasoning models refuse them), and every call is streamed (Kimi drops others after about three minutes).
 */
import type { BaseChatModelCallOptions, BindToolsInput } from "@langchain/core/language_models/chat_models";
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { convertLangChainToolCallToOpenAI } from "@langchain/core/output_parsers/openai_tools";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import type { ModelLimits } from "../../../engine/ports/models.ts";
import { messageText } from "../../../state/plain-text.ts";
import { RefusedCall } from "./refused-call.ts";

export type WireTool = ReturnType<typeof convertToOpenAITool>;

/** All of a request but its messages. What is undefined is not sent. */
export type WireRequest = {
  model: string;
  stop?: string[];
  stream: true;
  tools?: WireTool[];
  tool_choice?: string | object;
  stream_options: { include_usage: true };
  max_tokens?: number;
  max_completion_tokens?: number;
};

/** By LangChain's names of their kinds; all others are a user's. */
const ROLES: Readonly<Record<string, string>> = { system: "system", ai: "assistant", tool: "tool" };
/** All other choices are names of tools. */
const CHOICES: Readonly<Record<string, string>> = { any: "required", required: "required", auto: "auto", none: "none" };

/** A message without its thinking: text, and what it calls or answers. */
export function wireMessage(message: BaseMessage): Record<string, unknown> {
  const { name } = message;
  const calls = AIMessage.isInstance(message) ? (message.tool_calls ?? []) : [];
  return {
    role: ROLES[message.type] ?? "user",
    content: messageText(message),
    ...(name === undefined ? {} : { name }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => convertLangChainToolCallToOpenAI(call)) }),
    ...(ToolMessage.isInstance(message) ? { tool_call_id: message.tool_call_id } : {}),
  };
}

/** As LangChain's tools describe themselves; one that is in the protocol's words already stays as it is. */
export function wireTool(tool: BindToolsInput): WireTool {
  return convertToOpenAITool(tool);
}

export function wireToolChoice(choice: BaseChatModelCallOptions["tool_choice"]): WireRequest["tool_choice"] {
  if (typeof choice !== "string") return choice;
  return CHOICES[choice] ?? { type: "function", function: { name: choice } };
}

/**
 * The order of turns that every server takes: after the answers of tools comes the assistant, and users do not speak twice in a row.
 * What is told on the side goes to the end of the message before it. Pure; a conversation that only grows keeps its beginning.
 */
export function inTurns(messages: readonly BaseMessage[]): BaseMessage[] {
  const ordered: BaseMessage[] = [];
  for (const message of messages) {
    const before = ordered.at(-1);
    const joined = before !== undefined && HumanMessage.isInstance(message) ? joinedTo(before, message) : undefined;
    if (joined === undefined) ordered.push(message);
    else ordered[ordered.length - 1] = joined;
  }
  return ordered;
}

/** Undefined where they cannot be one message: the turn is the assistant's, or there is more than text. */
function joinedTo(before: BaseMessage, said: BaseMessage): BaseMessage | undefined {
  if (typeof before.content !== "string" || typeof said.content !== "string") return undefined;
  const content = `${before.content}\n\n${said.content}`;
  if (HumanMessage.isInstance(before)) return new HumanMessage({ content });
  return ToolMessage.isInstance(before) ? new ToolMessage({ content, tool_call_id: before.tool_call_id }) : undefined;
}

export interface ModelQuirks {
  outputLimitField: "max_tokens" | "max_completion_tokens";
  /** Assistant messages go back with the `reasoning_content` that they came with, tool calls always with one. */
  replayReasoning: boolean;
  /** Any `tool_choice` but `auto` is refused: it is left out, and with `none` the tools are as well. */
  toolChoiceAutoOnly: boolean;
}

interface Family<Facts> {
  /** Matched against the id's last part, in lower case: `moonshotai/Kimi-K2.6` is `kimi-k2.6`. */
  id: RegExp;
  facts: Facts;
}

const PLAIN: ModelQuirks = { outputLimitField: "max_tokens", replayReasoning: false, toolChoiceAutoOnly: false };

const QUIRKS: readonly Family<Partial<ModelQuirks>>[] = [
  { id: /^(kimi|moonshot)/, facts: { replayReasoning: true, toolChoiceAutoOnly: true } },
  { id: /^(o\d|gpt-[5-9])/, facts: { outputLimitField: "max_completion_tokens" } },
];

const UNKNOWN: ModelLimits = { contextWindow: 128_000, maxOutputTokens: 8_192 };

const LIMITS: readonly Family<ModelLimits>[] = [
  { id: /^kimi-k2-0711/, facts: { contextWindow: 131_072, maxOutputTokens: 16_384 } },
  { id: /^kimi-(k[2-9]|for-coding|latest)/, facts: { contextWindow: 262_144, maxOutputTokens: 32_768 } },
  { id: /^moonshot-v1-8k/, facts: { contextWindow: 8_192, maxOutputTokens: 2_048 } },
  { id: /^moonshot-v1-32k/, facts: { contextWindow: 32_768, maxOutputTokens: 8_192 } },
  { id: /^gpt-4\.1/, facts: { contextWindow: 1_047_576, maxOutputTokens: 16_384 } },
  { id: /^gpt-4o/, facts: { contextWindow: 128_000, maxOutputTokens: 16_384 } },
  { id: /^gpt-5-chat/, facts: { contextWindow: 128_000, maxOutputTokens: 16_384 } },
  { id: /^gpt-[5-9]/, facts: { contextWindow: 400_000, maxOutputTokens: 32_768 } },
  { id: /^o\d/, facts: { contextWindow: 200_000, maxOutputTokens: 32_768 } },
  { id: /^claude/, facts: { contextWindow: 200_000, maxOutputTokens: 16_384 } },
  { id: /^gemini-(2\.5|[3-9])/, facts: { contextWindow: 1_048_576, maxOutputTokens: 32_768 } },
];

export function quirksOf(model: string): ModelQuirks {
  return { ...PLAIN, ...firstMatch(QUIRKS, model) };
}

export function limitsOf(model: string): ModelLimits {
  return firstMatch(LIMITS, model) ?? UNKNOWN;
}

function firstMatch<Facts>(families: readonly Family<Facts>[], model: string): Facts | undefined {
  const id = (model.split("/").at(-1) ?? model).toLowerCase();
  return families.find((family) => family.id.test(id))?.facts;
}

type SentRequest = Readonly<Record<string, unknown>>;
type LimitField = ModelQuirks["outputLimitField"];

/** Without these there is no request. */
const NEEDED = new Set(["model", "messages", "stream", "tools"]);
const LIMIT_FIELDS: readonly LimitField[] = ["max_tokens", "max_completion_tokens"];
const OUT_OF_RANGE = /too (large|high|big)|at most|exceed|greater than|less than|maximum|\brange\b/i;
const WINDOW_WORDS = /context (?:length|window|size)[^\d]{0,40}(\d[\d,]*)/i;
/** Of a window that was learned, at most so much is asked for as output: the input needs the rest. */
const OUTPUT_SHARE = 0.25;

/** A refusal that has taught something: the same call may pass now. */
export class RefusedPart extends RefusedCall {
  /** What was learned, in words. */
  readonly lesson: string;

  constructor(lesson: string, refusal: RefusedCall) {
    super(refusal.message, refusal);
    this.lesson = lesson;
  }
}

/**
 * What an endpoint does not take, once for each model of it: optional parameters by their names, how its output limit is called, how much it
 * may be, and how large its window is. The call that was refused is the caller's to take again.
 */
export class RefusedParts {
  readonly #leftOut = new Set<string>();
  #limitField: LimitField;
  #triedFields = 1;
  contextWindow = Infinity;
  maxOutputTokens = Infinity;

  constructor(limitField: LimitField) {
    this.#limitField = limitField;
  }

  /** The request as the endpoint takes it, as far as is known. */
  fit<R extends SentRequest>(request: R, outputTokens: number | undefined): R {
    const limit = outputTokens === undefined ? undefined : Math.min(outputTokens, this.maxOutputTokens);
    const kept = Object.entries(request).filter(
      ([name]) => !this.#leftOut.has(name) && LIMIT_FIELDS.every((field) => field !== name),
    );
    return Object.fromEntries([...kept, ...(limit === undefined ? [] : [[this.#limitField, limit]])]) as R;
  }

  learn(error: unknown, sent: SentRequest): unknown {
    if (!(error instanceof RefusedCall) || (error.status !== 400 && error.status !== 422)) return error;
    const lesson = this.#window(error.message, sent) ?? this.#parameter(error.message, sent);
    return lesson === undefined ? error : new RefusedPart(lesson, error);
  }

  #window(words: string, sent: SentRequest): string | undefined {
    const tokens = Number(WINDOW_WORDS.exec(words)?.[1]?.replaceAll(",", ""));
    if (!(tokens >= 256)) return undefined;
    this.contextWindow = Math.min(this.contextWindow, tokens);
    const asked = sent[this.#limitField];
    const most = Math.floor(OUTPUT_SHARE * tokens);
    // A smaller output would not have helped: the input alone is too long.
    if (typeof asked !== "number" || asked <= most) return undefined;
    this.maxOutputTokens = Math.min(this.maxOutputTokens, most);
    return `the endpoint's window holds ${tokens} tokens: ${most} are asked for as output from now on`;
  }

  #parameter(words: string, sent: SentRequest): string | undefined {
    const name = Object.keys(sent).find(
      (known) => sent[known] !== undefined && !NEEDED.has(known) && isNamed(known, words),
    );
    if (name === undefined) return undefined;
    if (name === this.#limitField) return this.#outputLimit(words, Number(sent[name]));
    this.#leftOut.add(name);
    return `the endpoint refuses ${name}: it is left out from now on`;
  }

  /** It carries a cap, so it is never left out: it is called otherwise, or becomes less. */
  #outputLimit(words: string, asked: number): string | undefined {
    const name = this.#limitField;
    const other = LIMIT_FIELDS.find((field) => field !== name) ?? name;
    if (!OUT_OF_RANGE.test(words)) {
      if (this.#triedFields === LIMIT_FIELDS.length) return undefined;
      this.#triedFields += 1;
      this.#limitField = other;
      return `the endpoint refuses ${name}: the limit is sent as ${other} from now on`;
    }
    const told = [...words.matchAll(/\d+/g)].map(([digits]) => Number(digits)).filter((figure) => figure < asked);
    const most = Math.max(0, ...told.filter((figure) => figure >= 16));
    if (most === 0) return undefined;
    this.maxOutputTokens = Math.min(this.maxOutputTokens, most);
    return `the endpoint writes ${most} tokens at most: so many are asked for from now on`;
  }
}

/** As a word of its own, in quotes or not. */
function isNamed(name: string, words: string): boolean {
  return new RegExp(`(?<![\\w.-])${name}(?![\\w-])`).test(words);
}
