/** Shared artifacts: each write, each conflict, and the checks of what came of them. */
import { z } from "zod";
import { ARTIFACT_TYPES, CONFLICT_POLICIES, CONFLICT_RESULTS } from "../../state/artifact.ts";
import { amount, digest, event, text } from "./event-schema.ts";

export const WRITES = z.array(
  z.object({ artifact: z.string(), version: z.number(), subtask: z.string(), attempt: z.number() }),
);

const KEPT_FROM = text("the run that it was made in, from which this one forks").optional();

export const ARTIFACT_EVENTS = {
  write: event("a new version of a shared artifact", {
    artifact: text("its name"),
    type: z.enum(ARTIFACT_TYPES).describe("how it is merged"),
    version: amount("from 1"),
    base: amount("the version that the writer had before it"),
    hash: text("SHA-256 of the content"),
    bytes: amount("of the content"),
    agent: text("who wrote"),
    turn: amount("step of the lane"),
    call: amount("tool call of that step"),
    content: digest("of the record of this write, as JSON: the change that it made, or that it is whole").optional(),
    keptFrom: KEPT_FROM,
  }),
  conflict: event("a write whose base version was no longer current, and what became of it", {
    id: text("of the conflict; each decision about it has a line"),
    artifact: text("its name"),
    base: amount("the version that the writer had before it"),
    committed: amount("the version that was current"),
    incoming: z.object({ hash: z.string(), bytes: z.number() }).describe("what the stale write would have made"),
    version: z.number().nullable().describe("the version that came of it; null: none"),
    agent: text("who wrote"),
    policy: z.enum(CONFLICT_POLICIES).describe("what decides"),
    result: z.enum(CONFLICT_RESULTS).describe("what became of it; pending: a human is asked"),
    reason: text("what the arbiter or the human said").optional(),
    regions: z
      .array(z.object({ at: z.string(), base: z.string(), committed: z.string(), incoming: z.string() }))
      .describe("the first places where both changed the same, shortened"),
    places: amount("of such places in all"),
    content: digest("of the record of this conflict, as JSON").optional(),
    keptFrom: KEPT_FROM,
  }),
  check: event("whether an invariant of the plan holds of the artifacts", {
    check: text("its id"),
    by: z.enum(["schema", "command", "predicate"]).describe("who judges"),
    verdict: z.enum(["holds", "violated", "unknown"]).describe("unknown: nobody could say"),
    evidence: text("one line"),
    writes: WRITES.describe("of a violated one: the writes that led to it"),
  }),
};
