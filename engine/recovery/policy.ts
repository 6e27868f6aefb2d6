/**
 * The recovery policy: signal → ordered actions, as plain data that a user may read and change. The first action whose limit
 * is not used up is taken; a signal without one left ends the lane with its outcome.
 */
import { z } from "zod";
import type { Outcome } from "../../state/outcome.ts";
import { SIGNAL_KINDS, type SignalKind } from "../../state/signal.ts";

export const RecoveryAction = z.discriminatedUnion("do", [
  /** The same step again, after `backoffMs`, doubled with each firing up to `maxBackoffMs`; `retry-after` counts if longer. */
  z.strictObject({
    do: z.literal("retry"),
    max: z.int().min(1).max(100),
    backoffMs: z.int().min(0).max(600_000).default(1000),
    maxBackoffMs: z.int().min(0).max(600_000).default(30_000),
  }),
  /** Tells the model what was wrong with its output and lets it answer again, in the same conversation. */
  z.strictObject({ do: z.literal("repair"), max: z.int().min(1).max(20) }),
  /** A new attempt by the next best agent, with a fresh conversation. */
  z.strictObject({ do: z.literal("reassign"), max: z.int().min(1).max(10) }),
  z.strictObject({ do: z.literal("give-up") }),
]);
export type RecoveryAction = z.infer<typeof RecoveryAction>;

export const RecoveryPolicy = z.partialRecord(z.enum(SIGNAL_KINDS), z.array(RecoveryAction));
export type RecoveryPolicy = z.infer<typeof RecoveryPolicy>;
export type RecoveryPolicyInput = z.input<typeof RecoveryPolicy>;

const patient: RecoveryAction[] = [{ do: "retry", max: 6, backoffMs: 1000, maxBackoffMs: 30_000 }];
const brief: RecoveryAction[] = [{ do: "retry", max: 3, backoffMs: 500, maxBackoffMs: 8000 }];

/** What is not listed gives up at once. */
export const DEFAULT_RECOVERY: RecoveryPolicy = {
  "rate-limit": patient,
  server: patient,
  network: brief,
  timeout: brief,
  "truncated-stream": brief,
  "empty-answer": [
    { do: "retry", max: 1, backoffMs: 0, maxBackoffMs: 0 },
    { do: "reassign", max: 1 },
  ],
  "malformed-answer": [
    { do: "retry", max: 1, backoffMs: 0, maxBackoffMs: 0 },
    { do: "reassign", max: 1 },
  ],
  "invalid-output": [
    { do: "repair", max: 2 },
    { do: "reassign", max: 1 },
  ],
  "agent-error": [{ do: "reassign", max: 1 }],
};

/** The outcome of a lane whose signal is not recovered from (design section 5). */
export const OUTCOME_OF_SIGNAL: Readonly<Record<SignalKind, Outcome>> = {
  "rate-limit": "infra",
  quota: "infra",
  timeout: "infra",
  server: "infra",
  network: "infra",
  auth: "infra",
  "context-overflow": "failed",
  "content-filter": "failed",
  "bad-request": "failed",
  "truncated-stream": "infra",
  "output-limit": "failed",
  "empty-answer": "invalid",
  "malformed-answer": "invalid",
  "invalid-output": "invalid",
  "agent-failed": "failed",
  "agent-error": "failed",
  "steps-exceeded": "budget",
  idle: "stalled",
  deadline: "stalled",
  budget: "budget",
  cancelled: "cancelled",
};
