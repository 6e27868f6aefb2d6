/**
 * The options of a run, as flags and as one file (JSON or YAML): their shapes, bounds and words. What they lead to is read in
 * run-settings.ts.
 */
import { z } from "zod";
import { PATTERN_NAMES } from "../../engine/policy/redaction/named-patterns.ts";
import { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import { SwarmError } from "../../state/errors.ts";
import { APPROVALS, DEFAULT_WARMUP_MS } from "../../state/run-options.ts";
import { CEILINGS, DEFAULT_CONCURRENCY } from "../../state/usage.ts";
import { firstProblem, innermost, problemText, strictObject } from "../../state/problem.ts";
import { readDataFile } from "./read-file.ts";

const PriceInput = strictObject({
  input: z.number().min(0),
  cachedInput: z.number().min(0).optional(),
  output: z.number().min(0),
  /** Where the figures are from, and of which day: shown beside them. */
  source: z.string().min(1).optional(),
  date: z.string().min(1).optional(),
});
export type PriceInput = z.infer<typeof PriceInput>;

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

/** The options of a run, as they may stand in `--config` and, in a batch, on a line. */
export const RunConfig = strictObject({
  docs: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .optional()
    .describe("files or folders that the agents may search and read"),
  maxFileSize: z
    .union([z.string().min(1), z.int().min(1)])
    .optional()
    .describe("a larger document is left out (bytes, or 500kB, 5MB); default 1MB"),
  maxFiles: z.int().min(1).max(1_000_000).optional().describe("documents at most; default 50000"),
  plan: z.string().min(1).optional().describe("use this plan (JSON) instead of the planner"),
  agents: z.string().min(1).optional().describe("agent profiles (JSON or YAML)"),
  skills: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .optional()
    .describe("folders of Agent Skills"),
  model: z.string().min(1).optional().describe("offline, or a model id of the endpoint; default offline"),
  baseUrl: z
    .string()
    .min(1)
    .optional()
    .describe("an OpenAI-compatible endpoint; default OPENAI_BASE_URL (key: OPENAI_API_KEY)"),
  maxAgents: z
    .int()
    .min(1)
    .max(CEILINGS.maxAgents)
    .optional()
    .describe(`lanes working at once; default and ceiling ${CEILINGS.maxAgents}`),
  maxSteps: z
    .int()
    .min(1)
    .max(CEILINGS.maxSteps)
    .optional()
    .describe(`model turns of the whole run; default and ceiling ${CEILINGS.maxSteps}`),
  maxTokens: z.int().min(1).optional().describe("input and output tokens of the whole run; default unlimited"),
  maxUsd: z.number().positive().optional().describe("US dollars of the whole run; default unlimited"),
  deadline: z
    .union([z.string().min(1), z.number().positive()])
    .optional()
    .describe("working time of the whole run (30m, 90s, 1h30m); default unlimited"),
  concurrency: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe(`model calls in flight at most; default ${DEFAULT_CONCURRENCY}`),
  limits: Limits.optional().describe(
    "what the endpoint may be sent: requestsPerMinute, tokensPerMinute, concurrency; default what it says that it takes",
  ),
  approve: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe(
      `where to stop for a human: ${APPROVALS.join(", ")}, tool:NAME (calls of that tool alone), or none; default none`,
    ),
  redact: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .optional()
    .describe(
      `what is taken out of all that comes in before it is written, beside the keys of the environment: ${PATTERN_NAMES.join(", ")}, or NAME=/regular expression/; default nothing`,
    ),
  otel: z
    .boolean()
    .optional()
    .describe("tell the run to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names; default GLASSHIVE_OTEL"),
  unattended: z
    .boolean()
    .optional()
    .describe("nobody is there to answer: each question to a human is denied at once, and the answer says so"),
  single: z
    .boolean()
    .optional()
    .describe("one agent does the whole task, with the tools of the best equipped; nobody plans"),
  swarm: z
    .enum(["always", "auto"])
    .optional()
    .describe("auto: one agent alone where the plan gains nothing by several; default always"),
  dryRun: z.boolean().optional().describe("plan, route and forecast; spend nothing on agents"),
  recovery: RecoveryPolicy.optional().describe(
    "recovery policy: signal → ordered actions; what is not named keeps its default",
  ),
  detection: Detection.optional().describe(
    "thresholds by which stalls are detected; what is not named keeps its default",
  ),
  modelLimits: z
    .record(z.string(), ModelLimitsInput)
    .optional()
    .describe("what a model can hold, by model id: contextWindow, maxOutputTokens (tokens); over the built-in table"),
  cacheWarmupMs: z
    .int()
    .min(0)
    .max(60_000)
    .optional()
    .describe(
      `the first of siblings goes ahead so long at most, to warm the provider's prompt cache; 0: not at all; default ${DEFAULT_WARMUP_MS}`,
    ),
  heads: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .optional()
    .describe("files to which the head of the ended run's journal is appended, beside heads.jsonl of the home"),
  signingKey: z
    .string()
    .min(1)
    .optional()
    .describe("sign that head with this private key (`glasshive audit key` makes one)"),
  prices: z
    .record(z.string(), PriceInput)
    .optional()
    .describe("US dollars per million tokens by model id; `*` stands for any text"),
});
export type RunConfig = z.infer<typeof RunConfig>;

export function readConfigFile(path: string): RunConfig {
  const data = readDataFile(path, "the configuration", "CONFIG_INVALID");
  const parsed = RunConfig.safeParse(data ?? {});
  if (parsed.success) return parsed.data;
  throw new SwarmError("CONFIG_INVALID", `the configuration ${path} is not valid: ${firstProblem(parsed.error, data)}`);
}

/** A policy file: `recovery` and `detection` of a configuration. Throws SwarmError CONFIG_INVALID with one line. */
export function readPolicyFile(path: string): Pick<RunConfig, "recovery" | "detection"> {
  const data = readDataFile(path, "the policy", "CONFIG_INVALID");
  const parsed = RunConfig.pick({ recovery: true, detection: true }).safeParse(data ?? {});
  if (parsed.success) return parsed.data;
  throw new SwarmError("CONFIG_INVALID", `the policy ${path} is not valid: ${firstProblem(parsed.error, data)}`);
}

/** Flags over the file: what a flag leaves undefined, the file says. Throws SwarmError USAGE with one line. */
export function mergeConfig(file: RunConfig, flags: Record<string, unknown>): RunConfig {
  const given = Object.fromEntries(
    Object.entries(flags).filter(([key, value]) => value !== undefined && key in RunConfig.shape),
  );
  const parsed = RunConfig.safeParse(given);
  if (parsed.success) return { ...file, ...parsed.data };
  const issue = parsed.error.issues[0];
  const flag = `--${String(issue?.path[0] ?? "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new SwarmError(
    "USAGE",
    `${flag}: ${issue === undefined ? "it is not valid" : problemText(innermost(issue), given)}`,
    {
      next: "see: glasshive run --help",
    },
  );
}
