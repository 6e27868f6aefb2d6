/**
 * The one shape of a lane's nodes: each is given its lane, and says what changes and where the lane goes. What goes wrong in one
 * of them becomes a signal of that lane, and its siblings go on.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { describeError, SwarmError } from "../../../state/errors.ts";
import type { LaneState, LaneUpdate } from "../../../state/lane-state.ts";
import type { Subtask } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Clock } from "../../ports/clock.ts";
import { isControlFlow, subtaskOf, type Run, type Services } from "../run/run.ts";

export interface LaneContext {
  run: Run;
  subtask: Subtask;
  state: LaneState;
  clock: Clock;
  config: LangGraphRunnableConfig;
}

/** `failed`: what comes of an error; absent: it is thrown on, and ends the run, since the node is what others recover by. */
export function laneNode(
  work: (lane: LaneContext) => Promise<LaneUpdate>,
  failed?: (signal: Signal, lane: LaneContext) => LaneUpdate,
) {
  return (services: Services) =>
    async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
      const run = await services.runs.open(state, config);
      const lane = { run, subtask: subtaskOf(run, state.subtask), state, clock: services.clock, config };
      try {
        return await work(lane);
      } catch (error) {
        if (failed === undefined) throw error;
        return failed(signalOf(error, config.signal), lane);
      }
    };
}

/**
 * The signal that an unexpected error stands for. Throws on: LangGraph's own control flow, a stop from outside, and what
 * breaks the run as a whole (no disk, no database: every lane would meet it).
 */
function signalOf(error: unknown, stopping: AbortSignal | undefined): Signal {
  if (isControlFlow(error) || stopping?.aborted === true) throw error;
  if (error instanceof SwarmError && error.fault === "system") throw error;
  return { kind: "agent-error", evidence: describeError(error) };
}
