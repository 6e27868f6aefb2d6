/** A turn that a lane takes, of a model or of a graph: what is asked, for whom, and what it costs the lane. */
import type { LaneChange, LaneState } from "../../../state/lane-state.ts";
import { answerId, isAnswerItself, wordId } from "../../policy/answer/deliverable.ts";
import type { Shown, TurnReply, TurnRequest } from "../../ports/turns.ts";
import { drained, planOf } from "../run/run.ts";
import { endOf } from "../turns/ending.ts";
import { isStreamed } from "../turns/stream-events.ts";
import type { LaneContext } from "./lane-node.ts";

export type Spent = Exclude<TurnReply, { kind: "drained" }>;
type Asking = Pick<TurnRequest, "messages" | "brief" | "tools" | "shared" | "artifacts" | "graph" | "shown">;

/** Throws GraphDrained where the run drains before the call. */
export async function takeTurn(lane: LaneContext, asking: Asking): Promise<Spent> {
  const { run, subtask, state, config } = lane;
  const { attempt, agent } = state;
  const isWork = subtask.role !== "reduce";
  const endsAt = endOf(subtask, state);
  const reply = await run.turns.take({
    purpose: isWork ? "work" : "reduce",
    model: state.model ?? (isWork ? run.team.agent(agent)?.model : undefined),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...asking,
    subtask: subtask.id,
    attempt,
    agent,
    priority: run.budget.priorityOf(subtask.id, state.turns),
    config: {
      ...config,
      runName: `${agent} · ${subtask.id} · turn ${state.turns + 1}`,
      metadata: { ...config.metadata, ...traceOf(lane) },
    },
  });
  if (reply.kind === "drained") throw drained(run, "drained before a model turn");
  return reply;
}

/** As what people are shown what the lane says, where the last of it is the answer; undefined: as the lane's alone. */
export function lastWordOf({ run, subtask, state, config }: LaneContext): Shown | undefined {
  // A reader by rule words the answer once more; a draft is shown by the question about it.
  const isPlain = run.team.model.notice === undefined && !run.options.approve.includes("answer");
  if (!isPlain || !isStreamed(config) || !isAnswerItself(subtask, planOf(run))) return undefined;
  return { as: answerId(run.question), isLanes: true, inTokensAs: wordId(run.question, state.steps) };
}

export function spent(state: LaneState, reply: Spent): LaneChange {
  return { steps: state.steps + reply.usage.steps, waitedForSlotMs: state.waitedForSlotMs + reply.waitedForSlotMs };
}

/** What a trace says of a turn or a tool call. */
export function traceOf({ run, subtask, state }: LaneContext): Record<string, unknown> {
  const title = run.shared.hidesInputs ? {} : { title: subtask.title };
  return { run_id: run.id, subtask: subtask.id, ...title, attempt: state.attempt, agent: state.agent };
}
