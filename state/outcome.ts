/** How a subtask can end (a closed list) and the coverage that every answer carries. */
import { z } from "zod";

export const OUTCOMES = [
  "done",
  "not-found",
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
 * `done` a valid result · `not-found` it was looked for, and what there is does not say · `failed` the agent says it cannot · `invalid` output never passed validation · `stalled` no
 * progress or out of time · `infra` the provider or the network failed · `budget` a cap was reached · `skipped` an input
 * failed · `rejected` a human said no · `cancelled` stopped from outside.
 */
export const Outcome = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof Outcome>;

/** Number of subtasks by outcome (`not-found` as `notFound`); `total` is their sum once a run has ended. */
export type Coverage = { total: number; notFound: number } & Record<Exclude<Outcome, "not-found">, number>;

/** Counts outcomes. Pure. `total` is the number of planned subtasks, which may exceed the outcomes seen so far. */
export function coverageOf(total: number, outcomes: Iterable<Outcome>): Coverage {
  const coverage = { total, ...Object.fromEntries(OUTCOMES.map((name) => [coverageKey(name), 0])) } as Coverage;
  for (const outcome of outcomes) coverage[coverageKey(outcome)] += 1;
  return coverage;
}

/** Under which name the coverage counts an outcome. Pure. */
export function coverageKey(outcome: Outcome): keyof Coverage {
  return outcome === "not-found" ? "notFound" : outcome;
}

/** A name of a closed list (an outcome, a signal, an action) as people read it: `rate-limit` → `rate limit`. Pure. */
export function plainWords(name: string): string {
  return name.replaceAll("-", " ");
}

/** In place of a coverage where nothing was to be covered. */
export const NOTHING_RUN = "nothing run";

/** How far a run came; of a dry one that nothing of its plan was to run. Pure. */
export function coveredText(coverage: Coverage, isDry: boolean): string {
  return isDry ? `plan made, ${NOTHING_RUN}` : coverageSentence(coverage);
}

/** "287 of 300 done, 9 infra, 4 stalled": the sentence that goes with an answer. Pure. */
export function coverageSentence(coverage: Coverage): string {
  const counted = OUTCOMES.map((name) => ({ name, count: coverage[coverageKey(name)] }));
  const others = counted.filter(({ name, count }) => name !== "done" && count > 0);
  const named = others.map(({ name, count }) => `${count} ${plainWords(name)}`);
  return [`${coverage.done} of ${coverage.total} done`, ...named].join(", ");
}
