/** What a journal says of one subtask, or of the coordinator: part of the one fold (`run-view.ts`). Times are of the run's working time. */
import { NO_USAGE, type Usage } from "../../state/usage.ts";
import type { DataOf, LineOf } from "./events.ts";
import { newLaneNow, type LaneNow } from "./progress-view.ts";

export interface LaneView {
  /** The newest route. */
  route: Pick<DataOf<"route">, "agent" | "rule"> | undefined;
  /** The newest attempt that has begun; 0: none. */
  attempt: number;
  agent: string;
  routedAt: number | undefined;
  startedAt: number | undefined;
  endedAt: number | undefined;
  /** While a human is asked. */
  askedAt: number | undefined;
  /** By attempt, how it ended. */
  ends: Map<number, DataOf<"attempt-end">>;
  /** The newest result that was accepted; none once another plan has dropped it. */
  published: LineOf<"publish"> | undefined;
  isDone: boolean;
  /** Rules of recovery that fired. */
  recoveries: string[];
  /** Milliseconds that it waited for a human, that its calls waited for a slot, and that the provider took for them. */
  humanMs: number;
  slotMs: number;
  providerMs: number;
  spent: Usage;
  now: LaneNow;
}

export function newLane(): LaneView {
  return {
    route: undefined,
    attempt: 0,
    agent: "",
    routedAt: undefined,
    startedAt: undefined,
    endedAt: undefined,
    askedAt: undefined,
    ends: new Map(),
    published: undefined,
    isDone: false,
    recoveries: [],
    humanMs: 0,
    slotMs: 0,
    providerMs: 0,
    spent: NO_USAGE,
    now: newLaneNow(),
  };
}
