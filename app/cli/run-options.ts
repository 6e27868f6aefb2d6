/** The options that `run` takes and that a configuration file may hold too: one list, made from the configuration's schema. */
import { InvalidArgumentError, type Command } from "commander";
import { RunConfig } from "../config/run-config.ts";

const describe = (key: keyof RunConfig): string => RunConfig.shape[key].description ?? "";

export function addRunOptions(command: Command): Command {
  addWorkOptions(command);
  return addCommonOptions(addAttendance(addCapOptions(command)));
}

/** Those of a run, for each row that does not say otherwise, and those of the batch. */
export function addBatchOptions(command: Command): Command {
  command
    .option("--parallel <n>", "runs at work at once; default 4", number)
    .option("--max-steps <n>", "model turns of the whole batch; default unlimited", number)
    .option("--max-tokens <n>", "input and output tokens of the whole batch; default unlimited", number)
    .option("--max-usd <x>", "US dollars of the whole batch; default unlimited", number)
    .option("--deadline <time>", "working time of the whole batch (30m, 90s, 1h30m); default unlimited")
    .option("--retry <classes>", "run again what is over as failed, partial or infra; several with commas")
    .option("--config <file>", "options of each row as one file (JSON or YAML); flags and rows win over it")
    .option("--policy <file>", "recovery policy and detection thresholds as a file of their own; over --config");
  addWorkOptions(command);
  return addAttendance(command.option("--max-agents <n>", describe("maxAgents"), number))
    .option("--json", "the summary as one JSON object on stdout; progress goes to stderr")
    .option("--verbose", "a stack where something fails");
}

function addWorkOptions(command: Command): void {
  addDocumentOptions(command)
    .option("--plan <file>", describe("plan"))
    .option("--agents <file>", describe("agents"))
    .option("--skills <dir...>", describe("skills"));
  addModelOptions(command);
}

function addAttendance(command: Command): Command {
  return command
    .option("--approve <list>", describe("approve"))
    .option("--redact <pattern>", describe("redact"), collected)
    .option("--otel", describe("otel"))
    .option("--unattended", describe("unattended"))
    .option("--single", describe("single"))
    .option("--dry-run", describe("dryRun"))
    .option("--heads <file...>", describe("heads"))
    .option("--signing-key <file>", describe("signingKey"));
}

export function addDocumentOptions(command: Command): Command {
  return command
    .option("--docs <path...>", describe("docs"))
    .option("--max-file-size <size>", describe("maxFileSize"))
    .option("--max-files <n>", describe("maxFiles"), number);
}

export function addModelOptions(command: Command, model = describe("model")): Command {
  return command
    .option("--model <spec>", model)
    .option("--base-url <url>", describe("baseUrl"))
    .option("--concurrency <n>", describe("concurrency"), number);
}

export function addCapOptions(command: Command): Command {
  return command
    .option("--max-agents <n>", describe("maxAgents"), number)
    .option("--max-steps <n>", describe("maxSteps"), number)
    .option("--max-tokens <n>", describe("maxTokens"), number)
    .option("--max-usd <x>", describe("maxUsd"), number)
    .option("--deadline <time>", describe("deadline"));
}

export function addHomeOption(command: Command): Command {
  return command.option("--home <dir>", "default ./.glasshive, or GLASSHIVE_HOME");
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

function collected(text: string, before: string[] = []): string[] {
  return [...before, text];
}
