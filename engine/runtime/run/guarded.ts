/** A lane never throws: what goes wrong in one of its nodes becomes a signal of that lane, and its siblings go on. */
import { GraphBubbleUp } from "@langchain/langgraph";
import { describeError, SwarmError } from "../../../state/errors.ts";
import type { Signal } from "../../../state/signal.ts";

/**
 * The signal that an unexpected error stands for. Throws on: LangGraph's own control flow, a stop from outside, and what
 * breaks the run as a whole (no disk, no database: every lane would meet it).
 */
export function signalOf(error: unknown, stopping: AbortSignal | undefined): Signal {
  if (isControlFlow(error) || stopping?.aborted === true) throw error;
  if (error instanceof SwarmError && error.fault === "system") throw error;
  return { kind: "agent-error", evidence: describeError(error) };
}

/** LangGraph's own control flow, and nothing that looks like it: a stranger may throw anything. */
export function isControlFlow(error: unknown): error is GraphBubbleUp {
  return error instanceof GraphBubbleUp;
}
