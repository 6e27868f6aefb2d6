/** How long a model takes: fixed, or drawn from a heavy tail, always the same for one lane and turn. */
import { seededNormal, seededRandom } from "../seeded-random.ts";

export type Delay =
  | { kind: "fixed"; ms: number }
  /** `sigma` is that of the logarithm: 0.5 is mild, 1 has a heavy tail. */
  | { kind: "lognormal"; seed: number; medianMs: number; sigma: number };

/** Milliseconds of one model call; pure, so that a benchmark can compute its bound with the same figures. */
export function delayMs(delay: Delay, lane: string, turn: number): number {
  if (delay.kind === "fixed") return delay.ms;
  return delay.medianMs * Math.exp(delay.sigma * seededNormal(seededRandom(`${delay.seed}:${lane}:${turn}`)));
}
