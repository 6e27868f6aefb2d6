/** What is wrong with a reply that did come. Pure. */
import type { AIMessage } from "@langchain/core/messages";
import type { Signal } from "../../../state/signal.ts";
import { usageOf } from "./usage.ts";

/** A reply of a chat completions stream: it must say why it ended. Malformed tool-call arguments are the caller's to answer. */
export function inspectReply(message: AIMessage): Signal | undefined {
  const reason = finishReason(message);
  if (reason === undefined)
    return { kind: "truncated-stream", evidence: "the stream ended without a finish reason: the reply is cut off" };
  return badEnd(message, reason) ?? refusalIn(message) ?? emptyAnswer(message, reason);
}

/** A reply of any chat model: not every provider tells why it ended. */
export function inspectAnyReply(message: AIMessage): Signal | undefined {
  const reason = finishReason(message);
  return (
    (reason === undefined ? undefined : badEnd(message, reason)) ?? refusalIn(message) ?? emptyAnswer(message, reason)
  );
}

function badEnd(message: AIMessage, reason: string): Signal | undefined {
  if (reason === "content_filter")
    return { kind: "content-filter", evidence: "the provider's content filter stopped the reply" };
  if (reason !== "length" && reason !== "max_tokens") return undefined;
  const tokens = usageOf(message)?.outputTokens;
  const where = tokens === undefined ? "the output limit" : `${tokens} output tokens`;
  return { kind: "output-limit", evidence: `the reply was cut off at ${where} (finish reason ${reason})` };
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

function hasToolCalls(message: AIMessage): boolean {
  return (message.tool_calls?.length ?? 0) > 0 || (message.invalid_tool_calls?.length ?? 0) > 0;
}

function finishReason(message: AIMessage): string | undefined {
  const { finish_reason, stop_reason } = message.response_metadata;
  return [finish_reason, stop_reason].find((reason): reason is string => typeof reason === "string" && reason !== "");
}
