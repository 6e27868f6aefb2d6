/**
 * Replies that end as if they called a tool, and have no call: what they say is what the model was about to do, and no result.
 * Pure.
 */
import type { AIMessage } from "@langchain/core/messages";

/** Reasons with which models end on a call, in the words of many providers, without separators. */
const CALL_ENDS = new Set(["toolcalls", "toolcall", "tooluse", "functioncall"]);
const MISSING_CALL =
  "it ends as if it called a tool, but has no call; call tools as your interface has it, or answer in words alone";

/** Why the provider says that the reply ended; undefined: it does not say. */
export function finishReason({ response_metadata }: AIMessage): string | undefined {
  const { finish_reason, stop_reason } = response_metadata;
  return [finish_reason, stop_reason].find((reason): reason is string => typeof reason === "string" && reason !== "");
}

/** A reason without case and separators. */
export function plainReason(reason: string): string {
  return reason.toLowerCase().replace(/[^a-z]/g, "");
}

export function hasToolCalls({ tool_calls, invalid_tool_calls }: AIMessage): boolean {
  return (tool_calls?.length ?? 0) > 0 || (invalid_tool_calls?.length ?? 0) > 0;
}

/** Of a reply whose calls have been understood, those in its text too: what is wrong where one is missing. */
export function missingCall(message: AIMessage): string | undefined {
  const isCalling = CALL_ENDS.has(plainReason(finishReason(message) ?? ""));
  return isCalling && !hasToolCalls(message) ? MISSING_CALL : undefined;
}
