/**
 * Node `delegate`: a subtask that a graph does. One call of the graph, or one of its questions to a person, each time it runs: what stands
 * before an interrupt runs again on resume, and a call must not. While it waits for an answer the lane holds no slot, and those that
 * wait for it are parked.
 */
import { hash } from "node:crypto";
import type { BaseCheckpointSaver } from "@langchain/langgraph";
import {
  answerMessage,
  questionRequest,
  questionsIn,
  readGraphAnswer,
  type GraphQuestion,
} from "../engine/policy/graphs/interrupt-calls.ts";
import { refusalIn } from "../engine/policy/prompts/agent-prompt.ts";
import { afterGoodReply } from "../engine/policy/recovery/decide.ts";
import type { GraphTurn } from "../engine/ports/graphs.ts";
import { askInLane, enterLane } from "../engine/runtime/lanes/enter-lane.ts";
import { laneOpening } from "../engine/runtime/lanes/lane-messages.ts";
import { laneNode, spent, takeTurn, type LaneContext } from "../engine/runtime/lanes/lane-node.ts";
import { deadlineOf } from "../engine/runtime/turns/ending.ts";
import type { LaneChange, LaneUpdate } from "../state/lane-state.ts";
import type { Signal } from "../state/signal.ts";
import { checkpointerIn } from "../engine/runtime/langgraph/host-config.ts";

export const delegate = laneNode(
  async (lane) => {
    const open = questionsIn(lane.state.messages).find(({ answer }) => answer === undefined);
    return open === undefined ? call(lane) : ask(lane, open);
  },
  (signal) => failing(signal),
);

function failing(signal: Signal, change: LaneChange = {}): LaneUpdate {
  return { ...change, signal, next: "recover" };
}

async function call(lane: LaneContext): Promise<LaneUpdate> {
  const { run, subtask, state, clock, config } = lane;
  const agent = run.team.agent(state.agent);
  if (agent === undefined) return failing({ kind: "agent-error", evidence: `the run has no agent "${state.agent}"` });
  const entry = await enterLane(run, { subtask, agent: state.agent }, config.signal);
  if (entry.kind === "stopped") return failing(entry.signal);
  const endsAt = deadlineOf(subtask, state);
  if (endsAt !== undefined && clock.now() >= endsAt)
    return failing({ kind: "deadline", evidence: "the subtask's time is over" });
  const limit = subtask.steps ?? agent.maxSteps;
  // Where a person has answered it may still say what came of it.
  const isAnswered = questionsIn(state.messages).length > 0;
  if (state.turns >= limit && !isAnswered)
    return failing({ kind: "steps-exceeded", evidence: `no result within ${limit} steps` });
  const { asked, brief } = laneOpening(run, { subtask, agent });
  const prompt = { messages: [asked, ...state.messages], brief, tools: [] };
  const reply = await takeTurn(lane, prompt, { graph: graphTurn(lane, Math.max(1, limit - state.turns)) });
  if (reply.kind === "signal") return failing(reply.signal, spent(state, reply));
  await reply.recorded;
  const turned = {
    ...spent(state, reply),
    turns: state.turns + reply.usage.steps,
    signal: null,
    firings: { ...afterGoodReply(state.firings) },
    messages: [reply.message],
  };
  if (questionsIn([reply.message]).length > 0) return { ...turned, next: "delegate" };
  return answered(lane, reply.message.text.trim(), turned);
}

/** The same thread when the call is made again; another once its output was sent back. */
function graphTurn({ run, state, config }: LaneContext, steps: number): GraphTurn {
  const { subtask, attempt, messages } = state;
  const round = messages.filter(({ type }) => type === "human").length;
  const place = JSON.stringify([run.question.birth, subtask, attempt, round]);
  const digest = hash("sha256", place);
  // A LangGraph server takes no other name of a thread than a UUID.
  const thread = [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => digest.slice(from, to))
    .join("-");
  const checkpointer = checkpointerIn(config.configurable);
  return { thread, steps, checkpointer: checkpointer as BaseCheckpointSaver | undefined };
}

async function answered({ run }: LaneContext, text: string, turned: LaneChange): Promise<LaneUpdate> {
  if (text === "") return failing({ kind: "empty-answer", evidence: "the graph has given no output" }, turned);
  const refusal = refusalIn(text);
  if (refusal !== undefined)
    return failing({ kind: refusal.kind, evidence: refusal.reason }, { ...turned, output: refusal.rest });
  return { ...turned, output: await run.shared.contents.keep(text), next: "validate" };
}

async function ask(lane: LaneContext, question: GraphQuestion): Promise<LaneUpdate> {
  const { subtask, state } = lane;
  const { agent, attempt, turns } = state;
  const key = `${subtask.id}/${attempt}/graph/${turns}/${question.index}`;
  const request = questionRequest(question, { agent, subtask: subtask.id });
  const answer = await askInLane(lane, {
    key,
    request,
    about: { agent, title: subtask.title },
    read: (given) => readGraphAnswer(given, request),
    record: (decision) => ({ decision }),
  });
  if (answer.type === "answer") return { messages: [answerMessage(question, answer.value, key)], next: "delegate" };
  const reason = answer.message === undefined ? "" : `: ${answer.message}`;
  return { outcome: "rejected", cause: `what ${agent} asked was rejected${reason}`, output: "", next: "publish" };
}
