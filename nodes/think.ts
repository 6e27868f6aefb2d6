/**
 * Node `think`: one step, that is one model turn with the tool calls that it makes. Calls that need a human go to `act`; a
 * reply without calls is the result. A crash repeats at most this one step.
 */
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { answerOwedBy } from "../engine/policy/answer/deliverable.ts";
import { isWorthClearing } from "../engine/policy/context/compact.ts";
import { WRITING_TOOLS } from "../engine/policy/merge/artifact-rules.ts";
import { beginningOf, isKept } from "../engine/policy/output/kept-output.ts";
import { isJsonResult, judgeOutput } from "../engine/policy/output/validate-output.ts";
import { CLEARING_NOTICE, isClearingNotice, LAST_STEP, refusalIn } from "../engine/policy/prompts/agent-prompt.ts";
import { afterGoodReply } from "../engine/policy/recovery/decide.ts";
import { stallIn } from "../engine/policy/recovery/stalls.ts";
import { unreadCall } from "../engine/policy/reply/reply-message.ts";
import { withoutThoughts } from "../engine/policy/reply/thoughts.ts";
import { unfinishedReply, type ReplyFacts } from "../engine/policy/reply/unfinished.ts";
import type { TurnReply } from "../engine/ports/turns.ts";
import { brokenInLane } from "../engine/runtime/citations/checked-citations.ts";
import { compactLane } from "../engine/runtime/lanes/compact-lane.ts";
import { condenseResults } from "../engine/runtime/lanes/condense-results.ts";
import { enterLane } from "../engine/runtime/lanes/enter-lane.ts";
import { laneOpening } from "../engine/runtime/lanes/lane-messages.ts";
import { laneNode, lastWordOf, spent, takeTurn, type LaneContext } from "../engine/runtime/lanes/lane-node.ts";
import { planOf } from "../engine/runtime/run/run.ts";
import { deadlineOf } from "../engine/runtime/turns/ending.ts";
import type { LaneChange, LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { Signal, SignalKind } from "../state/signal.ts";
import { artifactAccess, changesSince, standingOf, type ArtifactAccess } from "../tools/artifacts/artifact-access.ts";
import { journalCalls, runInLane, type Step } from "../tools/lane-tools.ts";
import { callsOf, type AnsweredCall } from "../tools/run-tool-calls.ts";
import { DOCUMENT_TOOLS } from "../tools/tool-names.ts";
import { callsToApprove, understoodCalls } from "../tools/understand-calls.ts";
import { readsByRule } from "../engine/ports/models.ts";

export const think = laneNode(
  async (lane) => {
    const { run, subtask, state, config } = lane;
    const kind = run.team.agent(state.agent)?.kind;
    if (kind === "human") return { next: "person" };
    if ((kind === "graph" || kind === "remote") && subtask.role !== "reduce") return { next: "delegate" };
    const entry = await enterLane(run, { subtask, agent: state.agent }, config.signal);
    if (entry.kind === "stopped") return failing(entry.signal);
    return subtask.role === "reduce" ? condense(lane) : work(lane);
  },
  (signal) => failing(signal),
);

function failing(signal: Signal, more: LaneChange = {}): LaneUpdate {
  return { ...more, signal, next: "recover" };
}

async function work(lane: LaneContext): Promise<LaneUpdate> {
  const { run, subtask, state, clock } = lane;
  const agent = run.team.agent(state.agent);
  if (agent === undefined) return failing({ kind: "agent-error", evidence: `the run has no agent "${state.agent}"` });
  const endsAt = deadlineOf(subtask, state);
  if (endsAt !== undefined && clock.now() >= endsAt) return failing(OUT_OF_TIME);
  const limit = (subtask.steps ?? agent.maxSteps) + repairs(state);
  if (state.turns >= limit) return failing({ kind: "steps-exceeded", evidence: `no result within ${limit} steps` });
  const isLast = state.turns === limit - 1;
  const opening = laneOpening(run, { subtask, agent });
  const granted = run.team.toolsOf(agent.name, subtask);
  const compacted = await compactLane(lane, { agent, opening });
  if (compacted !== undefined) return { ...compacted, next: "think" };
  // Recovery asked for it, and there is nothing to gain: it finds that too.
  if (state.signal !== null) return failing(state.signal);
  const access = await artifactAccess(lane, state.steps + 1);
  const notes = [
    ...(await toldOf(access, { granted, isFirst: state.messages.length === 0 })),
    ...clearingTold(lane, limit - state.turns),
    ...(isLast && state.turns > 0 ? [LAST_STEP] : []),
  ];
  const prompt = {
    messages: [opening.system, opening.asked, ...state.messages, ...notes],
    brief: opening.brief,
    tools: opening.tools,
    ...(state.messages.length > 0 ? {} : { shared: opening.shared() }),
  };
  const reply = await takeTurn(lane, prompt, { artifacts: access.view.writes, shown: lastWordOf(lane) });
  if (reply.kind === "signal") return failing(reply.signal, spent(state, reply));
  const isResult = (text: string): boolean => isJsonResult(text, subtask);
  const message = understoodCalls(reply.message, { granted, before: state.messages, isResult });
  const calls = callsOf(message);
  const isActing = callsToApprove(calls, granted, run.options.approve).length > 0;
  // The settlement is flushed with the lines of the tool calls, where there are any to run.
  if (calls.length === 0 || isLast || isActing) await reply.recorded;
  if (calls.length === 0) return answered(lane, reply, { notes, seen: access.view.seen });
  if (isLast) {
    return failing({ kind: "steps-exceeded", evidence: `no result within ${limit} steps` }, spent(state, reply));
  }
  const messages = [...notes, message];
  if (isActing) return { ...turned(state, reply), messages, seen: access.view.seen, next: "act" };
  return useTools(lane, { reply, messages, callsOfTurn: calls, granted, access });
}

/** What the agent is told of artifacts: as they stand when it begins, then what others have changed since it saw them. */
async function toldOf(
  access: ArtifactAccess,
  { granted, isFirst }: { granted: Step["granted"]; isFirst: boolean },
): Promise<BaseMessage[]> {
  const told = isFirst ? await standingOf(access, granted) : await changesSince(access);
  return told === undefined ? [] : [told];
}

/** That old answers are cleared. A model that reads by rule writes no notes, and nobody pays for what it reads again. */
function clearingTold({ run, state }: LaneContext, turnsLeft: number): BaseMessage[] {
  const model = run.team.modelOf(state.model ?? run.team.agent(state.agent)?.model);
  if (readsByRule(model) || state.messages.some(isClearingNotice) || !isWorthClearing(state.messages, turnsLeft))
    return [];
  return [CLEARING_NOTICE];
}

interface Using extends Step {
  reply: Extract<TurnReply, { kind: "reply" }>;
  /** What the step has added to the conversation so far. */
  messages: readonly BaseMessage[];
}

async function useTools(lane: LaneContext, { reply, messages: before, ...step }: Using): Promise<LaneUpdate> {
  const { run, state } = lane;
  const { pending, view } = step.access;
  const answers = await runInLane(lane, step.callsOfTurn, step);
  await Promise.all([reply.recorded, journalCalls(lane, step.access, answers)]);
  // The answer to a write that waits for a human is given by `act`.
  const given = answers.filter((_, call) => !pending.has(call)).map((answer) => answer.message);
  const messages = [...before, ...given];
  const change = { ...turned(state, reply), messages, seen: view.seen };
  const end = answers.find((answer) => answer.end !== undefined)?.end;
  if (end !== undefined) return failing(end, change);
  if (pending.size > 0) return { ...change, next: "act" };
  const signal = trouble(answers) ?? stallIn([...state.messages, ...messages], run.recovery.detection);
  return signal === undefined ? { ...change, next: "think" } : failing(signal, change);
}

const OUT_OF_TIME: Signal = { kind: "deadline", evidence: "the subtask's time is over" };

const SENT_BACK: readonly SignalKind[] = [
  "invalid-output",
  "check-failed",
  "broken-citation",
  "announced",
  "declined",
  "uncited",
];

/** An output that is sent back costs a step that the subtask did not count on. */
function repairs({ firings }: LaneState): number {
  return SENT_BACK.reduce((sum, kind) => sum + (firings[`${kind}/repair`] ?? 0), 0);
}

/** What the model has got wrong itself. */
const MISTAKES: Partial<Record<AnsweredCall["outcome"], SignalKind>> = {
  "unknown-tool": "unknown-tool",
  "invalid-arguments": "invalid-arguments",
};

/** A step in which every call failed: the model has been told, and the policy counts how often. */
function trouble(answers: readonly AnsweredCall[]): Signal | undefined {
  const [first] = answers;
  if (first === undefined || answers.some(({ outcome }) => outcome === "ok" || outcome === "denied")) return undefined;
  return {
    kind: MISTAKES[first.outcome] ?? "tool-error",
    evidence: `${first.call.name}: ${first.message.text.slice(0, 300)}`,
  };
}

/** A node of the reduction: one wave of calls on parts of the results. */
async function condense(lane: LaneContext): Promise<LaneUpdate> {
  const condensed = await condenseResults(lane);
  if (condensed.kind !== "done")
    return { ...condensed.change, next: condensed.kind === "failed" ? "recover" : "think" };
  const output = await lane.run.shared.contents.keep(condensed.output);
  return { ...condensed.change, outcome: "done", output, next: "publish" };
}

/** A reply with calls or text takes the agent one turn on. */
function turned(state: LaneState, reply: TurnReply): LaneChange {
  return { ...spent(state, reply), turns: state.turns + 1, firings: { ...afterGoodReply(state.firings) } };
}

interface Known {
  /** What the step has been told, beside the conversation. */
  notes: readonly BaseMessage[];
  seen: LaneState["seen"];
}

/** The text of a reply without tool calls is the result, or the agent's word that it cannot, or that it is not there. */
async function answered(
  lane: LaneContext,
  reply: { message: AIMessage } & TurnReply,
  { notes, seen }: Known,
): Promise<LaneUpdate> {
  const { run, state } = lane;
  // What it was told stays before its answer: where the output is sent back, the next request begins with this one.
  const before = notes.map(
    ({ text, additional_kwargs }, index) =>
      new HumanMessage({ id: `${reply.message.id}/told/${index}`, content: text, additional_kwargs }),
  );
  const kept = { ...turned(state, reply), seen, messages: [...before, reply.message] };
  const text = withoutThoughts(reply.message.text).trim();
  if (text === "")
    return failing(
      { kind: "empty-answer", evidence: "the model's reply has no text and no tool call" },
      spent(state, reply),
    );
  const problem = unreadCall(reply.message, text);
  if (problem !== undefined) return failing({ kind: "invalid-output", evidence: problem }, kept);
  const refusal = refusalIn(text);
  // What comes closest is told behind the line that says that it is not there, and is the result of having looked.
  if (refusal !== undefined)
    return failing({ kind: refusal.kind, evidence: refusal.reason }, { ...kept, output: refusal.rest });
  const facts = replyFacts(lane);
  const unfinished = unfinishedReply(text, facts);
  const output = await run.shared.contents.keep(text);
  // What only lacks a citation is a result, should nothing better come of asking for one.
  const isSoundSoFar = unfinished?.kind === "uncited" || facts.unwritten !== undefined;
  const sound = isSoundSoFar && judgeOutput(text, lane.subtask).ok ? { sound: output } : {};
  if (unfinished !== undefined) return failing(unfinished, { ...kept, ...sound });
  // Nothing is said in this conversation after an output that fits: its beginning will do.
  const isLast = isKept(output) && (await isSound(lane, text));
  const messages = isLast ? [...before, shortly(reply.message)] : kept.messages;
  return { ...kept, messages, output, next: "validate" };
}

/** Nothing of it will be sent back. */
async function isSound(lane: LaneContext, text: string): Promise<boolean> {
  const judged = judgeOutput(text, lane.subtask);
  return judged.ok && (await brokenInLane(lane, judged.output)) === undefined;
}

/** Skills of a subtask by which facts are to be found in documents. */
const LOOKING_UP: ReadonlySet<string> = new Set(["research", "extraction", "search", "lookup"]);

/**
 * A subtask that asks for JSON is held to that, and one that writes artifacts need not cite in what it says of them. A citation is
 * asked for once: a result that stays without is a result.
 */
function replyFacts({ run, state, subtask }: LaneContext): ReplyFacts {
  const { expects, writes, skills } = subtask;
  const looked = state.messages.some(
    (message) =>
      ToolMessage.isInstance(message) && DOCUMENT_TOOLS.has(message.name ?? "") && message.text.startsWith("<passage "),
  );
  const isAsked = state.firings["uncited/repair"] !== undefined;
  const isResearch = looked || skills.some((skill) => LOOKING_UP.has(skill));
  return {
    isText: expects === undefined,
    hasTools: run.team.toolsOf(state.agent, subtask).length > 0,
    isResearch: run.shared.documents !== undefined && isResearch && writes.length === 0 && !isAsked,
    unwritten: unwrittenAnswer({ run, state, subtask }),
  };
}

/** It is asked for once, as the lane's own conversation has it. */
function unwrittenAnswer({ run, state, subtask }: Pick<LaneContext, "run" | "state" | "subtask">): string | undefined {
  const answer = answerOwedBy(subtask, planOf(run));
  if (answer === undefined || state.firings["announced/repair"] !== undefined) return undefined;
  const hasWritten = state.messages.some(
    (message) => ToolMessage.isInstance(message) && WRITING_TOOLS.has(message.name ?? ""),
  );
  return hasWritten ? undefined : answer;
}

const SHOWN_OF_RESULT = 1000;

function shortly({ id, text, usage_metadata }: AIMessage): AIMessage {
  const content = `${beginningOf(text, SHOWN_OF_RESULT)}\n[cut: the whole is the result]`;
  return new AIMessage({ ...(id === undefined ? {} : { id }), content, ...(usage_metadata && { usage_metadata }) });
}
