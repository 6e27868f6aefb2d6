/** What earlier runs of a home teach a forecast: the model calls and the lanes that were done, from their journals, one after the other. */
import type { JournalLine } from "../../journal/events.ts";
import type { Usage } from "../../../state/usage.ts";

export interface PastCall {
  purpose: string;
  agent: string;
  model: string;
  /** Of its prompt, as reserved. */
  bytes: number;
  ms: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  /** Of a lane's work: how many turns of its conversation came before, and by how many tokens its prompt was longer than the first. */
  turn: number | undefined;
  grownTokens: number;
}

export interface PastLane {
  agent: string;
  model: string;
  /** The plan's `steps`, where it had one. */
  limit: number | undefined;
  steps: number;
  /** From its start to its end, less what it waited for a slot. */
  ms: number;
  /** Of its last turn. */
  answerTokens: number;
}

export interface RunHistory {
  runs: number;
  calls: PastCall[];
  /** That reached a result. */
  lanes: PastLane[];
}

export function noHistory(): RunHistory {
  return { runs: 0, calls: [], lanes: [] };
}

type Call = Pick<PastCall, "purpose" | "agent" | "model" | "bytes" | "ms">;
type Lane = Omit<PastLane, "limit" | "ms"> & { startedMs: number; waitedMs: number; firstInput: number; turns: number };

/** What a run has begun, as far as its lines have been read. */
interface Begun {
  calls: Map<string, Call>;
  lanes: Map<string, Lane>;
  limits: Map<string, number | undefined>;
}

/** Adds one run to the history. Lines that are not understood are passed over: an older journal may lack them. */
export function addRun(history: RunHistory, lines: Iterable<JournalLine>): void {
  const begun: Begun = { calls: new Map(), lanes: new Map(), limits: new Map() };
  const had = history.lanes.length;
  for (const line of lines) {
    note(begun, line);
    const { kind, subtask = "", data, at } = line;
    const lane = begun.lanes.get(subtask);
    if (kind === "settle" && data.lost !== true)
      history.calls.push(...settled(begun.calls.get(data.id), lane, data.usage));
    if (kind === "publish" && data.accepted && data.outcome === "done" && lane !== undefined && lane.steps > 0)
      history.lanes.push(done(lane, limitOf(begun.limits, subtask), Date.parse(at)));
  }
  if (history.lanes.length > had) history.runs += 1;
}

function note({ calls, lanes, limits }: Begun, { kind, subtask = "", data, at }: JournalLine): void {
  if (kind === "plan") for (const { id, steps } of data.plan?.subtasks ?? []) limits.set(id, steps);
  if (kind === "attempt-start") lanes.set(subtask, newLane(data.agent, Date.parse(at)));
  if (kind === "reserve") {
    const { id, purpose, agent = "", model } = data;
    calls.set(id, { purpose, agent, model, bytes: (data.asked ?? data).inputTokens, ms: 0 });
  }
  if (kind !== "model-call") return;
  const [call, lane] = [calls.get(data.id), lanes.get(subtask)];
  if (call !== undefined) call.ms = data.ms;
  if (call !== undefined && lane !== undefined) lane.waitedMs += data.waitedMs;
}

function newLane(agent: string, startedMs: number): Lane {
  return { agent, model: "", steps: 0, answerTokens: 0, startedMs, waitedMs: 0, firstInput: 0, turns: 0 };
}

/** None where it was not worked. */
function settled(call: Call | undefined, lane: Lane | undefined, usage: Usage): PastCall[] {
  if (call === undefined || usage.steps === 0) return [];
  const { inputTokens, cachedInputTokens: cachedTokens, outputTokens } = usage;
  const past = { ...call, inputTokens, cachedTokens, outputTokens };
  if (call.purpose !== "work" || lane === undefined) return [{ ...past, turn: undefined, grownTokens: 0 }];
  const turn = lane.turns;
  if (turn === 0) lane.firstInput = inputTokens;
  lane.model = call.model;
  lane.answerTokens = outputTokens;
  lane.turns += 1;
  lane.steps += usage.steps;
  return [{ ...past, turn, grownTokens: Math.max(0, inputTokens - lane.firstInput) }];
}

function done(lane: Lane, limit: number | undefined, endedMs: number): PastLane {
  const { agent, model, steps, answerTokens, startedMs, waitedMs } = lane;
  return { agent, model, limit, steps, answerTokens, ms: Math.max(0, endedMs - startedMs - waitedMs) };
}

/** Items of a `forEach` are named after it: `each-04`. */
function limitOf(limits: ReadonlyMap<string, number | undefined>, id: string): number | undefined {
  return limits.get(id) ?? limits.get(id.slice(0, Math.max(0, id.lastIndexOf("-"))));
}
