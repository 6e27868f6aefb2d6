/** What model calls use, and what a run may use. All amounts are cumulative totals of one run. */
import { z } from "zod";
import { strictObject } from "./problem.ts";

/** Actual use. Tokens as the provider counts them; `usd` by the price table (0 where a model costs nothing). */
export const Usage = z.object({
  steps: z.number(),
  modelCalls: z.number(),
  inputTokens: z.number(),
  /** The part of `inputTokens` served from the provider's prompt cache. */
  cachedInputTokens: z.number(),
  outputTokens: z.number(),
  usd: z.number(),
});
export type Usage = z.infer<typeof Usage>;

export const NO_USAGE: Usage = {
  steps: 0,
  modelCalls: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  usd: 0,
};

export function addUsage(left: Usage, right: Usage): Usage {
  return {
    steps: left.steps + right.steps,
    modelCalls: left.modelCalls + right.modelCalls,
    inputTokens: left.inputTokens + right.inputTokens,
    cachedInputTokens: left.cachedInputTokens + right.cachedInputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    usd: left.usd + right.usd,
  };
}

export const CEILINGS = { maxAgents: 300, maxSteps: 4000 } as const;
export const DEFAULT_CONCURRENCY = 50;

/** Hard limits of one run, where they are given. */
export const GivenCaps = strictObject({
  maxAgents: z.int().min(1).max(CEILINGS.maxAgents).describe("Lanes working at once.").optional(),
  maxSteps: z.int().min(1).max(CEILINGS.maxSteps).describe("Model turns of the whole run.").optional(),
  maxTokens: z.int().min(1).describe("Input plus output tokens of the whole run.").optional(),
  maxUsd: z.number().positive().describe("US dollars of the whole run.").optional(),
  deadlineMs: z
    .int()
    .min(1)
    .describe("Working time of the run in milliseconds; time in which no process worked on it does not count.")
    .optional(),
});
export type GivenCaps = z.infer<typeof GivenCaps>;

/** Hard limits of one run. Absent means: not limited (agents and steps always are). */
export const Caps = GivenCaps.extend({
  maxAgents: GivenCaps.shape.maxAgents.unwrap().default(CEILINGS.maxAgents),
  maxSteps: GivenCaps.shape.maxSteps.unwrap().default(CEILINGS.maxSteps),
});
export type Caps = z.infer<typeof Caps>;
export type CapsInput = z.input<typeof Caps>;

/** Of what a run spends, and what can be capped of it: model turns, tokens in and out, US dollars. */
export const AMOUNTS = ["steps", "tokens", "usd"] as const;
export type CapName = (typeof AMOUNTS)[number];
export type Amounts = Record<CapName, number>;

/** Where each cap on spending stands in `Caps`. */
export const CAP_FIELDS = { steps: "maxSteps", tokens: "maxTokens", usd: "maxUsd" } as const satisfies Record<
  CapName,
  keyof Caps
>;

export function mapAmounts(amount: (name: CapName) => number): Amounts {
  return { steps: amount("steps"), tokens: amount("tokens"), usd: amount("usd") };
}

export const NOTHING: Amounts = mapAmounts(() => 0);

export function addAmounts(left: Amounts, right: Amounts): Amounts {
  return mapAmounts((name) => left[name] + right[name]);
}

export function subtractAmounts(left: Amounts, right: Amounts): Amounts {
  return mapAmounts((name) => left[name] - right[name]);
}

export function amountsOf(used: Pick<Usage, "steps" | "inputTokens" | "outputTokens" | "usd">): Amounts {
  return { steps: used.steps, tokens: used.inputTokens + used.outputTokens, usd: used.usd };
}

/** Whether some cap on spending is higher than it was. Absent is highest. Pure. */
export function isAbove(caps: Caps, before: Caps): boolean {
  return Object.values(CAP_FIELDS).some((field) => (caps[field] ?? Infinity) > (before[field] ?? Infinity));
}
