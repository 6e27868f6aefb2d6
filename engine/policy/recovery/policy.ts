/**
 * The default recovery policy, and what a signal means that is not recovered from. The shapes stand in
 * state/recovery-policy.ts.
 */
import type { Outcome } from "../../../state/outcome.ts";
import type { RecoveryAction, RecoveryPolicy } from "../../../state/recovery-policy.ts";
import type { SignalKind } from "../../../state/signal.ts";

const retry = (max: number, backoffMs: number, maxBackoffMs: number): RecoveryAction => ({
  do: "retry",
  max,
  backoffMs,
  maxBackoffMs,
  jitter: 0.2,
});
/** Trouble at the provider passes; a minute and more of it is borne. */
const patient: RecoveryAction[] = [retry(8, 1000, 30_000)];
const brief: RecoveryAction[] = [retry(4, 500, 8000)];
const reassign: RecoveryAction = { do: "reassign", max: 1 };
const repair = (max: number): RecoveryAction => ({ do: "repair", max });
const split: RecoveryAction = { do: "split", max: 1, parts: 5 };
const pause: RecoveryAction = { do: "pause-run", max: 20 };

/** Every lane would meet the same: the run stops at once and goes on when the cause is mended. */
const PAUSING = { quota: [pause], auth: [pause], endpoint: [pause], model: [pause] } satisfies RecoveryPolicy;
export type PausingKind = keyof typeof PAUSING;

/** What is not listed gives up at once. */
export const DEFAULT_RECOVERY: RecoveryPolicy = {
  "rate-limit": patient,
  server: patient,
  network: brief,
  timeout: brief,
  "truncated-stream": brief,
  idle: [retry(3, 0, 0), reassign],
  ...PAUSING,
  // Each teaches one thing, and the calls that were under way meanwhile are refused for the same.
  parameter: [retry(10, 0, 0)],
  "context-overflow": [{ do: "compact", max: 20 }, split],
  // Thoughts alone, above all: the model is told that nobody heard them.
  "empty-answer": [retry(1, 0, 0), repair(1), reassign],
  "output-limit": [repair(1)],
  "malformed-answer": [retry(1, 0, 0), reassign],
  // The model is told at once and each time, and loses the subtask after a dozen of them.
  "tool-error": [repair(12), reassign],
  "unknown-tool": [repair(12), reassign],
  "invalid-arguments": [repair(12), reassign],
  "invalid-output": [repair(2), reassign],
  "check-failed": [repair(2), reassign],
  // What is still broken after that is marked in the answer.
  "broken-citation": [repair(1)],
  announced: [repair(2), reassign],
  declined: [repair(1), reassign],
  // Told once: a result that stays without is a result.
  uncited: [repair(1)],
  // Mended by a subtask of its own.
  "invariant-violated": [repair(2)],
  refusal: [reassign],
  "agent-error": [reassign],
  // Told early and often, taken away late: some tools are there to be asked again.
  loop: [repair(4), reassign],
  "no-progress": [repair(2), reassign],
  straggler: [{ do: "hedge", max: 3 }],
  "lost-worker": [retry(100, 0, 0)],
};

/** The outcome of a lane whose signal is not recovered from. */
export const OUTCOME_OF_SIGNAL: Readonly<Record<SignalKind, Outcome>> = {
  "rate-limit": "infra",
  quota: "infra",
  timeout: "infra",
  server: "infra",
  network: "infra",
  auth: "infra",
  endpoint: "infra",
  model: "infra",
  parameter: "infra",
  "truncated-stream": "infra",
  "lost-worker": "infra",
  "context-overflow": "failed",
  "content-filter": "failed",
  "bad-request": "failed",
  "output-limit": "failed",
  "tool-error": "failed",
  "unknown-tool": "failed",
  "invalid-arguments": "failed",
  refusal: "failed",
  "not-found": "not-found",
  "agent-failed": "failed",
  "agent-error": "failed",
  "empty-answer": "invalid",
  "malformed-answer": "invalid",
  "invalid-output": "invalid",
  "check-failed": "invalid",
  "broken-citation": "done",
  announced: "invalid",
  declined: "failed",
  uncited: "done",
  "invariant-violated": "invalid",
  idle: "stalled",
  loop: "stalled",
  "no-progress": "stalled",
  straggler: "stalled",
  deadline: "stalled",
  "steps-exceeded": "budget",
  budget: "budget",
  cancelled: "cancelled",
};

/** The most parts that a policy allows where it splits on a signal; 2 where it does not say. Pure. */
export function partsAllowed(policy: RecoveryPolicy, kind: SignalKind | undefined): number {
  const action = kind === undefined ? undefined : policy[kind]?.find((known) => known.do === "split");
  return action?.do === "split" ? action.parts : 2;
}

/** Run, then agent, then subtask: the nearer one wins, signal by signal. Pure. */
export function layeredPolicy(...layers: (RecoveryPolicy | undefined)[]): RecoveryPolicy {
  return Object.assign({}, ...layers) as RecoveryPolicy;
}
