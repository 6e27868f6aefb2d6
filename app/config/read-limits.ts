/** What the user allows to be sent to the endpoint, as he writes it. */
import { z } from "zod";
import type { RateCaps } from "../../engine/ports/limits.ts";
import { SwarmError } from "../../state/errors.ts";
import { firstProblem, strictObject } from "../../state/problem.ts";

export const Limits = strictObject({
  requestsPerMinute: z.int().min(1).optional(),
  /** Input and output together. */
  tokensPerMinute: z.int().min(1).optional(),
  /** Calls in flight at most, where `concurrency` does not say it. */
  concurrency: z.int().min(1).max(10_000).optional(),
});
export type Limits = z.infer<typeof Limits>;

export function ratesOf({ requestsPerMinute, tokensPerMinute }: Limits): RateCaps {
  return {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
  };
}

/** Throws SwarmError CONFIG_INVALID. */
export function readLimits(given: unknown): Limits {
  const parsed = Limits.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  throw new SwarmError("CONFIG_INVALID", `the limits are not valid: ${firstProblem(parsed.error, given)}`);
}
