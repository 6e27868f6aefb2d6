/**
 * Node `act`: tool calls that wait for a human: those that have to be allowed, and writes whose conflict a human has to settle.
 * It stands apart from `think` since what comes before an interrupt runs again on resume, and a model turn must not. While it
 * waits the lane holds no slot, and those that wait for it are parked. One question each time it runs: what was carried out
 * after an answer is in a checkpoint before the next is asked.
 */
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { answerConflicts, conflictRequest, readVerdicts } from "../engine/runtime/artifacts/ask-conflict.ts";
import type { Run, Services } from "../engine/runtime/run/run.ts";
import { askHuman } from "../engine/runtime/people/ask-human.ts";
import { signalOf } from "../engine/runtime/run/guarded.ts";
import { digestOf } from "../engine/policy/recovery/stalls.ts";
import { leaveLane } from "../engine/runtime/lanes/enter-lane.ts";
import { endOf } from "../engine/runtime/turns/ending.ts";
import { suspendLane, unsuspendLane } from "../engine/runtime/lanes/suspend-lane.ts";
import type { ConflictRecord } from "../state/artifact.ts";
import type { LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { Subtask } from "../state/plan.ts";
import { readDecisions, type HumanRequest, type ReviewDecision } from "../state/review.ts";
import { settledIn, settledText } from "../tools/artifacts/answer-write.ts";
import type { ArtifactDesk } from "../tools/artifacts/artifact-desk.ts";
import { deskFor } from "../tools/artifacts/desk-for.ts";
import { askedCalls } from "../tools/asked-calls.ts";
import {
  callsOf,
  deniedCall,
  runToolCalls,
  toolMessage,
  type AnsweredCall,
  type RequestedCall,
} from "../tools/run-tool-calls.ts";

interface Acting {
  run: Run;
  subtask: Subtask;
  state: LaneState;
  services: Services;
  config: LangGraphRunnableConfig;
  desk: ArtifactDesk;
  /** All calls of the turn, and those that have no answer yet. */
  turn: readonly RequestedCall[];
  open: readonly RequestedCall[];
}

export function act(services: Services) {
  return async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
    const run = await services.runs.open(state, config);
    const subtask = run.shared.board.subtask(state.subtask) as Subtask;
    const turn = callsOf(state.messages.findLast((message) => AIMessage.isInstance(message)) as AIMessage);
    const answered = new Set(
      state.messages.filter((said) => ToolMessage.isInstance(said)).map((said) => said.tool_call_id),
    );
    const open = turn.filter(({ id }) => !answered.has(id));
    const desk = deskFor({ run, subtask, state, step: state.steps, config });
    const acting: Acting = { run, subtask, state, services, config, desk, turn, open };
    const conflicts = open.flatMap((call) => pendingConflict(acting, call) ?? []);
    // Else there are calls to allow first: after a crash, an answer that allowed them must not be taken for a ruling.
    const isForRuling = conflicts.length > 0 && conflicts.length === open.length;
    try {
      return await (isForRuling ? settleConflicts(acting, conflicts) : carryOutAllowed(acting));
    } catch (error) {
      const signal = signalOf(error, config.signal);
      // Every call is answered, or the provider would refuse whatever comes next.
      const messages = open.map((call) => toolMessage(call, `The call failed: ${signal.evidence}`, false));
      return { messages, signal, next: "recover" };
    }
  };
}

interface Contested {
  call: RequestedCall;
  conflict: ConflictRecord;
}

function pendingConflict({ run, desk, turn }: Acting, call: RequestedCall): Contested | undefined {
  const conflict = run.shared.artifacts.conflictOf({
    ...desk.origin,
    call: turn.findIndex(({ id }) => id === call.id),
  });
  return conflict?.result === "pending" ? { call, conflict } : undefined;
}

/** A conflict that is contested again by what others have written meanwhile stays open, and is asked about again. */
async function settleConflicts(acting: Acting, contested: readonly Contested[]): Promise<LaneUpdate> {
  const { run, state, desk } = acting;
  const conflicts = contested.map(({ conflict }) => conflict);
  const request = await conflictRequest(run.shared.artifacts, state.subtask, conflicts);
  const decisions = await asked(acting, {
    ...{ request, key: conflicts.map(({ id, committed }) => `${id}@${committed}`).join() },
    read: (answer) => readVerdicts(run.shared.artifacts, conflicts, answer),
  });
  const outcomes = await answerConflicts(run.shared.artifacts, conflicts, decisions);
  const messages: BaseMessage[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const { call, conflict } = contested[index] as Contested;
    if (outcome.kind === "pending") continue;
    const version = outcome.kind === "committed" ? outcome.version.version : conflict.committed;
    const settled = run.shared.artifacts.conflictOf(conflict.by) as ConflictRecord;
    settledIn(desk.view, version, settled);
    messages.push(
      toolMessage(call, `${settledText(settled)} ${conflict.artifact} is at version ${version} now.`, true),
    );
  }
  const isOpen = messages.length < acting.open.length;
  return { messages, seen: desk.view.seen, next: isOpen ? "act" : "think" };
}

async function carryOutAllowed(acting: Acting): Promise<LaneUpdate> {
  const { run, subtask, state, desk, open } = acting;
  const calls = askedCalls(open, run.team.toolsOf(state.agent, subtask), run.options.approve);
  const request = requestOf(state, calls);
  const read = (answer: unknown): ReviewDecision[] => readDecisions(answer, calls.length);
  const decisions = await asked(acting, { request, key: "", read });
  const answers = await carryOut(acting, calls, decisions);
  const end = answers.find((answer) => answer.end !== undefined)?.end;
  const given = answers.filter(({ call }) => !desk.pending.has(acting.turn.findIndex(({ id }) => id === call.id)));
  const change = { messages: given.map(({ message }) => message), seen: desk.view.seen };
  if (end !== undefined) return { ...change, signal: end, next: "recover" };
  return {
    ...change,
    next: given.length < answers.length ? "act" : "think",
  };
}

interface Asking {
  request: HumanRequest;
  key: string;
  /** Throws SwarmError ANSWER_INVALID. */
  read: (answer: unknown) => ReviewDecision[];
}

async function asked({ run, state }: Acting, { request, key, read }: Asking): Promise<ReviewDecision[]> {
  const { subtask, attempt, steps } = state;
  leaveLane(run, subtask, false);
  suspendLane(run, subtask);
  const { answer } = await askHuman(run, {
    ...{ key: `${subtask}/${attempt}/${steps}${key === "" ? "" : `/${key}`}`, request, attempt, read },
    about: { calls: request.action_requests.map(({ name, args }) => ({ name, args })) },
    record: (decisions) => ({ decisions }),
  });
  unsuspendLane(run, subtask);
  return answer;
}

function requestOf(state: LaneState, calls: readonly RequestedCall[]): HumanRequest {
  return {
    kind: "tool",
    subtask: state.subtask,
    action_requests: calls.map(({ name, args }) => ({
      name,
      args,
      description: `${state.agent} wants to call ${name} for subtask ${state.subtask}`,
    })),
    review_configs: [...new Set(calls.map(({ name }) => name))].map((action_name) => ({
      action_name,
      allowed_decisions: ["approve", "edit", "reject"],
    })),
  };
}

/** Runs what was allowed, answers for the rest; one message for each open call, in their order. */
async function carryOut(
  acting: Acting,
  asked: readonly RequestedCall[],
  decisions: readonly ReviewDecision[],
): Promise<AnsweredCall[]> {
  const { run, subtask, state, services, config, desk, turn, open } = acting;
  const decided = new Map(asked.map((call, index) => [call.id, decisions[index]]));
  const granted = run.team.toolsOf(state.agent, subtask);
  const denied = open.flatMap((call) => {
    const decision = decided.get(call.id);
    return decision?.type === "reject" ? [deniedCall(call, decision.message)] : [];
  });
  const allowed = open.flatMap((call) => {
    const decision = decided.get(call.id);
    if (decision?.type === "reject") return [];
    return decision?.type === "edit" ? [{ ...call, args: decision.edited_action.args }] : [call];
  });
  const ran = await runToolCalls(allowed, {
    ...{ granted, clock: services.clock, config, desk, turn },
    limits: { ...run.recovery.detection, deadline: run.life.stop.lanesDeadline, endsAt: endOf(subtask, state) },
    ...{ shelf: run.shared.shelf, model: run.team.modelOf(state.model ?? run.team.agent(state.agent)?.model) },
  });
  const byId = new Map([...denied, ...ran].map((answer) => [answer.call.id, answer]));
  const answers = open.map(({ id }) => byId.get(id) as AnsweredCall);
  const { attempt } = state;
  await run.record.journal.append(
    ...answers.map(({ call, outcome, ms, message }) => ({
      kind: "tool-call" as const,
      subtask: subtask.id,
      attempt,
      data: {
        ...{ tool: call.name, args: call.args, outcome, ms },
        ...{ characters: message.text.length, digest: digestOf(message) },
      },
    })),
  );
  return answers;
}
