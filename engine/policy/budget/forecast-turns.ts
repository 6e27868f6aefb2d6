/** What one subtask and one turn of it are expected to take: from history where it has something alike, else from round figures. */
import { percent } from "../../../state/amounts.ts";
import type { Range } from "../../../state/forecast.ts";
import { FIRST_GUESS_STEPS } from "./estimate.ts";
import type { PastCall, PastLane, RunHistory } from "./run-history.ts";

/** One subtask as it will be given to its agent. */
export interface PlannedWork {
  id: string;
  dependsOn: readonly string[];
  agent: string;
  model: string;
  limit: number | undefined;
  /** The most model turns: the plan's, or the agent's. */
  most: number;
  /** Of its first prompt and its tools, before its inputs are there. */
  openingBytes: number;
  /** Whether its tools bring whole passages of documents into the conversation. */
  reads: boolean;
}

export interface TurnFacts {
  /** Where they come from. */
  source: string;
  tokensPerByte: number;
  /** By how many tokens each turn's prompt is longer than the one before. */
  grownTokens: number;
  /** Of a turn that calls tools, and of the one that answers. */
  outputTokens: number;
  answerTokens: number;
  cachedShare: number;
  msPerStep: number;
}

/**
 * Without history: round figures. Prose and JSON have some four bytes a token; a passage of a document is longer than a note; a tool
 * call is a name and a few arguments; hosted models start within a second and write some 60 to 80 tokens a second.
 */
const ROUND_FIGURES: TurnFacts = {
  source: "no earlier call of this model in this home",
  tokensPerByte: 0.25,
  grownTokens: 80,
  outputTokens: 30,
  answerTokens: 150,
  cachedShare: 0,
  msPerStep: 700 + 30 * 15,
};
const GROWN_BY_READING = 700;
/** Fewer calls of an agent say less than all calls of its model. */
const ENOUGH_CALLS = 5;

/** Steps of one subtask: of the same agent and limit, else in proportion to the limit, else from the plan alone. */
export function expectSteps({ agent, limit, most }: PlannedWork, { lanes }: RunHistory): Range {
  const ofAgent = lanes.filter((lane) => lane.agent === agent);
  const limited = (ofAgent.length > 0 ? ofAgent : lanes).filter((lane) => lane.limit !== undefined);
  const alike = ofAgent.filter((lane) => lane.limit === limit);
  const past = [alike, limit === undefined ? [] : limited, ofAgent].find(({ length }) => length > 0);
  if (past === undefined) return { least: 1, likely: Math.min(most, limit ?? FIRST_GUESS_STEPS), most };
  const share = (lane: PastLane): number =>
    limit === undefined || lane.limit === undefined || lane.limit === limit ? 1 : limit / lane.limit;
  const sorted = past.map((lane) => Math.min(most, lane.steps * share(lane))).toSorted((one, other) => one - other);
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] ?? 1;
  // The mean, since sums are made of it, between the tenth and the ninetieth percentile.
  const likely = sumOf(sorted, (steps) => steps) / sorted.length;
  return { least: Math.min(likely, at(0.1)), likely, most: Math.max(likely, at(0.9)) };
}

export function turnsOf(history: RunHistory, { agent, model, reads }: PlannedWork): TurnFacts {
  const ofModel = history.calls.filter((call) => call.purpose === "work" && call.model === model);
  const own = ofModel.filter((call) => call.agent === agent);
  const isOwn = own.length >= ENOUGH_CALLS;
  const calls = isOwn ? own : ofModel;
  const lanes = history.lanes.filter((lane) => lane.model === model && (!isOwn || lane.agent === agent));
  const sum = (read: (call: PastCall) => number): number => sumOf(calls, read);
  const laneSum = (read: (lane: PastLane) => number): number => sumOf(lanes, read);
  const openingBytes = sum(({ turn, bytes }) => (turn === 0 ? bytes : 0));
  if (lanes.length === 0 || openingBytes === 0)
    return reads ? { ...ROUND_FIGURES, grownTokens: GROWN_BY_READING } : ROUND_FIGURES;
  const answers = laneSum((lane) => lane.answerTokens);
  return {
    source: `turns as in ${calls.length} earlier calls of ${model}`,
    tokensPerByte: sum(({ turn, inputTokens }) => (turn === 0 ? inputTokens : 0)) / openingBytes,
    grownTokens: ratio(
      sum((call) => call.grownTokens),
      sum(({ turn = 0 }) => turn),
    ),
    outputTokens: ratio(Math.max(0, sum((call) => call.outputTokens) - answers), calls.length - lanes.length),
    answerTokens: answers / lanes.length,
    cachedShare: ratio(
      sum((call) => call.cachedTokens),
      sum((call) => call.inputTokens),
    ),
    msPerStep: laneSum(({ ms }) => ms) / laneSum(({ steps }) => steps),
  };
}

export function wordsOf(facts: TurnFacts): string {
  const { source, tokensPerByte, grownTokens, outputTokens, answerTokens, cachedShare, msPerStep } = facts;
  return `${source}: ${(1 / tokensPerByte).toFixed(1)} bytes a token, each turn ${Math.round(grownTokens)} tokens longer than the one before, ${Math.round(outputTokens)} tokens a tool call, ${Math.round(answerTokens)} an answer, ${percent(cachedShare)} of the input cached, ${(msPerStep / 1000).toFixed(2)} s a step`;
}

export function sumOf<T>(all: readonly T[], read: (one: T) => number): number {
  return all.reduce((sum, one) => sum + read(one), 0);
}

export function ratio(part: number, whole: number): number {
  return whole <= 0 ? 0 : part / whole;
}
