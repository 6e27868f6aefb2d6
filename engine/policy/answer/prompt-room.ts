/**
 * How many bytes of results one call can hold, and how much a part of the results may keep. An estimate of the window that we
 * believe the model has; where its real one is smaller, the provider says so and the callers go on with less. Pure.
 */
import type { Plan } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import type { ResolvedModel } from "../../ports/models.ts";

/** The rules, a bounded task and what frames them, in tokens. */
const FRAME_TOKENS = 4000;
/** Two bytes a token is on the safe side for prose, JSON and code. */
const BYTES_PER_TOKEN = 2;
const LEAST_TOKENS = 1000;
const LEAST_KEPT_BYTES = 1000;

/** Signals by which a call was too long for the model: its prompt, or the reply that it asks for. */
export const TOO_LONG: ReadonlySet<Signal["kind"]> = new Set(["context-overflow", "output-limit"]);

/** Bytes of results that one prompt of this model has room for. */
export function promptRoom({ contextWindow, maxOutputTokens }: ResolvedModel): number {
  return BYTES_PER_TOKEN * Math.max(LEAST_TOKENS, contextWindow - maxOutputTokens - FRAME_TOKENS);
}

/** Bytes that one node of the reduction may hand on: the synthesizer's prompt holds as much of each last node. */
export function keptBytes(plan: Plan, model: ResolvedModel): number {
  const nodes = plan.subtasks.filter(({ role }) => role === "reduce");
  const condensedAgain = new Set(nodes.flatMap(({ dependsOn }) => dependsOn));
  const last = nodes.filter(({ id }) => !condensedAgain.has(id)).length;
  const share = Math.floor(promptRoom(model) / Math.max(1, last));
  return Math.max(LEAST_KEPT_BYTES, share);
}
