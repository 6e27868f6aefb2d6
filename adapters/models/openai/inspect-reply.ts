/** What is wrong with a reply that did come, and what it has cost. Pure. */
import { AIMessage } from "@langchain/core/messages";
import { finishReason, hasToolCalls, missingCall, plainReason } from "../../../engine/policy/reply/reply-message.ts";
import type { Signal } from "../../../state/signal.ts";
import type { TokenUsage } from "../../../engine/ports/models.ts";
import { fieldOf } from "../../../state/is-record.ts";

/** Reasons with which models end, in the words of many providers, without separators. */
const GOOD_ENDS = wordSet(
  "stop eos eostoken endturn endofturn stopsequence stoptoken complete completed done " +
    "toolcalls toolcall tooluse functioncall unspecified finishreasonunspecified",
);
const LIMIT_ENDS = wordSet("length maxtokens maxoutputtokens maxcompletiontokens modellength tokenlimit");
const FILTER_ENDS = wordSet(
  "contentfilter contentfiltered safety sensitive recitation blocklist prohibitedcontent spii",
);
/** Ends for which neither the model nor its limits are the cause. */
const BROKEN_ENDS = /error|insufficient|abort|cancel|timeout|overload|unavailable|malformed|fail/;

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(" "));
}

/**
 * A reply of a chat completions stream: it must say why it ended, and in a way that is known for a good one. Malformed tool-call
 * arguments are the caller's to answer.
 */
export function inspectReply(message: AIMessage): Signal | undefined {
  const reason = finishReason(message);
  if (reason === undefined)
    return { kind: "truncated-stream", evidence: "the stream ended without a finish reason: the reply is cut off" };
  return (
    badEnd(message, reason) ??
    (GOOD_ENDS.has(plainReason(reason)) ? undefined : brokenEnd(reason)) ??
    refusalIn(message) ??
    emptyAnswer(message, reason)
  );
}

/** A reply of any chat model: not every provider tells why it ended, and each has its own words for it. */
export function inspectAnyReply(message: AIMessage): Signal | undefined {
  const reason = finishReason(message);
  return (
    (reason === undefined ? undefined : badEnd(message, reason)) ?? refusalIn(message) ?? emptyAnswer(message, reason)
  );
}

function badEnd(message: AIMessage, reason: string): Signal | undefined {
  const end = plainReason(reason);
  if (FILTER_ENDS.has(end))
    return { kind: "content-filter", evidence: "the provider's content filter stopped the reply" };
  if (BROKEN_ENDS.test(end)) return brokenEnd(reason);
  // A call that is written in the text is found by whoever knows the tools.
  const missing = message.text.trim() === "" ? missingCall(message) : undefined;
  if (missing !== undefined) return { kind: "empty-answer", evidence: missing };
  if (!LIMIT_ENDS.has(end)) return undefined;
  const tokens = usageOf(message)?.outputTokens;
  const where = tokens === undefined ? "the output limit" : `${tokens} output tokens`;
  return { kind: "output-limit", evidence: `the reply was cut off at ${where} (finish reason ${reason})` };
}

/** Not the model's end: what it has written so far is no answer. */
function brokenEnd(reason: string): Signal {
  const shown = JSON.stringify(reason.slice(0, 60));
  return { kind: "truncated-stream", evidence: `the provider broke the reply off (finish reason ${shown})` };
}

/** The protocol has a field of its own for it: no text is read for its tone. */
function refusalIn(message: AIMessage): Signal | undefined {
  const { refusal } = message.additional_kwargs;
  if (typeof refusal !== "string" || refusal.trim() === "") return undefined;
  return { kind: "refusal", evidence: `the model refuses: ${refusal.replace(/\s+/g, " ").trim().slice(0, 300)}` };
}

function emptyAnswer(message: AIMessage, reason: string | undefined): Signal | undefined {
  if (message.text.trim() !== "" || hasToolCalls(message)) return undefined;
  return {
    kind: "empty-answer",
    evidence: `the reply has neither text nor tool calls (finish reason ${reason ?? "not given"})`,
  };
}

/** Of a message, the raw usage first: it alone has cached tokens in every dialect. Undefined where the provider did not say. */
export function usageOf(answer: unknown): TokenUsage | undefined {
  const usage =
    usageFromWire(fieldOf(fieldOf(answer, "response_metadata"), "usage")) ??
    usageFromMetadata(fieldOf(answer, "usage_metadata"));
  // No reply is written for nothing: who says so does not count.
  return usage?.outputTokens === 0 && isWritten(answer) ? undefined : usage;
}

function isWritten(answer: unknown): boolean {
  return AIMessage.isInstance(answer) && (answer.text !== "" || hasToolCalls(answer));
}

/** From the `usage` object of a chat completion: OpenAI's, Kimi's (`cached_tokens`) or DeepSeek's (`prompt_cache_hit_tokens`). */
export function usageFromWire(usage: unknown): TokenUsage | undefined {
  const cached =
    count(fieldOf(fieldOf(usage, "prompt_tokens_details"), "cached_tokens")) ??
    count(fieldOf(usage, "cached_tokens")) ??
    count(fieldOf(usage, "prompt_cache_hit_tokens"));
  const [input, output] = [fieldOf(usage, "prompt_tokens"), fieldOf(usage, "completion_tokens")];
  return tokenUsage({ input, output, total: fieldOf(usage, "total_tokens"), cached });
}

export function usageFromMetadata(usage: unknown): TokenUsage | undefined {
  const cached = count(fieldOf(fieldOf(usage, "input_token_details"), "cache_read"));
  const [input, output] = [fieldOf(usage, "input_tokens"), fieldOf(usage, "output_tokens")];
  return tokenUsage({ input, output, total: fieldOf(usage, "total_tokens"), cached });
}

interface Told {
  input: unknown;
  output: unknown;
  total: unknown;
  cached: number | undefined;
}

/** Gemini and Grok count what is thought in the total alone; it is billed as output. */
function tokenUsage({ input, output, total, cached = 0 }: Told): TokenUsage | undefined {
  const inputTokens = count(input);
  const written = count(output);
  // No prompt has no tokens: who says so does not count.
  if (inputTokens === undefined || written === undefined || inputTokens === 0) return undefined;
  const outputTokens = Math.max(written, (count(total) ?? 0) - inputTokens);
  return { inputTokens, cachedInputTokens: Math.min(cached, inputTokens), outputTokens };
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
