/** The desk of one step: what its calls for artifacts work with. */
import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { arbitrate } from "../../engine/runtime/artifacts/arbitrate.ts";
import { StepView } from "../../engine/runtime/artifacts/step-view.ts";
import type { Run } from "../../engine/runtime/run/run.ts";
import type { TurnReply } from "../../engine/ports/turns.ts";
import { drained } from "../../engine/runtime/run/drained.ts";
import type { LaneState } from "../../state/lane-state.ts";
import type { Subtask } from "../../state/plan.ts";
import type { ArtifactDesk } from "./artifact-desk.ts";

export interface Step {
  run: Run;
  subtask: Subtask;
  state: LaneState;
  /** From 1, over all that the lane has done: the step whose calls these are. */
  step: number;
  config: RunnableConfig;
}

export function deskFor(facts: Step): ArtifactDesk {
  const { run, subtask, state, step } = facts;
  const { artifacts } = run.shared;
  return {
    artifacts,
    subtask,
    origin: { subtask: subtask.id, attempt: state.attempt, agent: state.agent, turn: step },
    view: new StepView(artifacts, state.seen ?? {}),
    arbitrate: (conflict) => arbitrate({ artifacts, ask: (messages) => askArbiter(facts, messages) }, conflict),
    pending: new Map(),
  };
}

/** A turn of the run's own model, on the account of the lane whose write it is about. Throws where the run drains. */
async function askArbiter(
  { run, subtask, state, config }: Step,
  messages: BaseMessage[],
): Promise<Exclude<TurnReply, { kind: "drained" }>> {
  const { attempt, agent } = state;
  const metadata = { ...config.metadata, run_id: run.id, subtask: subtask.id, attempt, agent: "arbiter" };
  const reply = await run.turns.take({
    ...{ purpose: "work", messages, tools: [], subtask: subtask.id, attempt, agent },
    priority: run.budget.priorityOf(subtask.id),
    config: { ...config, runName: `arbiter · ${subtask.id}`, metadata },
  });
  if (reply.kind === "drained") throw drained(run, "drained before an arbiter's turn");
  return reply;
}
