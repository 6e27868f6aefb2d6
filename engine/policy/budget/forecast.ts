/**
 * What a plan will take, before anything is spent: steps, calls, tokens, money and time, each as a range with its likely value.
 * From the home's earlier runs where there are any, else from the plan and the prompts that it leads to. Pure.
 */
import type { Forecast, Range } from "../../../state/forecast.ts";
import type { Caps, Usage } from "../../../state/usage.ts";
import type { Price } from "../../ports/models.ts";
import { longestPath } from "../plan/topology.ts";
import { adviceOn } from "./forecast-advice.ts";
import { expectSteps, turnsOf, type PlannedWork, type TurnFacts } from "./forecast-turns.ts";
import type { RunHistory, TurnSums } from "./run-history.ts";

export interface ForecastFacts {
  /** In topological order. */
  work: readonly PlannedWork[];
  reduceNodes: number;
  caps: Caps;
  /** Model calls in flight at most. */
  concurrency: number;
  /** The coordinator's. */
  model: string;
  priceOf: (model: string) => Price | undefined;
  /** What the run has spent by now: the planner's calls. */
  spent: Usage;
  history: RunHistory;
}

interface Estimate {
  steps: number;
  input: number;
  cached: number;
  output: number;
  usd: number | undefined;
  ms: number;
}

/** How far a forecast may be off, as factors of tokens, money and time a turn. */
const SPREAD = { history: { least: 0.8, most: 1.25 }, plan: { least: 0.4, most: 2.5 } } as const;
/** What frames the results in the synthesizer's prompt, and each of them, in tokens. */
const SYNTHESIS = { frame: 500, perResult: 30, output: 600 } as const;

export function forecast(facts: ForecastFacts): Forecast {
  const { work, history, caps, spent } = facts;
  const kind = history.steps.length > 0 ? "history" : "plan";
  const ends = { least: end(facts, "least"), likely: end(facts, "likely"), most: end(facts, "most") };
  const spread = SPREAD[kind];
  const range = (read: (one: Estimate) => number, before = 0): Range => ({
    least: before + Math.floor(read(ends.least) * spread.least),
    likely: before + Math.round(read(ends.likely)),
    most: before + Math.ceil(read(ends.most) * spread.most),
  });
  const counted = (before: number): Range => ({
    least: before + ends.least.steps,
    likely: before + Math.round(ends.likely.steps),
    most: before + Math.ceil(ends.most.steps),
  });
  const { usd } = ends.likely;
  const money = (read: number | undefined, factor: number): number => spent.usd + (read ?? 0) * factor;
  const chain = longestPath(work, () => 1);
  const busy = longestPath(work, (each) => expectSteps(each, history).likely);
  const total = work.reduce((sum, each) => sum + expectSteps(each, history).likely, 0);
  const drawn: Omit<Forecast, "advice"> = {
    ...{ subtasks: work.length, longestChain: chain, parallelism: busy === 0 ? 0 : total / busy },
    steps: counted(spent.steps),
    modelCalls: counted(spent.modelCalls),
    inputTokens: range(({ input }) => input, spent.inputTokens),
    cachedInputTokens: range(({ cached }) => cached, spent.cachedInputTokens),
    outputTokens: range(({ output }) => output, spent.outputTokens),
    usd:
      usd === undefined
        ? null
        : {
            least: money(ends.least.usd, spread.least),
            likely: money(usd, 1),
            most: money(ends.most.usd, spread.most),
          },
    timeMs: range(({ ms }) => ms),
    oneAgent: oneAgent(facts),
    basis: { kind, runs: history.runs, calls: history.calls },
    assumptions: assumptionsOf(facts, kind),
  };
  return { ...drawn, advice: adviceOn(drawn, caps) };
}

/** All of the work and its synthesis, at one end of the range. */
function end(facts: ForecastFacts, which: keyof Range): Estimate {
  const { work, history } = facts;
  const parts = work.map((each) => laneEstimate(facts, each, expectSteps(each, history)[which]));
  const all = [...parts, coordinatorEstimate(facts)];
  const sum = (read: (one: Estimate) => number): number => all.reduce((total, one) => total + read(one), 0);
  const isPriced = all.every(({ usd }) => usd !== undefined);
  return {
    ...{ steps: sum(({ steps }) => steps), input: sum(({ input }) => input), cached: sum(({ cached }) => cached) },
    ...{ output: sum(({ output }) => output), usd: isPriced ? sum(({ usd }) => usd ?? 0) : undefined },
    ms: makespan(facts, parts) + (all.at(-1)?.ms ?? 0),
  };
}

function laneEstimate(facts: ForecastFacts, each: PlannedWork, steps: number): Estimate {
  const turns = turnsOf(facts.history, each);
  const opening = each.openingBytes * turns.tokensPerByte + each.dependsOn.length * turns.answerTokens;
  const input = steps * opening + (turns.grownTokens * steps * (steps - 1)) / 2;
  const output = Math.max(0, steps - 1) * turns.outputTokens + turns.answerTokens;
  return priced(facts, each.model, { steps, input, output, turns });
}

/** The synthesizer's calls, and those that condense where earlier runs had to. */
function coordinatorEstimate(facts: ForecastFacts): Estimate {
  const { history, model, reduceNodes } = facts;
  const known = history.turns.get(`synthesize/${model}`);
  const synthesis = known === undefined ? firstSynthesis(facts) : synthesisAs(facts, known);
  const condensed = history.turns.get(`reduce/${model}`);
  if (condensed === undefined) return synthesis;
  const steps = Math.min(reduceNodes, condensed.calls / Math.max(1, history.runs));
  const [input, output] = [condensed.inputTokens, condensed.outputTokens].map((sum) => (steps * sum) / condensed.calls);
  const turns = { msPerStep: 0, cachedShare: 0 };
  const reduction = priced(facts, model, { steps, input: input as number, output: output as number, turns });
  return {
    ...{ steps: synthesis.steps + reduction.steps, input: synthesis.input + reduction.input, ms: synthesis.ms },
    ...{ cached: synthesis.cached, output: synthesis.output + reduction.output },
    usd: synthesis.usd === undefined || reduction.usd === undefined ? undefined : synthesis.usd + reduction.usd,
  };
}

function firstSynthesis(facts: ForecastFacts): Estimate {
  const { work, history, model } = facts;
  const lane = work[0] === undefined ? undefined : turnsOf(history, work[0]);
  const input = SYNTHESIS.frame + work.length * ((lane?.answerTokens ?? 0) + SYNTHESIS.perResult);
  const turns = { msPerStep: lane?.msPerStep ?? 0, cachedShare: 0 };
  return priced(facts, model, { steps: 1, input, output: SYNTHESIS.output, turns });
}

/** Its prompt grows with the results. */
function synthesisAs(facts: ForecastFacts, known: TurnSums): Estimate {
  const { work, history, model } = facts;
  const steps = known.calls / Math.max(1, history.runs);
  const input = (known.inputTokens / Math.max(1, history.subtasks)) * work.length;
  const output = (steps * known.outputTokens) / known.calls;
  const turns = {
    msPerStep: known.callMs / known.calls,
    cachedShare: known.cachedTokens / Math.max(1, known.inputTokens),
  };
  return priced(facts, model, { steps, input, output, turns });
}

interface Unpriced {
  steps: number;
  input: number;
  output: number;
  turns: Pick<TurnFacts, "cachedShare" | "msPerStep">;
}

function priced({ priceOf }: ForecastFacts, model: string, { steps, input, output, turns }: Unpriced): Estimate {
  const price = priceOf(model);
  const cached = input * turns.cachedShare;
  const usd =
    price === undefined
      ? undefined
      : ((input - cached) * price.input + cached * price.cachedInput + output * price.output) / 1e6;
  return { steps, input, cached, output, usd, ms: steps * turns.msPerStep };
}

/** Lanes on as many places as there are, each from when its inputs are there (list scheduling). */
function makespan({ work, caps, concurrency }: ForecastFacts, parts: readonly Estimate[]): number {
  const places = Array.from({ length: Math.max(1, Math.min(caps.maxAgents, concurrency, work.length)) }, () => 0);
  const ends = new Map<string, number>();
  for (const [index, { id, dependsOn }] of work.entries()) {
    const ready = dependsOn.reduce((latest, input) => Math.max(latest, ends.get(input) ?? 0), 0);
    const place = places.indexOf(Math.min(...places));
    const ended = Math.max(ready, places[place] ?? 0) + (parts[index]?.ms ?? 0);
    places[place] = ended;
    ends.set(id, ended);
  }
  return Math.max(0, ...ends.values());
}

/** The same steps in one conversation: one opening, but every turn reads all that came before it. */
function oneAgent(facts: ForecastFacts): { tokens: number; timeMs: number } {
  const { work, history } = facts;
  const [first] = work;
  if (first === undefined) return { tokens: 0, timeMs: 0 };
  const turns = turnsOf(history, first);
  const steps = work.reduce((sum, each) => sum + expectSteps(each, history).likely, 0);
  const opening = Math.max(...work.map(({ openingBytes }) => openingBytes)) * turns.tokensPerByte;
  const tokens = steps * (opening + turns.outputTokens) + (turns.grownTokens * steps * (steps - 1)) / 2;
  return { tokens: Math.round(tokens), timeMs: Math.round(steps * turns.msPerStep) };
}

function assumptionsOf({ work, history, caps, concurrency, spent }: ForecastFacts, kind: "history" | "plan"): string[] {
  const [first] = work;
  const turns = first === undefined ? undefined : turnsOf(history, first);
  const steps =
    kind === "history"
      ? `steps a subtask as in ${history.subtasks} subtasks of ${history.runs} earlier runs of this home, of the same agent and limit where there are any`
      : "no earlier run in this home: the steps that the plan gives a subtask, else four; one at least, its limit at most";
  return [
    steps,
    ...(turns === undefined ? [] : [turns.words]),
    `at most ${caps.maxAgents} lanes and ${concurrency} model calls at once; no retries, no recovery`,
    "one call of the synthesizer",
    ...(spent.modelCalls > 0 ? [`${spent.modelCalls} calls of the planner included`] : []),
  ];
}
