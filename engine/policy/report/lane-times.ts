/** What each lane did with its time, from the view of the run and its plan. Pure. */
import type { Plan } from "../../../state/plan.ts";
import type { LaneView, RunView } from "../../journal/run-view.ts";

/** Milliseconds of the run's working time. */
export interface LaneTimes {
  subtask: string;
  startMs: number;
  endMs: number;
  /** From the plan's routing to its last input. */
  waitedForInputsMs: number;
  /** From then to its place among the agents at work. */
  waitedForAgentSlotMs: number;
  waitedForModelSlotMs: number;
  /** From a question to a human to its answer: the lane holds no slot meanwhile. */
  waitedForHumanMs: number;
  /** Model calls, from the request to the end of the answer. */
  providerMs: number;
  steps: number;
}

export interface RunTimes {
  /** Those that have begun, in the order of the plan. */
  lanes: LaneTimes[];
  tokens: number;
  done: number;
  /** Waiting for a model slot and for the provider, by the coordinator. */
  coordinator: Pick<LaneTimes, "waitedForModelSlotMs" | "providerMs" | "steps">;
}

export function runTimes(view: RunView, plan: Plan | undefined): RunTimes {
  const subtasks = plan?.subtasks ?? [];
  const { lanes, coordinator, clock, spending } = view;
  const end = clock.lastMs - clock.idleMs;
  return {
    lanes: subtasks.flatMap(({ id, dependsOn }) => {
      const lane = lanes.get(id);
      if (lane?.startedAt === undefined) return [];
      const inputs = dependsOn.map((input) => lanes.get(input)?.endedAt ?? 0);
      return [timesOf(id, { ...lane, startedAt: lane.startedAt }, Math.max(0, ...inputs), end)];
    }),
    tokens: spending.spent.inputTokens + spending.spent.outputTokens,
    done: subtasks.filter(({ id, role }) => role === "work" && lanes.get(id)?.isDone === true).length,
    coordinator: {
      ...{ waitedForModelSlotMs: coordinator.slotMs, providerMs: coordinator.providerMs, steps: coordinator.steps },
    },
  };
}

function timesOf(subtask: string, lane: LaneView & { startedAt: number }, inputsAt: number, end: number): LaneTimes {
  const routedAt = lane.routedAt ?? lane.startedAt;
  const readyAt = Math.min(lane.startedAt, Math.max(routedAt, inputsAt));
  return {
    subtask,
    startMs: lane.startedAt,
    endMs: Math.max(lane.startedAt, lane.endedAt ?? end),
    waitedForInputsMs: Math.max(0, readyAt - routedAt),
    waitedForAgentSlotMs: lane.startedAt - readyAt,
    waitedForModelSlotMs: lane.slotMs,
    waitedForHumanMs: lane.humanMs + (lane.askedAt === undefined ? 0 : Math.max(0, end - lane.askedAt)),
    providerMs: lane.providerMs,
    steps: lane.steps,
  };
}
