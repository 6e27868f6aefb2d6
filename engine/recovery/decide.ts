/** What to do about a signal: a pure function of the signal, what was done before, and the policy. */
import type { Signal } from "../../state/signal.ts";
import type { RecoveryAction, RecoveryPolicy } from "./policy.ts";

/** How often each action of each rule fired in this lane: `rate-limit/retry` → 2. Never reset, so every chain is bounded. */
export type Firings = Readonly<Record<string, number>>;

export interface RecoveryDecision {
  action: RecoveryAction["do"];
  /** The rule that fired, as in the policy: `rate-limit[0] retry 2/6`. */
  rule: string;
  /** Milliseconds to wait before it. */
  delayMs: number;
  firings: Firings;
}

/** `canReassign`: another agent fits. Without one, `reassign` is passed over. Pure. */
export function decideRecovery(facts: {
  signal: Signal;
  firings: Firings;
  policy: RecoveryPolicy;
  canReassign: boolean;
}): RecoveryDecision {
  const { signal, firings } = facts;
  for (const [index, action] of (facts.policy[signal.kind] ?? []).entries()) {
    if (action.do === "give-up") break;
    if (action.do === "reassign" && !facts.canReassign) continue;
    const key = `${signal.kind}/${action.do}`;
    const fired = firings[key] ?? 0;
    if (fired >= action.max) continue;
    return {
      action: action.do,
      rule: `${signal.kind}[${index}] ${action.do} ${fired + 1}/${action.max}`,
      delayMs: action.do === "retry" ? backoff(action, fired, signal.retryAfterMs ?? 0) : 0,
      firings: { ...firings, [key]: fired + 1 },
    };
  }
  return { action: "give-up", rule: `${signal.kind} give-up`, delayMs: 0, firings };
}

function backoff(action: { backoffMs: number; maxBackoffMs: number }, fired: number, retryAfterMs: number): number {
  return Math.max(retryAfterMs, Math.min(action.maxBackoffMs, action.backoffMs * 2 ** fired));
}
