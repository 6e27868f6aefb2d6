/** How a subtask can end (closed list, design section 5) and the coverage that every answer carries. */
import { z } from "zod";

export const OUTCOMES = [
  "done",
  "failed",
  "invalid",
  "stalled",
  "infra",
  "budget",
  "skipped",
  "rejected",
  "cancelled",
] as const;

/**
 * `done` a valid result · `failed` the agent says it cannot · `invalid` output never passed validation · `stalled` no
 * progress or out of time · `infra` the provider or the network failed · `budget` a cap was reached · `skipped` an input
 * failed · `rejected` a human said no · `cancelled` stopped from outside.
 */
export const Outcome = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof Outcome>;

/** Number of subtasks by outcome; `total` is their sum once a run has ended. */
export type Coverage = { total: number } & Record<Outcome, number>;

/** Counts outcomes. Pure. `total` is the number of planned subtasks, which may exceed the outcomes seen so far. */
export function coverageOf(total: number, outcomes: Iterable<Outcome>): Coverage {
  const coverage = { total, ...Object.fromEntries(OUTCOMES.map((name) => [name, 0])) } as Coverage;
  for (const outcome of outcomes) coverage[outcome] += 1;
  return coverage;
}

/** "287 of 300 done, 9 infra, 4 stalled": the sentence that goes with an answer. Pure. */
export function coverageSentence(coverage: Coverage): string {
  const others = OUTCOMES.filter((name) => name !== "done" && coverage[name] > 0);
  return [`${coverage.done} of ${coverage.total} done`, ...others.map((name) => `${coverage[name]} ${name}`)].join(
    ", ",
  );
}
