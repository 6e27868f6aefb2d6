/** What stays back for the coordinator, so that there is an answer at the end. */
import type { Caps } from "../../../state/usage.ts";
import type { Amounts } from "./amounts.ts";

/** What stays back for the coordinator: its steps, at most a tenth of all but one at least, a fifth of tokens and money. Pure. */
export function holdBack(caps: Caps, coordinatorSteps: number): Amounts {
  return {
    steps: Math.min(coordinatorSteps, caps.maxSteps - 1, Math.max(1, Math.floor(caps.maxSteps / 10))),
    tokens: Math.floor((caps.maxTokens ?? 0) / 5),
    usd: (caps.maxUsd ?? 0) / 5,
  };
}
