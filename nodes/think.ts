/**
 * Node `think`: one step, that is one model turn with the tool calls that it makes. Calls that need a human go to `act`; a
 * reply without calls is the result. A crash repeats at most this one step.
 */
import { AIMessage, HumanMessage, type BaseMessage } from "@langchain/core/messages";
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { condenseResults } from "../engine/runtime/lanes/condense-results.ts";
import { beginningOf, isKept } from "../engine/policy/output/kept-output.ts";
import { judgeOutput } from "../engine/policy/output/judge-output.ts";
import { compactLane } from "../engine/runtime/lanes/compact-lane.ts";
import type { Run, Services } from "../engine/runtime/run/run.ts";
import type { TurnReply, TurnRequest } from "../engine/ports/turns.ts";
import { LAST_STEP, refusalIn } from "../engine/policy/prompts/agent-prompt.ts";
import { changesNote } from "../engine/policy/prompts/artifact-notes.ts";
import { sharedPrefix, workMessages } from "../engine/runtime/lanes/lane-messages.ts";
import { afterGoodReply } from "../engine/policy/recovery/decide.ts";
import { signalOf } from "../engine/runtime/run/guarded.ts";
import { digestOf, stallIn } from "../engine/policy/recovery/stalls.ts";
import { hasWrittenCall } from "../engine/policy/reply/written-calls.ts";
import { drained } from "../engine/runtime/run/drained.ts";
import { endOf } from "../engine/runtime/turns/ending.ts";
import { enterLane } from "../engine/runtime/lanes/enter-lane.ts";
import type { AgentProfile } from "../state/agent-profile.ts";
import type { TextOrKept } from "../state/lane-record.ts";
import type { LaneChange, LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { Subtask } from "../state/plan.ts";
import type { Signal, SignalKind } from "../state/signal.ts";
import type { ArtifactDesk } from "../tools/artifacts/artifact-desk.ts";
import { deskFor } from "../tools/artifacts/desk-for.ts";
import { askedCalls } from "../tools/asked-calls.ts";
import { understoodCalls } from "../tools/understand-calls.ts";
import { callsOf, runToolCalls, type AnsweredCall, type RequestedCall } from "../tools/run-tool-calls.ts";

interface Turn {
  run: Run;
  subtask: Subtask;
  state: LaneState;
  services: Services;
  config: LangGraphRunnableConfig;
}

export function think(services: Services) {
  return async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
    const run = await services.runs.open(state, config);
    const subtask = run.shared.board.subtask(state.subtask) as Subtask;
    if (run.team.agent(state.agent)?.kind === "human") return { next: "person" };
    try {
      const entry = await enterLane(run, { subtask, agent: state.agent }, config.signal);
      if (entry.kind === "stopped") return failing(entry.signal);
      const turn: Turn = { run, subtask, state, services, config };
      return await (subtask.role === "reduce" ? condense(turn) : work(turn));
    } catch (error) {
      return failing(signalOf(error, config.signal));
    }
  };
}

function failing(signal: Signal, more: LaneChange = {}): LaneUpdate {
  return { ...more, signal, next: "recover" };
}

async function work(turn: Turn): Promise<LaneUpdate> {
  const { run, subtask, state } = turn;
  const agent = run.team.agent(state.agent) as AgentProfile;
  const endsAt = endOf(subtask, state);
  if (endsAt !== undefined && turn.services.clock.now() >= endsAt) return failing(OUT_OF_TIME);
  const limit = (subtask.steps ?? agent.maxSteps) + repairs(state);
  if (state.turns >= limit) return failing({ kind: "steps-exceeded", evidence: `no result within ${limit} steps` });
  const isLast = state.turns === limit - 1;
  const opening = workMessages(run, { subtask, agent });
  const granted = run.team.toolsOf(agent.name, subtask);
  const ask = (messages: BaseMessage[]): Promise<Spent> => takeTurn(turn, { messages, tools: [] });
  const compacted = await compactLane({ run, subtask, agent, state, opening, tools: granted, ask });
  if (compacted !== undefined) return compacted;
  // Recovery asked for it, and there is nothing to gain: it is not to ask again.
  if (state.signal !== null) return failing(state.signal, { firings: { ...state.firings, ...NO_MORE_COMPACTING } });
  const desk = deskFor({ run, subtask, state, step: state.steps + 1, config: turn.config });
  const told = [...changesIn(desk), ...(isLast && state.turns > 0 ? [LAST_STEP] : [])];
  const shared = state.messages.length > 0 ? {} : { shared: sharedPrefix(run, { subtask, agent }) };
  const reply = await takeTurn(turn, { messages: [...opening, ...state.messages, ...told], tools: granted, ...shared });
  if (reply.kind === "signal") return failing(reply.signal, spent(state, reply));
  const isResult = (text: string): boolean => subtask.expects !== undefined && judgeOutput(text, subtask).ok;
  const message = understoodCalls(reply.message, { granted, before: state.messages, isResult });
  const calls = callsOf(message);
  const isActing = askedCalls(calls, granted, run.options.approve).length > 0;
  // The settlement is flushed with the lines of the tool calls, where there are any to run.
  if (calls.length === 0 || isLast || isActing) await reply.recorded;
  if (calls.length === 0) return answered(turn, reply, { told, seen: desk.view.seen });
  if (isLast) {
    return failing({ kind: "steps-exceeded", evidence: `no result within ${limit} steps` }, spent(state, reply));
  }
  const said = [...told, message];
  if (isActing) return { ...turned(state, reply), messages: said, seen: desk.view.seen, next: "act" };
  return useTools(turn, { agent, reply, said, calls, granted, desk });
}

/** What the agent is told of artifacts that others have changed since it saw them. */
function changesIn({ view }: ArtifactDesk): BaseMessage[] {
  const changes = view.changes();
  return changes.length === 0 ? [] : [changesNote(changes)];
}

interface Using {
  agent: AgentProfile;
  reply: Extract<TurnReply, { kind: "reply" }>;
  /** What the step has added to the conversation so far. */
  said: readonly BaseMessage[];
  calls: readonly RequestedCall[];
  granted: TurnRequest["tools"];
  desk: ArtifactDesk;
}

async function useTools(turn: Turn, { agent, reply, calls, granted, desk, ...before }: Using): Promise<LaneUpdate> {
  const { run, state, services } = turn;
  const model = run.team.modelOf(state.model ?? agent.model);
  const limits = {
    ...run.recovery.detection,
    deadline: run.life.stop.lanesDeadline,
    endsAt: endOf(turn.subtask, state),
  };
  const place = { granted, clock: services.clock, shelf: run.shared.shelf, model, desk, turn: calls, limits };
  const answers = await runToolCalls(calls, { ...place, config: toolConfig(turn) });
  await Promise.all([reply.recorded, journalCalls(turn, answers)]);
  // The answer to a write that waits for a human is given by `act`.
  const given = answers.filter((_, call) => !desk.pending.has(call)).map((answer) => answer.message);
  const said = [...before.said, ...given];
  const change = { ...turned(state, reply), messages: said, seen: desk.view.seen };
  const end = answers.find((answer) => answer.end !== undefined)?.end;
  if (end !== undefined) return failing(end, change);
  if (desk.pending.size > 0) return { ...change, next: "act" };
  const signal = trouble(answers) ?? stallIn([...state.messages, ...said], run.recovery.detection);
  return signal === undefined ? { ...change, next: "think" } : { ...change, signal, next: "recover" };
}

/** As often as any policy allows. */
const NO_MORE_COMPACTING = { "context-overflow/compact": 100 };
/** Never a result: the server did not read it, and neither can we. */
const UNREADABLE_CALL: Signal = {
  kind: "invalid-output",
  evidence:
    "it holds a tool call as text, which cannot be read; call tools as your interface has it, or answer in words",
};
const OUT_OF_TIME: Signal = { kind: "deadline", evidence: "the subtask's time is over" };

/** An output that is sent back costs a step that the subtask did not count on. */
function repairs({ firings }: LaneState): number {
  return (firings["invalid-output/repair"] ?? 0) + (firings["check-failed/repair"] ?? 0);
}

/** A step in which every call failed: the model has been told, and the policy counts how often. */
function trouble(answers: readonly AnsweredCall[]): Signal | undefined {
  const [first] = answers;
  if (first === undefined || answers.some(({ outcome }) => outcome === "ok" || outcome === "denied")) return undefined;
  const kind = first.outcome === "timeout" ? "tool-error" : (first.outcome as SignalKind);
  return { kind, evidence: `${first.call.name}: ${first.message.text.slice(0, 300)}` };
}

/** A node of the reduction: one wave of calls on parts of the results. */
async function condense(turn: Turn): Promise<LaneUpdate> {
  const { run, subtask, state } = turn;
  const ask = async (messages: BaseMessage[]): Promise<Spent> => {
    const reply = await takeTurn(turn, { messages, tools: [] });
    if (reply.kind === "signal") return reply;
    await reply.recorded;
    if (!hasWrittenCall(reply.message.text)) return reply;
    const { usage, waitedForSlotMs } = reply;
    return { kind: "signal", signal: { ...UNREADABLE_CALL, kind: "malformed-answer" }, usage, waitedForSlotMs };
  };
  const { output, ...update } = await condenseResults({ run, subtask, state, ask });
  return output === undefined ? update : { ...update, output: await keptFrom(run, output) };
}

type Spent = Exclude<TurnReply, { kind: "drained" }>;
type Asking = Pick<TurnRequest, "messages" | "tools" | "shared">;

/** Throws GraphDrained where the run drains before the call. */
async function takeTurn(turn: Turn, asking: Asking): Promise<Spent> {
  const { run, subtask, state, config } = turn;
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
      metadata: { ...config.metadata, ...traceOf(turn) },
    },
  });
  if (reply.kind === "drained") throw drained(run, "drained before a model turn");
  return reply;
}

/** What a trace says of a turn or a tool call. */
function traceOf({ run, subtask, state }: Turn): Record<string, unknown> {
  return { run_id: run.id, subtask: subtask.id, title: subtask.title, attempt: state.attempt, agent: state.agent };
}

function toolConfig(turn: Turn): LangGraphRunnableConfig {
  return { ...turn.config, metadata: { ...turn.config.metadata, ...traceOf(turn) } };
}

function spent(state: LaneState, reply: Spent): LaneChange {
  return { steps: state.steps + reply.usage.steps, waitedForSlotMs: state.waitedForSlotMs + reply.waitedForSlotMs };
}

/** A reply with calls or text takes the agent one turn on. */
function turned(state: LaneState, reply: Spent): LaneChange {
  return { ...spent(state, reply), turns: state.turns + 1, firings: { ...afterGoodReply(state.firings) } };
}

interface Told {
  /** What the step has been told, beside the conversation. */
  told: readonly BaseMessage[];
  seen: LaneState["seen"];
}

/** The text of a reply without tool calls is the result, or the agent's word that it cannot, or that it is not there. */
async function answered(
  { run, state, subtask }: Turn,
  reply: { message: AIMessage } & Spent,
  { told, seen }: Told,
): Promise<LaneUpdate> {
  // What it was told stays before its answer: where the output is sent back, the next request begins with this one.
  const before = told.map(
    ({ text, additional_kwargs }, index) =>
      new HumanMessage({ id: `${reply.message.id}/told/${index}`, content: text, additional_kwargs }),
  );
  const kept = { ...turned(state, reply), seen, messages: [...before, reply.message] };
  const text = reply.message.text.trim();
  if (text === "")
    return failing(
      { kind: "empty-answer", evidence: "the model's reply has no text and no tool call" },
      spent(state, reply),
    );
  if (hasWrittenCall(text)) return failing(UNREADABLE_CALL, kept);
  const refusal = refusalIn(text);
  if (refusal !== undefined) return failing({ kind: refusal.kind, evidence: refusal.reason }, kept);
  const output = await run.shared.contents.keep(text);
  // Nothing is said in this conversation after an output that fits: its beginning will do.
  const messages =
    isKept(output) && judgeOutput(text, subtask).ok ? [...before, shortly(reply.message)] : kept.messages;
  return { ...kept, messages, output, next: "validate" };
}

const SHOWN_OF_RESULT = 1000;

function shortly({ id, text, usage_metadata }: AIMessage): AIMessage {
  const content = `${beginningOf(text, SHOWN_OF_RESULT)}\n[cut: the whole is the result]`;
  return new AIMessage({ ...(id === undefined ? {} : { id }), content, ...(usage_metadata && { usage_metadata }) });
}

async function keptFrom(run: Run, output: TextOrKept): Promise<TextOrKept> {
  return isKept(output) ? output : run.shared.contents.keep(output);
}

function journalCalls({ run, state }: Turn, answers: readonly AnsweredCall[]): Promise<void> {
  const { subtask, attempt } = state;
  return run.record.journal.append(
    ...answers.map(({ call, outcome, ms, message }) => ({
      kind: "tool-call" as const,
      subtask,
      attempt,
      data: {
        tool: call.name,
        args: call.args,
        outcome,
        ms,
        characters: message.text.length,
        digest: digestOf(message),
      },
    })),
  );
}
