/**
 * The recovery policy as plain data: signal → ordered actions, each with a limit, and the thresholds by which stalls are
 * detected. A user reads and changes it for a run, for an agent, or for one subtask. The defaults stand in
 * engine/policy/recovery/policy.ts.
 */
import { z } from "zod";
import { strictObject, unknownKeys } from "./problem.ts";
import { SIGNAL_KINDS } from "./signal.ts";

const milliseconds = z.int().min(0).max(3_600_000);

export const RecoveryAction = z.discriminatedUnion("do", [
  /**
   * The same step again, after `backoffMs`, doubled with each firing up to `maxBackoffMs`; `retry-after` counts if longer.
   * `jitter`: the share of the wait, 0 to 1, by which it is lengthened at most, so that lanes do not come back in step.
   */
  strictObject({
    do: z.literal("retry"),
    max: z.int().min(1).max(100),
    backoffMs: milliseconds.default(1000),
    maxBackoffMs: milliseconds.default(30_000),
    jitter: z.number().min(0).max(1).default(0.2),
  }),
  /** Waits for `ms` and takes the same step again. */
  strictObject({ do: z.literal("wait"), max: z.int().min(1).max(100), ms: milliseconds }),
  /** Tells the model what was wrong and lets it go on, in the same conversation. */
  strictObject({ do: z.literal("repair"), max: z.int().min(1).max(20) }),
  /** Takes old tool answers and turns out of the conversation, and goes on with the step; for `context-overflow`. */
  strictObject({ do: z.literal("compact"), max: z.int().min(1).max(100).default(20) }),
  /** A new attempt by the next best agent, with a fresh conversation. */
  strictObject({ do: z.literal("reassign"), max: z.int().min(1).max(10) }),
  /** Goes on with another model, the next of the list at each firing. */
  strictObject({ do: z.literal("switch-model"), models: z.array(z.string().min(1)).min(1).max(10) }),
  /** The planner cuts the subtask into at most `parts` smaller ones, which run inside the lane. */
  strictObject({
    do: z.literal("split"),
    max: z.int().min(1).max(3).default(1),
    parts: z.int().min(2).max(20).default(5),
  }),
  /** A second attempt at the step beside the slow one; the first valid reply wins. At most `max` in a lane. */
  strictObject({ do: z.literal("hedge"), max: z.int().min(1).max(100) }),
  /** Pauses the lane for a human, who says: again, or give up. */
  strictObject({ do: z.literal("ask-human"), max: z.int().min(1).max(10).default(1) }),
  /** Pauses the whole run (exit code 4): it goes on with `resume`, once the cause is mended. */
  strictObject({ do: z.literal("pause-run"), max: z.int().min(1).max(100).default(20) }),
  strictObject({ do: z.literal("give-up") }),
]);
export type RecoveryAction = z.infer<typeof RecoveryAction>;
export type ActionName = RecoveryAction["do"];
export const ACTION_NAMES = RecoveryAction.options.map(({ shape }) => shape.do.value);

export const RecoveryPolicy = z.partialRecord(z.enum(SIGNAL_KINDS), z.array(RecoveryAction), {
  error: (issue) => unknownKeys(issue, SIGNAL_KINDS),
});
export type RecoveryPolicy = z.infer<typeof RecoveryPolicy>;
export type RecoveryPolicyInput = z.input<typeof RecoveryPolicy>;

/** The models that a policy may switch to. */
export function switchableModels(policy: RecoveryPolicy | undefined): string[] {
  const actions = Object.values(policy ?? {}).flat();
  return actions.flatMap((action) => (action?.do === "switch-model" ? action.models : []));
}

export const Detection = strictObject({
  /** A model call in which no token and no event comes for so long is idle. */
  idleMs: milliseconds.min(1).default(90_000),
  /** The longest that one model call may take in all. */
  callMs: milliseconds.min(1).default(900_000),
  /** The longest that one call of a tool of the caller's may take; `toolMsOf` has the limits of single ones, by name. */
  toolMs: milliseconds.min(1).default(120_000),
  toolMsOf: z.record(z.string(), milliseconds.min(1)).default({}),
  /** A loop: a cycle of at most `longestCycle` steps, the same calls with the same answers, `repeats` times in a row. */
  loop: strictObject({
    repeats: z.int().min(2).max(20).default(3),
    longestCycle: z.int().min(1).max(10).default(3),
  }).prefault({}),
  /** No progress: so many steps in a row that bring no answer of a tool that was not there before. */
  noProgressSteps: z.int().min(2).max(1000).default(8),
  /** A straggler: a call beyond `factor` times the median of its siblings' calls, once `leastCalls` of them have ended. */
  straggler: strictObject({
    factor: z.number().min(1).max(100).default(3),
    leastCalls: z.int().min(1).max(1000).default(20),
    leastMs: milliseconds.default(3000),
    /** Second attempts are at most this share of all calls of the run. */
    mostExtraCalls: z.number().min(0).max(1).default(0.1),
  }).prefault({}),
});
export type Detection = z.infer<typeof Detection>;
export type DetectionInput = z.input<typeof Detection>;
