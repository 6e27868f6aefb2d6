/**
 * What earlier runs of a home teach a forecast: steps a subtask, tokens a turn as the conversation grows, time a step; by agent and
 * model. Folded from their journals, one after the other. Pure.
 */
import type { JournalLine } from "../../journal/events.ts";
import type { Usage } from "../../../state/usage.ts";

/** Sums over model turns of one kind; means are made of them. */
export interface TurnSums {
  calls: number;
  /** Of the first prompts of conversations: their bytes, as reserved, and their tokens, as the provider counted them. */
  openingBytes: number;
  openingTokens: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  /** By how much prompts were longer than the first of their conversation, and by how many turns they came later. */
  grownTokens: number;
  grownTurns: number;
  /** Of the last turn of a subtask that was done: its answer. */
  answers: number;
  answerTokens: number;
  /** From the start to the end of a subtask that was done, less what it waited for a slot; and its steps. */
  laneMs: number;
  laneSteps: number;
  callMs: number;
}

export interface StepRecord {
  agent: string;
  /** The plan's `steps`, where it had one. */
  limit: number | undefined;
  steps: number;
}

export interface RunHistory {
  runs: number;
  calls: number;
  /** By `purpose/model`, and of work by `work/model/agent` too. */
  turns: Map<string, TurnSums>;
  steps: StepRecord[];
  /** Subtasks of work that were done, over all runs: what coordinator calls are set against. */
  subtasks: number;
}

export function noHistory(): RunHistory {
  return { runs: 0, calls: 0, turns: new Map(), steps: [], subtasks: 0 };
}

const NO_SUMS: TurnSums = {
  ...{ calls: 0, openingBytes: 0, openingTokens: 0, inputTokens: 0, cachedTokens: 0, outputTokens: 0 },
  ...{ grownTokens: 0, grownTurns: 0, answers: 0, answerTokens: 0, laneMs: 0, laneSteps: 0, callMs: 0 },
};

interface Lane {
  agent: string;
  model: string;
  startedMs: number;
  firstInput: number;
  turns: number;
  steps: number;
  waitedMs: number;
  lastOutput: number;
}

interface Call {
  purpose: string;
  agent: string;
  model: string;
  bytes: number;
  ms: number;
}

/** One run as far as its lines have been read. */
interface Reading {
  calls: Map<string, Call>;
  lanes: Map<string, Lane>;
  limits: Map<string, number | undefined>;
}

/** Adds one run to the history. Lines that are not understood are passed over: an older journal may lack them. */
export function addRun(history: RunHistory, lines: readonly JournalLine[]): void {
  const reading: Reading = { calls: new Map(), lanes: new Map(), limits: new Map() };
  const had = history.subtasks;
  for (const line of lines) {
    begun(reading, line);
    ended(history, reading, line);
  }
  if (history.subtasks > had) history.runs += 1;
}

function begun({ calls, lanes, limits }: Reading, { kind, subtask, data, at }: JournalLine): void {
  if (kind === "plan") for (const { id, steps } of data.plan?.subtasks ?? []) limits.set(id, steps);
  if (kind === "attempt-start" && subtask !== undefined) lanes.set(subtask, newLane(data.agent, Date.parse(at)));
  if (kind !== "reserve") return;
  const { inputTokens } = data.asked ?? data;
  const { id, purpose, agent = "", model } = data;
  calls.set(id, { purpose, agent, model, bytes: inputTokens, ms: 0 });
}

function ended(
  history: RunHistory,
  { calls, lanes, limits }: Reading,
  { kind, subtask = "", data, at }: JournalLine,
): void {
  const lane = lanes.get(subtask);
  if (kind === "model-call") {
    const call = calls.get(data.id);
    if (call !== undefined) call.ms = data.ms;
    if (call !== undefined && lane !== undefined) lane.waitedMs += data.waitedMs;
  }
  if (kind === "settle") {
    const call = calls.get(data.id);
    if (call !== undefined && data.lost !== true) settle(history, call, { usage: data.usage, lane });
  }
  if (kind === "publish" && data.accepted && data.outcome === "done")
    finish(history, lane, { endedMs: Date.parse(at), limit: limitOf(limits, subtask) });
}

function newLane(agent: string, startedMs: number): Lane {
  return { agent, model: "", startedMs, firstInput: 0, turns: 0, steps: 0, waitedMs: 0, lastOutput: 0 };
}

function settle(history: RunHistory, call: Call, { usage, lane }: { usage: Usage; lane: Lane | undefined }): void {
  if (usage.steps === 0) return;
  history.calls += 1;
  const isWork = call.purpose === "work" && lane !== undefined;
  for (const sums of sumsOf(history, call)) {
    sums.calls += 1;
    sums.inputTokens += usage.inputTokens;
    sums.cachedTokens += usage.cachedInputTokens;
    sums.outputTokens += usage.outputTokens;
    sums.callMs += call.ms;
    if (!isWork) continue;
    if (lane.turns === 0) {
      sums.openingBytes += call.bytes;
      sums.openingTokens += usage.inputTokens;
    } else {
      sums.grownTokens += Math.max(0, usage.inputTokens - lane.firstInput);
      sums.grownTurns += lane.turns;
    }
  }
  if (!isWork) return;
  if (lane.turns === 0) lane.firstInput = usage.inputTokens;
  Object.assign(lane, { model: call.model, lastOutput: usage.outputTokens, turns: lane.turns + 1 });
  lane.steps += usage.steps;
}

function finish(
  history: RunHistory,
  lane: Lane | undefined,
  end: { endedMs: number; limit: number | undefined },
): void {
  if (lane === undefined || lane.steps === 0) return;
  history.subtasks += 1;
  history.steps.push({ agent: lane.agent, limit: end.limit, steps: lane.steps });
  for (const sums of sumsOf(history, { purpose: "work", ...lane })) {
    sums.answers += 1;
    sums.answerTokens += lane.lastOutput;
    sums.laneMs += Math.max(0, end.endedMs - lane.startedMs - lane.waitedMs);
    sums.laneSteps += lane.steps;
  }
}

function sumsOf(
  { turns }: RunHistory,
  { purpose, model, agent }: { purpose: string; model: string; agent: string },
): TurnSums[] {
  const keys = purpose === "work" ? [`work/${model}`, `work/${model}/${agent}`] : [`${purpose}/${model}`];
  return keys.map((key) => {
    const known = turns.get(key) ?? { ...NO_SUMS };
    turns.set(key, known);
    return known;
  });
}

/** Items of a `forEach` are named after it: `each-04`. */
function limitOf(limits: ReadonlyMap<string, number | undefined>, id: string): number | undefined {
  return limits.get(id) ?? limits.get(id.slice(0, Math.max(0, id.lastIndexOf("-"))));
}
