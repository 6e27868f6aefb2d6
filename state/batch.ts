/** A batch: many runs under caps of their own. What may be spent over all of them, and how each of its rows stands. */
import { z } from "zod";
import { strictObject } from "./problem.ts";
import { RUN_STATUSES } from "./run-result.ts";
import { Usage } from "./usage.ts";

/** Hard limits over all runs of a batch; absent: not limited. They count everything that was ever spent into its folder. */
export const BatchCaps = strictObject({
  maxSteps: z.int().min(1).optional(),
  /** Input plus output tokens. */
  maxTokens: z.int().min(1).optional(),
  maxUsd: z.number().positive().optional(),
  /** Milliseconds in which some process worked on the batch. */
  deadlineMs: z.int().min(1).optional(),
});
export type BatchCaps = z.infer<typeof BatchCaps>;

/** What one run may use of them, from its beginning to its end; absent: as much as the row itself says. */
export const Reserved = strictObject({
  steps: z.number().optional(),
  tokens: z.number().optional(),
  usd: z.number().optional(),
  deadlineMs: z.number().optional(),
});
export type Reserved = z.infer<typeof Reserved>;

/**
 * `complete` full coverage · `partial` an answer with less · `capped` a cap cut it short, its own or the batch's, or let it not begin ·
 * `infra` the provider or the network failed · `failed` no answer · `paused` it waits for a human, for what is to be mended, or was
 * interrupted.
 */
export const ROW_CLASSES = ["complete", "partial", "capped", "infra", "failed", "paused"] as const;
export const RowClass = z.enum(ROW_CLASSES);
export type RowClass = z.infer<typeof RowClass>;

/** How a row stands. */
export const RowOutcome = z.object({
  class: RowClass,
  /** One line: why it is of that class. */
  evidence: z.string(),
  /** Of the run's result; null: it has none. */
  status: z.enum(RUN_STATUSES).nullable(),
  /** Subtasks by outcome; null: no plan was made. */
  coverage: z.record(z.string(), z.number()).nullable(),
  usage: Usage,
  /** Working time of the run, milliseconds. */
  wallMs: z.number(),
  /** Of the run's answer. */
  citations: z.object({ total: z.number(), verified: z.number() }),
  /** The hash of the last line of the run's journal and the number of its lines; null: it has none. */
  head: z.string().nullable(),
  lines: z.number(),
});
export type RowOutcome = z.infer<typeof RowOutcome>;
