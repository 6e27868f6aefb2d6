/**
 * What a run tells of itself while it works, to whoever streams it with `streamMode: "custom"`: one object each, in the swarm's own
 * namespace, whatever lane it is about. Beside these stand what tools of the caller write, in the namespace of their lane.
 */
import type { Outcome } from "./outcome.ts";
import type { ActionName } from "./recovery-policy.ts";
import type { PendingInterrupt, RunStatus } from "./run-result.ts";
import type { SignalKind } from "./signal.ts";

interface Told<Type extends string> {
  type: Type;
  /** The run's id. */
  run: string;
  /** ISO 8601. */
  at: string;
}

/** A version of the plan is made: the first, or one that recovery, a check or a person has changed. */
export interface PlanProgress extends Told<"plan"> {
  version: number;
  /** Their number, expanded. */
  subtasks: number;
}

/** A lane moves. `retrying`: something went wrong (`signal`), and this is done about it (`action`). */
export interface LaneProgress extends Told<"lane"> {
  subtask: string;
  title: string;
  agent: string | null;
  attempt: number;
  state: "routed" | "started" | "retrying" | "ended";
  signal?: SignalKind;
  action?: ActionName;
  /** Of a lane that has ended. */
  outcome?: Outcome;
}

/** The run, or a lane of it, waits for a person. */
export interface QuestionProgress extends Told<"question"> {
  about: PendingInterrupt["kind"];
  subtask: string | null;
}

/** What is spent so far: a model call has come back. */
export interface SpendProgress extends Told<"spend"> {
  steps: number;
  inputTokens: number;
  outputTokens: number;
  /** US dollars; 0 where no price is known. */
  usd: number;
}

export interface EndProgress extends Told<"end"> {
  status: RunStatus;
}

export type SwarmProgress = PlanProgress | LaneProgress | QuestionProgress | SpendProgress | EndProgress;
