/**
 * Signals: typed observations that something went wrong, with their evidence. The recovery policy maps each kind to actions; a
 * signal is a value that the graph routes, never a throw.
 */
import type { CapName } from "./usage.ts";

export const SIGNAL_KINDS = [
  // What the provider or the network did.
  "rate-limit",
  "quota",
  "timeout",
  "server",
  "network",
  "auth",
  // Nothing there speaks the protocol; the model is not there, or not for this account.
  "endpoint",
  "model",
  "context-overflow",
  "content-filter",
  "bad-request",
  // The endpoint does not take a part of the request that can be left out, or be less: from now on it is.
  "parameter",
  "truncated-stream",
  "output-limit",
  "empty-answer",
  "malformed-answer",
  // What the agent did with its tools: all calls of a step failed.
  "tool-error",
  "unknown-tool",
  "invalid-arguments",
  // What the agent gave, or said.
  "invalid-output",
  "check-failed",
  // Words that do not stand where they are cited: said once, then it is a result all the same.
  "broken-citation",
  // A reply that is no result yet: it says what comes next, or declines, or states what documents say and cites none.
  "announced",
  "declined",
  "uncited",
  // What the artifacts are once all lanes have ended.
  "invariant-violated",
  "refusal",
  "not-found",
  "agent-failed",
  "agent-error",
  // Stalls: no token; the same again; nothing new; far beyond its siblings; out of time.
  "idle",
  "loop",
  "no-progress",
  "straggler",
  "deadline",
  // What ends a lane from outside.
  "steps-exceeded",
  "budget",
  "cancelled",
  "lost-worker",
] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

export interface Signal {
  kind: SignalKind;
  /** One line of evidence, fit for the journal and for `show`. */
  evidence: string;
  /** What the provider asked for by `retry-after`, if it did. */
  retryAfterMs?: number;
  /** Of `budget`: the cap that refused, and how high it was. */
  cap?: { name: CapName; at: number };
}
