/** What a journal says of one subtask, or of the coordinator: part of the one fold (`run-view.ts`). Times are of the run's working time. */
import { newLaneNow, type LaneNow } from "./progress-view.ts";

export interface LaneView {
  /** The newest attempt that has begun; 0: none. */
  attempt: number;
  agent: string;
  routedAt: number | undefined;
  startedAt: number | undefined;
  endedAt: number | undefined;
  /** While a human is asked. */
  askedAt: number | undefined;
  isDone: boolean;
  /** Milliseconds that it waited for a human, that its calls waited for a slot, and that the provider took for them. */
  humanMs: number;
  slotMs: number;
  providerMs: number;
  steps: number;
  now: LaneNow;
}

export function newLane(): LaneView {
  return {
    ...{ attempt: 0, agent: "", routedAt: undefined, startedAt: undefined, endedAt: undefined },
    ...{ askedAt: undefined, isDone: false, humanMs: 0, slotMs: 0, providerMs: 0, steps: 0 },
    now: newLaneNow(),
  };
}

/** `now`: of working time. */
export function begin(lane: LaneView, { agent, attempt, now }: { agent: string; attempt: number; now: number }): void {
  lane.startedAt ??= now;
  Object.assign(lane, { agent, attempt });
}

export function answered(lane: LaneView, now: number): void {
  lane.humanMs += now - (lane.askedAt ?? now);
  lane.askedAt = undefined;
}
