/**
 * Signals: typed observations that something went wrong in a lane, with their evidence. The recovery policy maps each kind
 * to actions; a signal is a value that the graph routes, never a throw.
 */
export const SIGNAL_KINDS = [
  "rate-limit",
  "quota",
  "timeout",
  "server",
  "network",
  "auth",
  "context-overflow",
  "content-filter",
  "bad-request",
  "truncated-stream",
  "output-limit",
  "empty-answer",
  "malformed-answer",
  "invalid-output",
  "agent-failed",
  "agent-error",
  "steps-exceeded",
  "idle",
  "deadline",
  "budget",
  "cancelled",
] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

export interface Signal {
  kind: SignalKind;
  /** One line of evidence, fit for the journal and for `show`. */
  evidence: string;
  /** What the provider asked for by `retry-after`, if it did. */
  retryAfterMs?: number;
}

/** Signals that speak of the infrastructure: never the agent's fault, never an answer (G7). */
export const INFRASTRUCTURE_SIGNALS: ReadonlySet<SignalKind> = new Set([
  "rate-limit",
  "quota",
  "timeout",
  "server",
  "network",
  "auth",
  "truncated-stream",
]);
