/**
 * Node `act`: tool calls that wait for a human: those that have to be allowed, and writes whose conflict a human has to settle.
 * It stands apart from `think` since what comes before an interrupt runs again on resume, and a model turn must not. While it
 * waits the lane holds no slot, and those that wait for it are parked. One question each time it runs: what was carried out
 * after an answer is in a checkpoint before the next is asked.
 */
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { answerConflicts, conflictRequest, readVerdicts } from "../engine/runtime/artifacts/ask-conflict.ts";
import { askInLane } from "../engine/runtime/lanes/enter-lane.ts";
import { laneNode, type LaneContext } from "../engine/runtime/lanes/lane-node.ts";
import type { ConflictRecord } from "../state/artifact.ts";
import type { LaneState, LaneUpdate } from "../state/lane-state.ts";
import { readDecisions, requestOf, type HumanRequest, type ReviewDecision } from "../state/review.ts";
import { settledText } from "../tools/artifacts/answer-write.ts";
import { artifactAccess } from "../tools/artifacts/artifact-access.ts";
import { callsToApprove } from "../tools/understand-calls.ts";
import { journalCalls, runInLane, type Step } from "../tools/lane-tools.ts";
import {
  callsOf,
  deniedCall,
  placeOf,
  toolMessage,
  type AnsweredCall,
  type RequestedCall,
} from "../tools/run-tool-calls.ts";

interface Acting extends LaneContext, Step {
  /** The calls of the turn that have no answer yet. */
  open: readonly RequestedCall[];
}

export const act = laneNode(
  async (lane) => {
    const acting = await actingIn(lane);
    const { open } = acting;
    const conflicts = open.flatMap((call) => pendingConflict(acting, call) ?? []);
    // Else there are calls to allow first: after a crash, an answer that allowed them must not be taken for a ruling.
    const isForRuling = conflicts.length > 0 && conflicts.length === open.length;
    return isForRuling ? settleConflicts(acting, conflicts) : carryOutAllowed(acting);
  },
  (signal, lane) => {
    // Every call is answered, or the provider would refuse whatever comes next.
    const messages = openIn(lane.state).open.map((call) =>
      toolMessage(call, `The call failed: ${signal.evidence}`, false),
    );
    return { messages, signal, next: "recover" };
  },
);

async function actingIn(lane: LaneContext): Promise<Acting> {
  const { run, subtask, state } = lane;
  const granted = run.team.toolsOf(state.agent, subtask);
  return { ...lane, ...openIn(state), granted, access: await artifactAccess(lane, state.steps, true) };
}

/** All calls of the lane's last turn, and those that have no answer yet. */
function openIn({ messages }: LaneState): Pick<Acting, "callsOfTurn" | "open"> {
  const last = messages.findLast((message) => AIMessage.isInstance(message));
  const callsOfTurn = last === undefined ? [] : callsOf(last);
  const answered = new Set(
    messages.filter((message) => ToolMessage.isInstance(message)).map((message) => message.tool_call_id),
  );
  return { callsOfTurn, open: callsOfTurn.filter(({ id }) => !answered.has(id)) };
}

interface Contested {
  call: RequestedCall;
  conflict: ConflictRecord;
}

function pendingConflict({ run, access, callsOfTurn }: Acting, call: RequestedCall): Contested | undefined {
  const { conflict } = run.shared.artifacts.eventOf({ ...access.origin, call: placeOf(call, callsOfTurn) }) ?? {};
  return conflict?.result === "pending" ? { call, conflict } : undefined;
}

/** A conflict that is contested again by what others have written meanwhile stays open, and is asked about again. */
async function settleConflicts(acting: Acting, contested: readonly Contested[]): Promise<LaneUpdate> {
  const { run, state, access } = acting;
  const conflicts = contested.map(({ conflict }) => conflict);
  const request = await conflictRequest(run.shared.artifacts, state.subtask, conflicts);
  const decisions = await askPerson(acting, {
    request,
    key: conflicts.map(({ id, committed }) => `${id}@${committed}`).join(),
    read: (answer) => readVerdicts(run.shared.artifacts, conflicts, answer),
  });
  const outcomes = await answerConflicts(run.shared.writer, conflicts, decisions);
  const messages: BaseMessage[] = [];
  for (const [index, { call, conflict }] of contested.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined || outcome.kind === "pending") continue;
    const version = outcome.kind === "committed" ? outcome.version.version : conflict.committed;
    const settled = run.shared.artifacts.eventOf(conflict.by)?.conflict ?? conflict;
    access.view.markSettled(version, settled);
    messages.push(
      toolMessage(call, `${settledText(settled)} ${conflict.artifact} is at version ${version} now.`, true),
    );
  }
  const isOpen = messages.length < acting.open.length;
  return { messages, seen: access.view.seen, next: isOpen ? "act" : "think" };
}

async function carryOutAllowed(acting: Acting): Promise<LaneUpdate> {
  const { run, state, access, granted, open } = acting;
  const calls = callsToApprove(open, granted, run.options.approve);
  const request = askingFor(state, calls);
  const read = (answer: unknown): ReviewDecision[] => readDecisions(answer, calls.length);
  const decisions = await askPerson(acting, { request, key: "", read });
  const answers = await carryOut(acting, calls, decisions);
  const end = answers.find((answer) => answer.end !== undefined)?.end;
  const given = answers.filter(({ call }) => !access.pending.has(placeOf(call, acting.callsOfTurn)));
  const change = { messages: given.map(({ message }) => message), seen: access.view.seen };
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

function askPerson(acting: Acting, { request, key, read }: Asking): Promise<ReviewDecision[]> {
  const { subtask, attempt, steps } = acting.state;
  return askInLane(acting, {
    key: `${subtask}/${attempt}/${steps}${key === "" ? "" : `/${key}`}`,
    request,
    read,
    about: { calls: request.action_requests.map(({ name, args }) => ({ name, args })) },
    record: (decisions) => ({ decisions }),
  });
}

function askingFor({ subtask, agent }: LaneState, calls: readonly RequestedCall[]): HumanRequest {
  const actions = calls.map(({ name, args }) => ({
    name,
    args,
    description: `${agent} wants to call ${name} for subtask ${subtask}`,
  }));
  return requestOf({ kind: "tool", subtask, actions });
}

/** Runs what was allowed, answers for the rest; one message for each open call, in their order. */
async function carryOut(
  acting: Acting,
  calls: readonly RequestedCall[],
  decisions: readonly ReviewDecision[],
): Promise<AnsweredCall[]> {
  const { open } = acting;
  const decided = new Map(calls.map((call, index) => [call.id, decisions[index]]));
  const denied = open.flatMap((call) => {
    const decision = decided.get(call.id);
    return decision?.type === "reject" ? [deniedCall(call, decision.message)] : [];
  });
  const allowed = open.flatMap((call) => {
    const decision = decided.get(call.id);
    if (decision?.type === "reject") return [];
    return decision?.type === "edit" ? [{ ...call, args: decision.edited_action.args }] : [call];
  });
  const ran = await runInLane(acting, allowed, acting);
  const byId = new Map([...denied, ...ran].map((answer) => [answer.call.id, answer]));
  const answers = open.flatMap(({ id }) => byId.get(id) ?? []);
  await journalCalls(acting, acting.access, answers);
  return answers;
}
