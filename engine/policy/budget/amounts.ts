/** Amounts of what a run spends: steps, tokens, US dollars. Pure. */
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
