/**
 * The one shape of a lane's nodes: each is given its lane, and says what changes and where the lane goes. What goes wrong in one
 * of them becomes a signal of that lane, and its siblings go on.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { describeError, SwarmError } from "../../../state/errors.ts";
import type { LaneChange, LaneState, LaneUpdate } from "../../../state/lane-state.ts";
import type { Subtask } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import { answerId, isAnswerItself, wordId } from "../../policy/answer/deliverable.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Prompt, Shown, TurnOfLane, TurnReply, TurnRequest } from "../../ports/turns.ts";
import { isControlFlow } from "../langgraph/control-flow.ts";
import { planOf, subtaskOf, type Run, type Services } from "../run/run.ts";
import { deadlineOf } from "../turns/ending.ts";
import { isStreamed } from "../langgraph/stream-events.ts";
import { readsByRule } from "../../ports/models.ts";

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

type Asking = Pick<TurnRequest, "graph" | "shown"> & Pick<TurnOfLane, "artifacts">;

/** Throws GraphDrained where the run drains before the call. */
export async function takeTurn(
  lane: LaneContext,
  prompt: Prompt,
  { artifacts, ...more }: Asking = {},
): Promise<TurnReply> {
  const { run, subtask, state, config } = lane;
  const { attempt, agent } = state;
  const isWork = subtask.role !== "reduce";
  return run.turns.take({
    purpose: isWork ? "work" : "reduce",
    model: state.model ?? (isWork ? run.team.agent(agent)?.model : undefined),
    prompt,
    lane: {
      subtask: subtask.id,
      attempt,
      agent,
      priority: run.budget.priorityOf(subtask.id, state.turns),
      endsAt: deadlineOf(subtask, state),
      artifacts,
    },
    ...more,
    config: {
      ...config,
      runName: `${agent} · ${subtask.id} · turn ${state.turns + 1}`,
      metadata: { ...config.metadata, ...traceOf(lane) },
    },
  });
}

/** As what people are shown what the lane says, where the last of it is the answer; undefined: as the lane's alone. */
export function lastWordOf({ run, subtask, state, config }: LaneContext): Shown | undefined {
  // A reader by rule words the answer once more; a draft is shown by the question about it.
  const isPlain = !readsByRule(run.team.model) && !run.options.approve.includes("answer");
  if (!isPlain || !isStreamed(config) || !isAnswerItself(subtask, planOf(run))) return undefined;
  return { as: answerId(run.question), isLanes: true, inTokensAs: wordId(run.question, state.steps) };
}

export function spent(state: LaneState, reply: TurnReply): LaneChange {
  return { steps: state.steps + reply.usage.steps, waitedForSlotMs: state.waitedForSlotMs + reply.waitedForSlotMs };
}

/** What a trace says of a turn or a tool call. */
export function traceOf({ run, subtask, state }: LaneContext): Record<string, unknown> {
  const title = run.shared.hidesInputs ? {} : { title: subtask.title };
  return { run_id: run.id, subtask: subtask.id, ...title, attempt: state.attempt, agent: state.agent };
}
