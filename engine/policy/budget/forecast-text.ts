/**
 * A forecast in words: for `--dry-run`, one line for the plan review, and whether a swarm is worth it for this plan. A swarm multiplies
 * tokens, and gains nothing where one thing waits for another.
 */
import type { Forecast, ForecastAdvice, Range } from "../../../state/forecast.ts";
import type { Caps } from "../../../state/usage.ts";
import { compact, count, dollars, duration, many } from "../../../state/amounts.ts";

interface Row {
  id: string;
  agent: string;
  dependsOn: readonly string[];
}

export function forecastText(drawn: Forecast, rows: readonly Row[]): string {
  const { subtasks, longestChain, parallelism, steps, modelCalls, inputTokens, outputTokens, usd, timeMs } = drawn;
  return `${[
    `# Forecast: ${many(subtasks, "subtask")}, nothing spent on agents`,
    "",
    "| | likely | range |",
    "|---|---|---|",
    row("steps", steps, count),
    row("model calls", modelCalls, count),
    row("input tokens", inputTokens, compact),
    row("of these cached", drawn.cachedInputTokens, compact),
    row("output tokens", outputTokens, compact),
    usd === null ? "| USD | unknown | a model has no price |" : row("USD", usd, dollars),
    row("time", timeMs, duration),
    "",
    `Longest chain of dependencies: ${many(longestChain, "subtask")}; work for ${parallelism.toFixed(1)} agents at once, on average.`,
    ...drawn.advice.map(({ text }) => `\n**${text}**`),
    "",
    "Assumptions:",
    ...drawn.assumptions.map((assumption) => `- ${assumption}`),
    "",
    "| subtask | agent | waits for |",
    "|---|---|---|",
    ...rows.map(({ id, agent, dependsOn }) => `| ${id} | ${agent} | ${dependsOn.join(", ") || "nothing"} |`),
  ].join("\n")}\n`;
}

function row(name: string, { least, likely, most }: Range, shown: (amount: number) => string): string {
  return `| ${name} | ${shown(likely)} | ${shown(least)} to ${shown(most)} |`;
}

/** `About 40 steps, 61k tokens, $0.08, 12.0 s.` */
export function forecastLine({ steps, inputTokens, outputTokens, usd, timeMs, advice }: Forecast): string {
  const tokens = compact(inputTokens.likely + outputTokens.likely);
  const money = usd === null ? "" : `, ${dollars(usd.likely)}`;
  const words = `About ${many(Math.round(steps.likely), "step")}, ${tokens} tokens${money}, ${duration(timeMs.likely)}.`;
  return [words, ...advice.map(({ text }) => text)].join(" ");
}

/** Below it, agents mostly wait for one another. */
const LITTLE_PARALLELISM = 1.25;
/** So many steps are one conversation of usual length. */
const FEW_STEPS = 15;

export function adviceOn(drawn: Omit<Forecast, "advice">, caps: Caps): ForecastAdvice[] {
  return [...oneAgentInstead(drawn), ...cutShort(drawn, caps)];
}

function oneAgentInstead(drawn: Omit<Forecast, "advice">): ForecastAdvice[] {
  const { subtasks, parallelism, oneAgent, timeMs, steps } = drawn;
  if (subtasks < 2) return [];
  const tokens = drawn.inputTokens.likely + drawn.outputTokens.likely;
  const figures = `one agent: about ${compact(oneAgent.tokens)} tokens and ${duration(oneAgent.timeMs)}; the swarm: ${compact(tokens)} and ${duration(timeMs.likely)}`;
  if (parallelism < LITTLE_PARALLELISM) {
    const text = `One agent alone would do as well (--single): each subtask waits for the one before it, so that no two work side by side (${figures}).`;
    return [{ kind: "chain", text }];
  }
  if (steps.likely > FEW_STEPS || oneAgent.tokens > tokens) return [];
  const text = `One agent alone would do it cheaper (--single): ${subtasks} subtasks of few steps fit one conversation, and in a swarm each has an opening of its own and the synthesizer reads all results once more (${figures}).`;
  return [{ kind: "small", text }];
}

function cutShort(
  { steps, usd, inputTokens, outputTokens, timeMs }: Omit<Forecast, "advice">,
  caps: Caps,
): ForecastAdvice[] {
  const tokens = { likely: inputTokens.likely + outputTokens.likely, most: inputTokens.most + outputTokens.most };
  const capped = [
    { name: "steps", cap: caps.maxSteps, of: steps },
    { name: "tokens", cap: caps.maxTokens, of: tokens },
    { name: "USD", cap: caps.maxUsd, of: usd ?? { likely: 0, most: 0 } },
    { name: "milliseconds", cap: caps.deadlineMs, of: timeMs },
  ];
  return capped.flatMap(({ name, cap, of }): ForecastAdvice[] => {
    if (cap === undefined || of.most <= cap) return [];
    const how = of.likely > cap ? "cuts the run short" : "may cut the run short, at the upper end";
    return [{ kind: "capped", text: `The cap of ${cap} ${name} ${how}.` }];
  });
}
