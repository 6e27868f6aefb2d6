/** Amounts of what a run spends: steps, tokens, US dollars. Pure. */
import type { Caps } from "../../../state/usage.ts";

export interface Amounts {
  steps: number;
  tokens: number;
  usd: number;
}

export const NOTHING: Amounts = { steps: 0, tokens: 0, usd: 0 };

export function addAmounts(left: Amounts, right: Amounts): Amounts {
  return { steps: left.steps + right.steps, tokens: left.tokens + right.tokens, usd: left.usd + right.usd };
}

export function subtractAmounts(left: Amounts, right: Amounts): Amounts {
  return { steps: left.steps - right.steps, tokens: left.tokens - right.tokens, usd: left.usd - right.usd };
}

/** What stays back for the coordinator: its steps, at most a tenth of all but one at least, a fifth of tokens and money. */
export function holdBack(caps: Caps, coordinatorSteps: number): Amounts {
  return {
    steps: Math.min(coordinatorSteps, caps.maxSteps - 1, Math.max(1, Math.floor(caps.maxSteps / 10))),
    tokens: Math.floor((caps.maxTokens ?? 0) / 5),
    usd: (caps.maxUsd ?? 0) / 5,
  };
}
