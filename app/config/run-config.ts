/**
 * The options of a run, as flags and as one file (JSON or YAML): their shapes, bounds and words. What they lead to is read in
 * run-settings.ts.
 */
import { z } from "zod";
import { PATTERN_NAMES } from "../../engine/policy/redaction/named-patterns.ts";
import { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import { SwarmError } from "../../state/errors.ts";
import { APPROVALS, DEFAULT_WARMUP_MS, DocumentLimits, RunOptions } from "../../state/run-options.ts";
import { CEILINGS, DEFAULT_CONCURRENCY, GivenCaps } from "../../state/usage.ts";
import { firstIssue, firstProblem, innermost, problemText, strictObject } from "../../state/problem.ts";
import { readDataFile } from "./read-file.ts";

const PriceInput = strictObject({
  input: z.number().min(0),
  cachedInput: z.number().min(0).optional(),
  output: z.number().min(0),
  /** Where the figures are from, and of which day: shown beside them. */
  source: z.string().min(1).optional(),
  date: z.string().min(1).optional(),
});

export const ModelLimitsInput = strictObject({
  contextWindow: z.int().min(1000).optional(),
  maxOutputTokens: z.int().min(1).optional(),
});

/** What the user allows to be sent to the endpoint. */
export const Limits = strictObject({
  requestsPerMinute: z.int().min(1).optional(),
  /** Input and output together. */
  tokensPerMinute: z.int().min(1).optional(),
  /** Calls in flight at most, where `concurrency` does not say it. */
  concurrency: z.int().min(1).max(10_000).optional(),
});
export type Limits = z.infer<typeof Limits>;

const text = z.string().min(1);
const texts = z.union([text, z.array(text)]);
const switched = z.boolean();

/** What `--help` and the documentation say of an option; nobody need give it. */
function option<Shape extends z.ZodType>(words: string, shape: Shape) {
  return shape.optional().describe(words);
}

/** The options of a run, as they may stand in `--config` and, in a batch, on a line. */
export const RunConfig = strictObject({
  docs: option("files or folders that the agents may search and read", texts),
  maxFileSize: option(
    "a larger document is left out (bytes, or 500kB, 5MB); default 1MB",
    z.union([text, z.int().min(1)]),
  ),
  maxFiles: option("documents at most; default 50000", DocumentLimits.shape.files.unwrap()),
  plan: option("use this plan (JSON) instead of the planner", text),
  agents: option("agent profiles (JSON or YAML)", text),
  skills: option("folders of Agent Skills", texts),
  model: option("offline, or a model id of the endpoint; default offline", text),
  baseUrl: option("an OpenAI-compatible endpoint; default OPENAI_BASE_URL (key: OPENAI_API_KEY)", text),
  maxAgents: option(
    `lanes working at once; default and ceiling ${CEILINGS.maxAgents}`,
    GivenCaps.shape.maxAgents.unwrap(),
  ),
  maxSteps: option(
    `model turns of the whole run; default and ceiling ${CEILINGS.maxSteps}`,
    GivenCaps.shape.maxSteps.unwrap(),
  ),
  maxTokens: option("input and output tokens of the whole run; default unlimited", GivenCaps.shape.maxTokens.unwrap()),
  maxUsd: option("US dollars of the whole run; default unlimited", GivenCaps.shape.maxUsd.unwrap()),
  deadline: option(
    "working time of the whole run (30m, 90s, 1h30m); default unlimited",
    z.union([text, z.number().positive()]),
  ),
  concurrency: option(
    `model calls in flight at most; default ${DEFAULT_CONCURRENCY}`,
    Limits.shape.concurrency.unwrap(),
  ),
  limits: option(
    "what the endpoint may be sent: requestsPerMinute, tokensPerMinute, concurrency; default what it says that it takes",
    Limits,
  ),
  approve: option(
    `where to stop for a human: ${APPROVALS.join(", ")}, tool:NAME (calls of that tool alone), or none; default none`,
    z.union([z.string(), z.array(z.string())]),
  ),
  redact: option(
    `what is taken out of all that comes in before it is written, beside the keys of the environment: ${PATTERN_NAMES.join(", ")}, or NAME=/regular expression/; default nothing`,
    texts,
  ),
  otel: option(
    "tell the run to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names; default GLASSHIVE_OTEL",
    switched,
  ),
  unattended: option(
    "nobody is there to answer: each question to a human is denied at once, and the answer says so",
    switched,
  ),
  single: option("one agent does the whole task, with the tools of the best equipped; nobody plans", switched),
  swarm: option(
    "auto: one agent alone where the plan gains nothing by several; default always",
    z.enum(["always", "auto"]),
  ),
  dryRun: option("plan, route and forecast; spend nothing on agents", switched),
  recovery: option("recovery policy: signal → ordered actions; what is not named keeps its default", RecoveryPolicy),
  detection: option("thresholds by which stalls are detected; what is not named keeps its default", Detection),
  modelLimits: option(
    "what a model can hold, by model id: contextWindow, maxOutputTokens (tokens); over the built-in table",
    z.record(z.string(), ModelLimitsInput),
  ),
  cacheWarmupMs: option(
    `the first of siblings goes ahead so long at most, to warm the provider's prompt cache; 0: not at all; default ${DEFAULT_WARMUP_MS}`,
    RunOptions.shape.cacheWarmupMs.unwrap(),
  ),
  heads: option(
    "files to which the head of the ended run's journal is appended, beside heads.jsonl of the home",
    texts,
  ),
  signingKey: option("sign that head with this private key (`glasshive audit key` makes one)", text),
  prices: option(
    "US dollars per million tokens by model id; `*` stands for any text",
    z.record(z.string(), PriceInput),
  ),
});
export type RunConfig = z.infer<typeof RunConfig>;

export function readConfigFile(path: string): RunConfig {
  return readAs(RunConfig, path, "the configuration");
}

/** A policy file: `recovery` and `detection` of a configuration. Throws SwarmError CONFIG_INVALID with one line. */
export function readPolicyFile(path: string): Pick<RunConfig, "recovery" | "detection"> {
  return readAs(RunConfig.pick({ recovery: true, detection: true }), path, "the policy");
}

function readAs<Read>(shape: z.ZodType<Read>, path: string, what: string): Read {
  const data = readDataFile(path, what, "CONFIG_INVALID");
  const parsed = shape.safeParse(data ?? {});
  if (parsed.success) return parsed.data;
  throw new SwarmError("CONFIG_INVALID", `${what} ${path} is not valid: ${firstProblem(parsed.error, data)}`);
}

/** Flags over the file: what a flag leaves undefined, the file says. Throws SwarmError USAGE with one line. */
export function mergeConfig(file: RunConfig, flags: Record<string, unknown>): RunConfig {
  const given = Object.fromEntries(
    Object.entries(flags).filter(([key, value]) => value !== undefined && key in RunConfig.shape),
  );
  const parsed = RunConfig.safeParse(given);
  if (parsed.success) return { ...file, ...parsed.data };
  const issue = firstIssue(parsed.error);
  const problem = issue === undefined ? "it is not valid" : problemText(innermost(issue), given);
  throw new SwarmError("USAGE", `${flagOf(String(issue?.path[0] ?? ""))}: ${problem}`, {
    next: "see: glasshive run --help",
  });
}

/** `--base-url` of baseUrl. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
