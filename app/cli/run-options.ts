/** The options that `run` takes and that a configuration file may hold too: one list, in the words of the configuration's schema. */
import { InvalidArgumentError, type Command } from "commander";
import { RunConfig } from "../config/run-config.ts";

/** By their keys in the configuration. */
const FLAGS = {
  docs: "--docs <path...>",
  maxFileSize: "--max-file-size <size>",
  maxFiles: "--max-files <n>",
  plan: "--plan <file>",
  agents: "--agents <file>",
  skills: "--skills <dir...>",
  model: "--model <spec>",
  baseUrl: "--base-url <url>",
  concurrency: "--concurrency <n>",
  maxAgents: "--max-agents <n>",
  maxSteps: "--max-steps <n>",
  maxTokens: "--max-tokens <n>",
  maxUsd: "--max-usd <x>",
  deadline: "--deadline <time>",
  approve: "--approve <list>",
  redact: "--redact <pattern>",
  otel: "--otel",
  unattended: "--unattended",
  single: "--single",
  dryRun: "--dry-run",
  heads: "--heads <file...>",
  signingKey: "--signing-key <file>",
} as const satisfies Partial<Record<keyof RunConfig, string>>;
type Key = keyof typeof FLAGS;

export const DOCUMENTS: readonly Key[] = ["docs", "maxFileSize", "maxFiles"];
export const MODELS: readonly Key[] = ["model", "baseUrl", "concurrency"];
export const CAPS: readonly Key[] = ["maxAgents", "maxSteps", "maxTokens", "maxUsd", "deadline"];
const WORK: readonly Key[] = [...DOCUMENTS, "plan", "agents", "skills", ...MODELS];
const ATTENDANCE: readonly Key[] = [
  ...(["approve", "redact", "otel", "unattended", "single", "dryRun", "heads", "signingKey"] as const),
];

/** `words`: in place of the schema's. */
export function addOptions(command: Command, keys: readonly Key[], words: Partial<Record<Key, string>> = {}): Command {
  for (const key of keys) {
    const [flag, about] = [FLAGS[key], words[key] ?? RunConfig.shape[key].description ?? ""];
    if (/<[nx]>/.test(flag)) command.option(flag, about, number);
    else if (key === "redact") command.option(flag, about, collected);
    else command.option(flag, about);
  }
  return command;
}

export function addRunOptions(command: Command, words?: Partial<Record<Key, string>>): Command {
  return addCommonOptions(addOptions(command, [...WORK, ...CAPS, ...ATTENDANCE], words));
}

const OF_THE_BATCH = {
  maxSteps: "model turns of the whole batch; default unlimited",
  maxTokens: "input and output tokens of the whole batch; default unlimited",
  maxUsd: "US dollars of the whole batch; default unlimited",
  deadline: "working time of the whole batch (30m, 90s, 1h30m); default unlimited",
};

/** Adds the options of a batch, and those of a run for each row that does not say otherwise. */
export function addBatchOptions(command: Command): Command {
  command.option("--parallel <n>", "runs at work at once; default 4", number);
  addOptions(command, ["maxSteps", "maxTokens", "maxUsd", "deadline"], OF_THE_BATCH)
    .option("--retry <classes>", "run again what is over as failed, partial or infra; several with commas")
    .option("--config <file>", "options of each row as one file (JSON or YAML); flags and rows win over it")
    .option("--policy <file>", "recovery policy and detection thresholds as a file of their own; over --config");
  return addOptions(command, [...WORK, "maxAgents", ...ATTENDANCE])
    .option("--json", "the summary as one JSON object on stdout; progress goes to stderr")
    .option("--verbose", "a stack where something fails");
}

export function addCommonOptions(command: Command): Command {
  return command
    .option("--home <dir>", "database and run folders; default ./.glasshive, or GLASSHIVE_HOME")
    .option("--json", "exactly one JSON object on stdout; progress goes to stderr")
    .option("--verbose", "a stack where something fails");
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number");
  return value;
}

export function collected(text: string, before: string[] = []): string[] {
  return [...before, text];
}
