/**
 * What a plan will take, before anything is spent: steps, calls, tokens, money and time, each as a range with its likely value.
 * From the home's earlier runs where there are any, else from the plan and the prompts that it leads to.
 */
import { many } from "../../../state/amounts.ts";
import type { Forecast, Range } from "../../../state/forecast.ts";
import type { Caps, Usage } from "../../../state/usage.ts";
import type { Price } from "../../ports/models.ts";
import { longestPath } from "../plan/topology.ts";
import { adviceOn } from "./forecast-text.ts";
import { expectSteps, sumOf, turnsOf, wordsOf, type PlannedWork, type TurnFacts } from "./forecast-turns.ts";
import type { RunHistory } from "./run-history.ts";

export interface ForecastFacts {
  /** In topological order. */
  work: readonly PlannedWork[];
  reduceNodes: number;
  caps: Caps;
  concurrency: number;
  model: string;
  priceOf: (model: string) => Price | undefined;
  /** What the run has spent by now: the planner's calls. */
  spent: Usage;
  history: RunHistory;
}

/** A subtask with what it is expected to take. */
interface Expected extends PlannedWork {
  steps: Range;
  turns: TurnFacts;
}

/** `usd`: not a number where a model has no price. */
type Amounts = Record<"steps" | "input" | "cached" | "output" | "usd" | "ms", number>;

/** How far a forecast may be off, as factors of tokens, money and time a turn. */
const SPREAD = { history: { least: 0.8, most: 1.25 }, plan: { least: 0.4, most: 2.5 } } as const;
const EXACT = { least: 1, most: 1 };
/** What frames the results in the synthesizer's prompt, and each of them, in tokens. */
const SYNTHESIS = { frame: 500, perResult: 30, output: 600 } as const;

export function forecast(facts: ForecastFacts): Forecast {
  const { history, caps, spent } = facts;
  const work = expectedOf(facts);
  const kind = history.lanes.length > 0 ? "history" : "plan";
  const ends = { least: end(facts, work, "least"), likely: end(facts, work, "likely"), most: end(facts, work, "most") };
  const range = (key: keyof Amounts, before: number, spread: Omit<Range, "likely"> = SPREAD[kind]): Range => ({
    least: before + Math.floor(ends.least[key] * spread.least),
    likely: before + Math.round(ends.likely[key]),
    most: before + Math.ceil(ends.most[key] * spread.most),
  });
  const money = (end: keyof Range, factor: number): number => spent.usd + ends[end].usd * factor;
  const busy = longestPath(work, ({ steps }) => steps.likely);
  const drawn: Omit<Forecast, "advice"> = {
    subtasks: work.length,
    longestChain: longestPath(work, () => 1),
    parallelism: busy === 0 ? 0 : sumOf(work, ({ steps }) => steps.likely) / busy,
    steps: range("steps", spent.steps, EXACT),
    modelCalls: range("steps", spent.modelCalls, EXACT),
    inputTokens: range("input", spent.inputTokens),
    cachedInputTokens: range("cached", spent.cachedInputTokens),
    outputTokens: range("output", spent.outputTokens),
    usd: Number.isNaN(ends.likely.usd)
      ? null
      : {
          least: money("least", SPREAD[kind].least),
          likely: money("likely", 1),
          most: money("most", SPREAD[kind].most),
        },
    timeMs: range("ms", 0),
    oneAgent: oneAgent(work),
    basis: { kind, runs: history.runs, calls: history.calls.length },
    assumptions: assumptionsOf(facts, work[0]?.turns),
  };
  return { ...drawn, advice: adviceOn(drawn, caps) };
}

function expectedOf({ work, history }: ForecastFacts): Expected[] {
  const known = new Map<string, TurnFacts>();
  return work.map((each) => {
    const key = JSON.stringify([each.agent, each.model, each.reads]);
    const turns = known.get(key) ?? turnsOf(history, each);
    known.set(key, turns);
    return { ...each, steps: expectSteps(each, history), turns };
  });
}

/** All of the work and what the coordinator makes of it, at one end of the range. */
function end(facts: ForecastFacts, work: readonly Expected[], which: keyof Range): Amounts {
  const lanes = work.map((each) => laneAmounts(facts, each, each.steps[which]));
  const coordinator = coordinatorAmounts(facts, work);
  const sum = (key: keyof Amounts): number => sumOf(lanes, (amounts) => amounts[key]) + coordinator[key];
  return {
    steps: sum("steps"),
    input: sum("input"),
    cached: sum("cached"),
    output: sum("output"),
    usd: sum("usd"),
    ms: makespan(facts, lanes) + coordinator.ms,
  };
}

function laneAmounts(facts: ForecastFacts, { turns, ...each }: Expected, steps: number): Amounts {
  const opening = each.openingBytes * turns.tokensPerByte + each.dependsOn.length * turns.answerTokens;
  const input = steps * opening + (turns.grownTokens * steps * (steps - 1)) / 2;
  const output = Math.max(0, steps - 1) * turns.outputTokens + turns.answerTokens;
  const { cachedShare, msPerStep } = turns;
  return priced(facts, each.model, { steps, input, cached: cachedShare * input, output, ms: steps * msPerStep });
}

/** The synthesizer's calls, and those that condense where earlier runs had to: their prompts grow with the results. */
function coordinatorAmounts(facts: ForecastFacts, work: readonly Expected[]): Amounts {
  const { history, model, reduceNodes } = facts;
  const past = history.calls.filter((call) => call.model === model);
  const syntheses = past.filter(({ purpose }) => purpose === "synthesize");
  if (syntheses.length === 0) {
    const { answerTokens = 0, msPerStep: ms = 0 } = work[0]?.turns ?? {};
    const input = SYNTHESIS.frame + work.length * (answerTokens + SYNTHESIS.perResult);
    return priced(facts, model, { steps: 1, input, cached: 0, output: SYNTHESIS.output, ms });
  }
  const reductions = reduceNodes === 0 ? [] : past.filter(({ purpose }) => purpose === "reduce");
  const calls = [...syntheses, ...reductions];
  const runs = Math.max(1, history.runs);
  const growth = work.length / Math.max(1, history.lanes.length);
  return priced(facts, model, {
    steps: syntheses.length / runs + Math.min(reduceNodes, reductions.length / runs),
    input: growth * sumOf(calls, (call) => call.inputTokens),
    cached: growth * sumOf(calls, (call) => call.cachedTokens),
    output: sumOf(calls, (call) => call.outputTokens) / runs,
    ms: sumOf(syntheses, (call) => call.ms) / runs,
  });
}

function priced({ priceOf }: ForecastFacts, model: string, amounts: Omit<Amounts, "usd">): Amounts {
  const { input, cached, output } = amounts;
  const price = priceOf(model);
  if (price === undefined) return { ...amounts, usd: NaN };
  return {
    ...amounts,
    usd: ((input - cached) * price.input + cached * price.cachedInput + output * price.output) / 1e6,
  };
}

/** Lanes on as many places as there are, each from when its inputs are there (list scheduling). */
function makespan({ work, caps, concurrency }: ForecastFacts, lanes: readonly Amounts[]): number {
  const places = Array.from({ length: Math.max(1, Math.min(caps.maxAgents, concurrency, work.length)) }, () => 0);
  const ends = new Map<string, number>();
  for (const [index, { id, dependsOn }] of work.entries()) {
    const ready = Math.max(0, ...dependsOn.map((input) => ends.get(input) ?? 0));
    const place = places.indexOf(Math.min(...places));
    const ended = Math.max(ready, places[place] ?? 0) + (lanes[index]?.ms ?? 0);
    places[place] = ended;
    ends.set(id, ended);
  }
  return Math.max(0, ...ends.values());
}

/** The same steps in one conversation: one opening, but every turn reads all that came before it. */
function oneAgent(work: readonly Expected[]): Forecast["oneAgent"] {
  const turns = work[0]?.turns;
  if (turns === undefined) return { tokens: 0, timeMs: 0 };
  const steps = sumOf(work, (each) => each.steps.likely);
  const opening = Math.max(...work.map(({ openingBytes }) => openingBytes)) * turns.tokensPerByte;
  const tokens = steps * (opening + turns.outputTokens) + (turns.grownTokens * steps * (steps - 1)) / 2;
  return { tokens: Math.round(tokens), timeMs: Math.round(steps * turns.msPerStep) };
}

function assumptionsOf({ history, caps, concurrency, spent }: ForecastFacts, turns: TurnFacts | undefined): string[] {
  const { lanes, runs } = history;
  return [
    lanes.length > 0
      ? `steps a subtask as in ${many(lanes.length, "subtask")} of ${many(runs, "earlier run")} of this home, of the same agent and limit where there are any`
      : "no earlier run in this home: the steps that the plan gives a subtask, else four; one at least, its limit at most",
    ...(turns === undefined ? [] : [wordsOf(turns)]),
    `at most ${many(caps.maxAgents, "lane")} and ${many(concurrency, "model call")} at once; no retries, no recovery`,
    "one call of the synthesizer",
    ...(spent.modelCalls > 0 ? [`${many(spent.modelCalls, "call")} of the planner included`] : []),
  ];
}
