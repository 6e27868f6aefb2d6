/** One lane as the view sees it. Owns no rule: `lane-progress.ts` moves lanes, `lane-row.ts` shows them. */
import type { Outcome } from "../../../state/outcome.ts";

export const LANE_PHASES = [
  "waiting-inputs",
  "waiting-slot",
  "waiting-model",
  "thinking",
  "acting",
  "retrying",
  "reassigned",
  "paused",
  "ended",
] as const;

/**
 * `waiting-inputs` for results that it names · `waiting-slot` for an agent slot · `waiting-model` for a place among the calls
 * in flight · `thinking` a model call is in flight · `acting` its tools run · `retrying` after a signal · `reassigned` to
 * another agent, which has not begun · `paused` for a human · `ended` with an outcome.
 */
export type LanePhase = (typeof LANE_PHASES)[number];

/** Phases in which a lane holds an agent slot. */
export const WORKING_PHASES: ReadonlySet<LanePhase> = new Set([
  "waiting-model",
  "thinking",
  "acting",
  "retrying",
  "reassigned",
]);

export interface Lane {
  readonly id: string;
  /** Cleaned. */
  title: string;
  /** `reduce`: parts of a split subtask too. */
  role: "work" | "reduce" | "repair";
  /** The most turns that it may take; undefined: not known. */
  limit: number | undefined;
  dependents: string[];
  /** Inputs that have not ended. */
  unmet: number;
  phase: LanePhase;
  /** When the phase began; milliseconds since the epoch, like all times here. */
  since: number;
  startedAt: number | undefined;
  /** Cleaned; empty before a route. */
  agent: string;
  attempt: number;
  /** Model turns of this attempt that were answered. */
  turns: number;
  /** Tools that it runs now, or that wait for a human. */
  calls: string;
  /** The tool call before: name and the gist of its arguments, cleaned. */
  lastTool: string;
  signal: { kind: string; evidence: string } | undefined;
  /** When it goes on after a signal. */
  retryAt: number | undefined;
  /** Which firing of how many: "2/6"; empty where the policy does not count. */
  firing: string;
  outcome: Outcome | undefined;
  /** Cleaned; why it did not end in `done`. */
  cause: string;
}

export function newLane(id: string, at: number): Lane {
  return {
    ...{ id, title: id, role: "work", limit: undefined, dependents: [], unmet: 0, phase: "waiting-slot", since: at },
    ...{ startedAt: undefined, agent: "", attempt: 1, turns: 0, calls: "", lastTool: "", signal: undefined },
    ...{ retryAt: undefined, firing: "", outcome: undefined, cause: "" },
  };
}
