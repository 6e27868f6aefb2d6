/**
 * What a run is to do and with what, from flags and an optional file; flags win. Read once, before anything is spent. What is
 * needed to continue the run in another process is kept with it (`RunSettings`), secrets never.
 */
import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { readSkills } from "../../adapters/skills/read-skills.ts";
import type { Price, Skill } from "../../engine/ports.ts";
import { RecoveryPolicy, type RecoveryPolicyInput } from "../../engine/recovery/policy.ts";
import type { AgentProfile } from "../../state/agent-profile.ts";
import { SwarmError } from "../../state/errors.ts";
import { APPROVALS, RunOptions, type Approval } from "../../state/run-options.ts";
import { CEILINGS, DEFAULT_CONCURRENCY } from "../../state/usage.ts";
import { readAgents, readRecovery } from "../create-swarm.ts";
import { parseDuration } from "./duration.ts";
import { firstProblem } from "./first-problem.ts";
import { readDataFile, readTextFile } from "./read-file.ts";

const PriceInput = z.strictObject({
  input: z.number().min(0),
  cachedInput: z.number().min(0).optional(),
  output: z.number().min(0),
});

/** The options of a run, as they may stand in `--config` and, in a batch, on a line. */
export const RunConfig = z.strictObject({
  docs: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .optional()
    .describe("files or folders that the agents may search and read"),
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
  approve: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe(`where to stop for a human: ${APPROVALS.join(", ")}, or none; default none`),
  dryRun: z.boolean().optional().describe("plan, route and forecast; spend nothing on agents"),
  recovery: RecoveryPolicy.optional().describe(
    "recovery policy: signal → ordered actions; what is not named keeps its default",
  ),
  prices: z.record(z.string(), PriceInput).optional().describe("US dollars per million tokens by model id"),
});
export type RunConfig = z.infer<typeof RunConfig>;

/** What is kept beside a run, so that another process can continue it. */
export interface RunSettings {
  runId: string;
  createdAt: string;
  task: string;
  cwd: string;
  model: string | undefined;
  baseUrl: string | undefined;
  concurrency: number;
  agents: readonly AgentProfile[];
  skills: readonly Skill[];
  recovery: RecoveryPolicyInput | undefined;
  prices: Readonly<Record<string, Price>> | undefined;
  run: RunOptions;
  plan: Record<string, unknown> | undefined;
}

/** A config file. Throws SwarmError CONFIG_INVALID with one line. */
export function readConfigFile(path: string): RunConfig {
  const data = readDataFile(path, "the configuration", "CONFIG_INVALID");
  const parsed = RunConfig.safeParse(data ?? {});
  if (parsed.success) return parsed.data;
  throw new SwarmError("CONFIG_INVALID", `the configuration ${path} is not valid: ${firstProblem(parsed.error, data)}`);
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
  throw new SwarmError("USAGE", `${flag}: ${firstProblem(parsed.error, given).replace(/^[^:]*: /, "")}`, {
    next: "see: glasshive run --help",
  });
}

interface Place {
  /** Where the person stands. */
  cwd: string;
  runId: string;
  now: number;
}

/** Reads every file that the configuration names. Throws SwarmError with one line. */
export function settingsOf(config: RunConfig, task: string | undefined, { cwd, runId, now }: Place): RunSettings {
  const at = (path: string): string => (isAbsolute(path) ? path : resolve(cwd, path));
  const plan = config.plan === undefined ? undefined : readPlan(at(config.plan));
  const asked = (task ?? "").trim() || (typeof plan?.["task"] === "string" ? plan["task"].trim() : "");
  if (asked === "") {
    throw new SwarmError("USAGE", "the task is empty", {
      next: 'give it as an argument, with --task-file, or "-" for standard input',
    });
  }
  const agents =
    config.agents === undefined ? undefined : readDataFile(at(config.agents), "the agents file", "AGENTS_INVALID");
  readRecovery(config.recovery);
  return {
    ...{ runId, cwd, plan, task: asked, createdAt: new Date(now).toISOString() },
    ...{ model: config.model, baseUrl: config.baseUrl, concurrency: config.concurrency ?? DEFAULT_CONCURRENCY },
    agents: readAgents(agents),
    skills: listOf(config.skills).flatMap((folder) => readSkills(at(folder))),
    recovery: config.recovery,
    prices: config.prices === undefined ? undefined : pricesOf(config.prices),
    run: optionsOf(config, at),
  };
}

/** The caps and switches of a run. Throws SwarmError USAGE. */
function optionsOf(config: RunConfig, at: (path: string) => string): RunOptions {
  return RunOptions.parse({
    caps: capsOf(config),
    approve: approvalsOf(config.approve),
    documents: listOf(config.docs).map(at),
    dryRun: config.dryRun ?? false,
  });
}

/** Only what the configuration names. */
export function capsOf(config: RunConfig): Partial<RunOptions["caps"]> {
  const { maxAgents, maxSteps, maxTokens, maxUsd, deadline } = config;
  const named = {
    ...{ maxAgents, maxSteps, maxTokens, maxUsd },
    deadlineMs: deadline === undefined ? undefined : parseDuration(String(deadline)),
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function approvalsOf(given: RunConfig["approve"]): Approval[] {
  const names = listOf(given)
    .flatMap((part) => part.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "none");
  const unknown = names.find((name) => !(APPROVALS as readonly string[]).includes(name));
  if (unknown === undefined) return [...new Set(names)] as Approval[];
  throw new SwarmError("USAGE", `--approve: "${unknown}" is not available`, {
    next: `choose from ${APPROVALS.join(", ")}, none`,
  });
}

function readPlan(path: string): Record<string, unknown> {
  const data = readDataFile(path, "the plan", "PLAN_INVALID");
  if (typeof data === "object" && data !== null && !Array.isArray(data)) return data as Record<string, unknown>;
  throw new SwarmError("PLAN_INVALID", `the plan ${path} is not valid: it is not an object with a list of subtasks`);
}

function pricesOf(given: NonNullable<RunConfig["prices"]>): Record<string, Price> {
  return Object.fromEntries(
    Object.entries(given).map(([model, price]) => [
      model,
      { ...price, cachedInput: price.cachedInput ?? price.input, source: "configured" },
    ]),
  );
}

function listOf(given: string | string[] | undefined): string[] {
  return given === undefined ? [] : Array.isArray(given) ? given : [given];
}

/** The task from a file. Throws SwarmError USAGE. */
export function readTaskFile(path: string, cwd: string): string {
  return readTextFile(resolve(cwd, path), "the task file", "USAGE");
}
