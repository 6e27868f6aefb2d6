/** The desk of one step: what its calls for artifacts work with. */
import type { BaseMessage } from "@langchain/core/messages";
import { arbitrate } from "../../engine/merge/arbitrate.ts";
import { StepView } from "../../engine/merge/step-view.ts";
import type { RunHandle, TurnReply } from "../../engine/ports.ts";
import type { LaneState } from "../../state/lane-state.ts";
import type { Subtask } from "../../state/plan.ts";
import type { ArtifactDesk } from "./artifact-desk.ts";

export interface Step {
  run: RunHandle;
  subtask: Subtask;
  state: LaneState;
  /** From 1: the model turn whose calls these are. */
  turn: number;
  ask: (messages: BaseMessage[]) => Promise<Exclude<TurnReply, { kind: "drained" }>>;
}

export function deskFor({ run, subtask, state, turn, ask }: Step): ArtifactDesk {
  const { artifacts } = run;
  return {
    artifacts,
    subtask,
    origin: { subtask: subtask.id, attempt: state.attempt, agent: state.agent, turn },
    view: new StepView(artifacts, state.seen ?? {}),
    arbitrate: (conflict) => arbitrate({ artifacts, ask }, conflict),
    pending: new Map(),
  };
}
