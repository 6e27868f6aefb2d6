/**
 * Node `act`: tool calls that a human has to allow. It stands apart from `think` since what comes before an interrupt runs
 * again on resume, and a model turn must not. While it waits the lane holds no slot, and those that wait for it are parked.
 */
import { AIMessage } from "@langchain/core/messages";
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import type { RunHandle, Services } from "../engine/ports.ts";
import { askHuman } from "../engine/recovery/ask-human.ts";
import { signalOf } from "../engine/recovery/guarded.ts";
import { leaveLane } from "../engine/schedule/enter-lane.ts";
import { suspendLane, unsuspendLane } from "../engine/schedule/suspend-lane.ts";
import type { LaneState, LaneUpdate } from "../state/lane-state.ts";
import { readDecisions, type HumanRequest, type ReviewDecision } from "../state/review.ts";
import {
  actingCalls,
  callsOf,
  deniedCall,
  runToolCalls,
  type AnsweredCall,
  type RequestedCall,
} from "../tools/run-tool-calls.ts";

export function act(services: Services) {
  return async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
    const run = await services.runs.open(state.runId, config);
    const calls = callsOf(state.messages.findLast((message) => AIMessage.isInstance(message)) as AIMessage);
    const asked = actingCalls(calls, run.toolsOf(state.agent));
    const key = `${state.subtask}/${state.attempt}/${state.turns}`;
    leaveLane(run, state.subtask, false);
    suspendLane(run, state.subtask);
    await run.journalOnce(`interrupt/tool/${key}`, {
      kind: "interrupt",
      subtask: state.subtask,
      attempt: state.attempt,
      data: { kind: "tool", calls: asked.map(({ name, args }) => ({ name, args })) },
    });
    const decisions = askHuman(requestOf(state, asked), (answer) => readDecisions(answer, asked.length));
    unsuspendLane(run, state.subtask);
    await run.journalOnce(`resume/tool/${key}`, {
      kind: "resume",
      subtask: state.subtask,
      attempt: state.attempt,
      data: { kind: "tool", decisions },
    });
    try {
      const answers = await carryOut(run, { state, calls, asked, decisions, services, config });
      return { messages: answers.map(({ message }) => message), next: "think" };
    } catch (error) {
      return { signal: signalOf(error, config.signal), next: "recover" };
    }
  };
}

function requestOf(state: LaneState, asked: readonly RequestedCall[]): HumanRequest {
  return {
    kind: "tool",
    subtask: state.subtask,
    action_requests: asked.map(({ name, args }) => ({
      name,
      args,
      description: `${state.agent} wants to call ${name} for subtask ${state.subtask}`,
    })),
    review_configs: [...new Set(asked.map(({ name }) => name))].map((action_name) => ({
      action_name,
      allowed_decisions: ["approve", "edit", "reject"],
    })),
  };
}

interface CarryingOut {
  state: LaneState;
  calls: readonly RequestedCall[];
  asked: readonly RequestedCall[];
  decisions: readonly ReviewDecision[];
  services: Services;
  config: LangGraphRunnableConfig;
}

/** Runs what was allowed, answers for the rest; one message for each call, in their order. */
async function carryOut(run: RunHandle, facts: CarryingOut): Promise<AnsweredCall[]> {
  const { state, calls, asked, decisions, services, config } = facts;
  const decided = new Map(asked.map((call, index) => [call.id, decisions[index]]));
  const granted = run.toolsOf(state.agent);
  const model = run.modelOf(state.model ?? run.agent(state.agent)?.model);
  const answers = await Promise.all(
    calls.map(async (call) => {
      const decision = decided.get(call.id);
      if (decision?.type === "reject") return [deniedCall(call, decision.message)];
      const edited = decision?.type === "edit" ? { ...call, args: decision.edited_action.args } : call;
      return runToolCalls([edited], { granted, clock: services.clock, config, shelf: run.shelf, model });
    }),
  );
  const { subtask, attempt } = state;
  await run.journal.append(
    ...answers.flat().map(({ call, outcome, ms, message }) => ({
      kind: "tool-call" as const,
      subtask,
      attempt,
      data: { tool: call.name, args: call.args, outcome, ms, characters: message.text.length },
    })),
  );
  return answers.flat();
}
