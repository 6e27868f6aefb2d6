/** What to do about a signal: a pure function of the signal, what was done before, and the policy. */
import {
  ACTION_NAMES,
  type ActionName,
  type RecoveryAction,
  type RecoveryPolicy,
} from "../../../state/recovery-policy.ts";
import type { Signal } from "../../../state/signal.ts";

/**
 * How often each action of each rule fired in this lane: `rate-limit/retry` → 2. Waiting and retrying count in a row, and begin
 * anew with a good reply, which costs a step of the budget; all else is never reset: so every chain is bounded.
 */
export type Firings = Readonly<Record<string, number>>;

export function afterGoodReply(firings: Firings): Firings {
  const kept = Object.entries(firings).filter(([key]) => !key.endsWith("/retry") && !key.endsWith("/wait"));
  return kept.length === Object.keys(firings).length ? firings : Object.fromEntries(kept);
}

/** A provider that asks for more is not waited for in a lane, which holds its place meanwhile. */
const LONGEST_RETRY_AFTER_MS = 600_000;

/** For a signal about which no more than these can be done. */
export function allBut(...possible: readonly ActionName[]): ReadonlySet<ActionName> {
  return new Set(ACTION_NAMES.filter((action) => !possible.includes(action)));
}

/** No lane has a violated check, and asking again changes nothing. */
export const NOT_FOR_CHECKS = allBut("repair", "ask-human");

export interface RecoveryDecision {
  action: ActionName;
  /** The rule that fired, as in the policy: `rate-limit[0] retry 2/6`. */
  rule: string;
  delayMs: number;
  model?: string;
  firings: Firings;
}

export interface RecoveryFacts {
  signal: Signal;
  firings: Firings;
  policy: RecoveryPolicy;
  /** Actions that cannot be taken here and now (no other agent fits, a part is not split again): passed over. */
  impossible: ReadonlySet<ActionName>;
  /** 0 to 1, the same for the same facts: where in its jitter a wait falls. */
  chance: number;
}

/** Pure. */
export function decideRecovery({ signal, firings, policy, impossible, chance }: RecoveryFacts): RecoveryDecision {
  for (const [index, action] of (policy[signal.kind] ?? []).entries()) {
    if (action.do === "give-up") break;
    if (impossible.has(action.do)) continue;
    const key = `${signal.kind}/${action.do}`;
    const fired = firings[key] ?? 0;
    const max = action.do === "switch-model" ? action.models.length : action.max;
    if (fired >= max) continue;
    return {
      action: action.do,
      rule: `${signal.kind}[${index}] ${action.do} ${fired + 1}/${max}`,
      delayMs: delayOf(action, { fired, chance, retryAfterMs: signal.retryAfterMs ?? 0 }),
      ...(action.do === "switch-model" ? { model: action.models[fired] } : {}),
      firings: { ...firings, [key]: fired + 1 },
    };
  }
  return { action: "give-up", rule: `${signal.kind} give-up`, delayMs: 0, firings };
}

function delayOf(action: RecoveryAction, facts: { fired: number; chance: number; retryAfterMs: number }): number {
  if (action.do === "wait") return action.ms;
  if (action.do !== "retry") return 0;
  const backoffMs = Math.min(action.maxBackoffMs, action.backoffMs * 2 ** facts.fired);
  return Math.max(
    Math.min(LONGEST_RETRY_AFTER_MS, facts.retryAfterMs),
    Math.round(backoffMs * (1 + action.jitter * facts.chance)),
  );
}

/** A number from 0 to 1 out of a text, the same each time (FNV-1a): jitter without chance, so that a replay decides alike. Pure. */
export function chanceOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
