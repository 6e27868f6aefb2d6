/** What a plan is expected to take, before anything is spent on agents: `forecast` of a dry run's result and of the plan review. */
export interface Range {
  least: number;
  likely: number;
  most: number;
}

export interface ForecastAdvice {
  /** `chain`: hardly anything can be done side by side; `small`: one conversation holds it all; `capped`: a cap cuts it short. */
  kind: "chain" | "small" | "capped";
  text: string;
}

export interface Forecast {
  subtasks: number;
  /** Subtasks on the longest chain of dependencies. */
  longestChain: number;
  /** Work over the longest chain of it: how many agents can be kept busy, on average, if there are so many. */
  parallelism: number;
  steps: Range;
  modelCalls: Range;
  inputTokens: Range;
  cachedInputTokens: Range;
  outputTokens: Range;
  /** US dollars; null where a model has no price. */
  usd: Range | null;
  timeMs: Range;
  /** One agent that did all the work in one conversation. */
  oneAgent: { tokens: number; timeMs: number };
  basis: { kind: "history" | "plan"; runs: number; calls: number };
  assumptions: string[];
  advice: ForecastAdvice[];
}
