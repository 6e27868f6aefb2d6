/** A forecast in words: for `--dry-run`, and one line for the plan review. Pure. */
import type { Forecast, Range } from "../../../state/forecast.ts";
import { compact, duration } from "./forecast-advice.ts";

interface Row {
  id: string;
  agent: string;
  dependsOn: readonly string[];
}

export function forecastText(drawn: Forecast, rows: readonly Row[]): string {
  const { subtasks, longestChain, parallelism, steps, modelCalls, inputTokens, outputTokens, usd, timeMs } = drawn;
  const exact = (count: number): string => String(Math.round(count));
  return `${[
    `# Forecast: ${subtasks} subtask${subtasks === 1 ? "" : "s"}, nothing spent on agents`,
    "",
    "| | likely | range |",
    "|---|---|---|",
    row("steps", steps, exact),
    row("model calls", modelCalls, exact),
    row("input tokens", inputTokens, compact),
    row("of these cached", drawn.cachedInputTokens, compact),
    row("output tokens", outputTokens, compact),
    usd === null ? "| USD | unknown | a model has no price |" : row("USD", usd, (amount) => amount.toFixed(4)),
    row("time", timeMs, duration),
    "",
    `Longest chain of dependencies: ${longestChain} subtask${longestChain === 1 ? "" : "s"}; work for ${parallelism.toFixed(1)} agents at once, on average.`,
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

/** `about 40 steps, 61 k tokens, USD 0.0800 and 12.0 s`. */
export function forecastLine({ steps, inputTokens, outputTokens, usd, timeMs, advice }: Forecast): string {
  const tokens = compact(inputTokens.likely + outputTokens.likely);
  const money = usd === null ? "" : `, USD ${usd.likely.toFixed(4)}`;
  const words = `About ${Math.round(steps.likely)} steps, ${tokens} tokens${money}, ${duration(timeMs.likely)}.`;
  return [words, ...advice.map(({ text }) => text)].join(" ");
}
