/** What one subtask and one turn of it are expected to take: from history where it has something alike, else from round figures. Pure. */
import type { Range } from "../../../state/forecast.ts";
import { FIRST_GUESS_STEPS } from "./estimate.ts";
import type { RunHistory, StepRecord } from "./run-history.ts";

/** One subtask as it will be given to its agent. */
export interface PlannedWork {
  id: string;
  dependsOn: readonly string[];
  agent: string;
  model: string;
  /** The plan's own `steps`. */
  limit: number | undefined;
  /** The most model turns: the plan's, or the agent's. */
  most: number;
  /** Of its first prompt and its tools, before its inputs are there. */
  openingBytes: number;
  /** Whether its tools bring whole passages of documents into the conversation. */
  reads: boolean;
}

export interface TurnFacts {
  tokensPerByte: number;
  /** By how many tokens each turn's prompt is longer than the one before. */
  grownTokens: number;
  /** Of a turn that calls tools, and of the one that answers. */
  outputTokens: number;
  answerTokens: number;
  cachedShare: number;
  msPerStep: number;
  words: string;
}

/**
 * Without history: round figures. Prose and JSON have some four bytes a token; a passage of a document is longer than a note; a tool
 * call is a name and a few arguments; hosted models start within a second and write some 60 to 80 tokens a second.
 */
const TOKENS_PER_BYTE = 0.25;
const GROWN = { reading: 700, other: 80 } as const;
const OUTPUT = { turn: 30, answer: 150 } as const;
const FIRST_TOKEN_MS = 700;
const MS_PER_OUTPUT_TOKEN = 15;
/** Fewer calls of an agent say less than all calls of its model. */
const ENOUGH_CALLS = 5;

/** Steps of one subtask: of the same agent and limit, else in proportion to the limit, else from the plan alone. */
export function expectSteps({ agent, limit, most }: PlannedWork, { steps }: RunHistory): Range {
  const ofAgent = steps.filter((record) => record.agent === agent);
  const alike = ofAgent.filter((record) => record.limit === limit);
  if (alike.length > 0) return rangeOf(alike, (record) => record.steps, most);
  const limited = (ofAgent.length > 0 ? ofAgent : steps).filter((record) => record.limit !== undefined);
  if (limit !== undefined && limited.length > 0)
    return rangeOf(limited, (record) => (record.steps / (record.limit as number)) * limit, most);
  if (ofAgent.length > 0) return rangeOf(ofAgent, (record) => record.steps, most);
  return { least: 1, likely: Math.min(most, limit ?? FIRST_GUESS_STEPS), most };
}

/** The mean, since sums are made of it, between the tenth and the ninetieth percentile. */
function rangeOf(records: readonly StepRecord[], read: (record: StepRecord) => number, most: number): Range {
  const sorted = records.map((record) => Math.min(most, read(record))).toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 1;
  const likely = sorted.reduce((sum, steps) => sum + steps, 0) / sorted.length;
  return { least: Math.min(likely, at(0.1)), likely, most: Math.max(likely, at(0.9)) };
}

export function turnsOf(history: RunHistory, work: Pick<PlannedWork, "agent" | "model" | "reads">): TurnFacts {
  const { agent, model, reads } = work;
  const own = history.turns.get(`work/${model}/${agent}`);
  const sums = own !== undefined && own.calls >= ENOUGH_CALLS ? own : history.turns.get(`work/${model}`);
  if (sums === undefined || sums.answers === 0 || sums.openingBytes === 0) return withoutHistory(reads);
  const toolTurns = sums.calls - sums.answers;
  const facts = {
    tokensPerByte: sums.openingTokens / sums.openingBytes,
    grownTokens: sums.grownTurns === 0 ? 0 : sums.grownTokens / sums.grownTurns,
    outputTokens: toolTurns <= 0 ? 0 : Math.max(0, sums.outputTokens - sums.answerTokens) / toolTurns,
    answerTokens: sums.answerTokens / sums.answers,
    cachedShare: sums.inputTokens === 0 ? 0 : sums.cachedTokens / sums.inputTokens,
    msPerStep: sums.laneMs / sums.laneSteps,
  };
  return { ...facts, words: `turns as in ${sums.calls} earlier calls of ${model}: ${wordsOf(facts)}` };
}

function withoutHistory(reads: boolean): TurnFacts {
  const facts = {
    tokensPerByte: TOKENS_PER_BYTE,
    grownTokens: reads ? GROWN.reading : GROWN.other,
    outputTokens: OUTPUT.turn,
    answerTokens: OUTPUT.answer,
    cachedShare: 0,
    msPerStep: FIRST_TOKEN_MS + OUTPUT.turn * MS_PER_OUTPUT_TOKEN,
  };
  return { ...facts, words: `no earlier call of this model in this home: ${wordsOf(facts)}` };
}

function wordsOf(facts: Omit<TurnFacts, "words">): string {
  const { tokensPerByte, grownTokens, outputTokens, answerTokens, cachedShare, msPerStep } = facts;
  return `${(1 / tokensPerByte).toFixed(1)} bytes a token, each turn ${Math.round(grownTokens)} tokens longer than the one before, ${Math.round(outputTokens)} tokens a tool call, ${Math.round(answerTokens)} an answer, ${Math.round(100 * cachedShare)} % of the input cached, ${(msPerStep / 1000).toFixed(2)} s a step`;
}
