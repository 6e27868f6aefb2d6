/**
 * What a run is to do and with what: every file that its options name, read once, before anything is spent. It is kept beside
 * the run, so that another process can continue it; secrets never.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { baseUrlOf, readBaseUrl } from "../../adapters/models/openai/endpoint.ts";
import { readSkills } from "../../adapters/skills/read-skills.ts";
import { LARGEST_BYTES, textOf, tooLarge } from "../../adapters/text/read-text.ts";
import { parsePlanFile } from "../../engine/policy/plan/plan-shape.ts";
import { expandPlan } from "../../engine/policy/plan/read-plan.ts";
import { readPatterns } from "../../engine/policy/redaction/named-patterns.ts";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import type { Price } from "../../engine/ports/models.ts";
import type { AgentProfile } from "../../state/agent-profile.ts";
import { defined } from "../../state/is-record.ts";
import { reasonOf, SwarmError } from "../../state/errors.ts";
import { switchableModels, type RecoveryPolicy } from "../../state/recovery-policy.ts";
import { Approval, APPROVALS, DocumentLimits, RunOptions } from "../../state/run-options.ts";
import { firstProblem } from "../../state/problem.ts";
import { Caps, DEFAULT_CONCURRENCY } from "../../state/usage.ts";
import { BUILT_IN_TOOLS, DOCUMENT_TOOLS } from "../../tools/tool-names.ts";
import type { SwarmOptions } from "../create-swarm.ts";
import type { ForkRequest } from "../runs/fork-run.ts";
import { readAgents, readAgentsFile, readRecovery } from "./read-agents.ts";
import { readDataFile, readTextFile } from "./read-file.ts";
import { withModel, type CalledModels } from "./replaced-models.ts";
import type { RunConfig } from "./run-config.ts";

/** Options of `createSwarm` that a run of the command line is continued with, in the shape that they are given in. */
type Kept = Pick<
  SwarmOptions,
  | "baseUrl"
  | "limits"
  | "recovery"
  | "detection"
  | "prices"
  | "modelLimits"
  | "replacedModels"
  | "skills"
  | "redact"
  | "otel"
>;

/** What is kept beside a run, so that another process can continue it. */
export interface RunSettings extends Kept {
  runId: string;
  createdAt: string;
  task: string;
  cwd: string;
  model?: string;
  /** Where the model was reached when the run was last begun or continued: for people to read. */
  endpoint?: string;
  concurrency: number;
  agents: readonly AgentProfile[];
  run: RunOptions;
  plan?: Record<string, unknown>;
  /** The run that it forks from, and what is to be different. */
  fork?: ForkRequest & { source: string };
  /** The run that it asks on about. */
  followUp?: string;
  /** Absolute paths. */
  heads?: readonly string[];
  signingKey?: string | undefined;
  /** True: it was begun by a program that embeds the swarm, and is continued there. */
  isEmbedded?: boolean;
}

interface Place {
  cwd: string;
  runId: string;
  now: number;
}

/** Of a run that begins. Reads every file that the configuration names. Throws SwarmError with one line. */
export function settingsOf(config: RunConfig, task: string | undefined, { cwd, runId, now }: Place): RunSettings {
  const [createdAt, agents] = [new Date(now).toISOString(), readAgents(undefined)];
  const run = RunOptions.parse({ caps: {} });
  const concurrency = DEFAULT_CONCURRENCY;
  const unset = { runId, cwd, task: "", createdAt, concurrency, agents, skills: [], heads: [], run };
  return withTask(overlaid(unset, config, { cwd }), task);
}

/** The task as it was given, else that of the plan. Throws SwarmError USAGE where it is empty. */
export function withTask(settings: RunSettings, given: string | undefined): RunSettings {
  const task = (given ?? "").trim() || taskIn(settings.plan);
  if (task !== "") return { ...settings, task };
  throw new SwarmError("USAGE", "the task is empty", {
    next: 'give it as an argument, with --task-file, or "-" for standard input',
  });
}

/** Empty where the plan names none. */
export function taskIn(plan: RunSettings["plan"]): string {
  return typeof plan?.["task"] === "string" ? plan["task"].trim() : "";
}

/**
 * Kept settings with what a configuration names in their place: each of its options whole, caps and limits of documents one by one.
 * `view`: of the run that has worked by them, where one has: another model then stands in for those that were refused. Reads the files
 * that are named. Throws SwarmError with one line.
 */
export function overlaid(
  kept: RunSettings,
  config: RunConfig,
  { cwd, view }: { cwd: string; view?: () => CalledModels },
): RunSettings {
  if (config.plan !== undefined && config.single === true)
    throw new SwarmError("USAGE", "a plan and --single are given", { next: "give one of them" });
  const settings = { ...kept, ...namedBy(config, cwd), run: overlaidOptions(kept.run, config, cwd) };
  const { agents, baseUrl, run, followUp } = settings;
  // What is told of the run that is asked about is among the documents.
  const hasDocuments = run.documents.length > 0 || followUp !== undefined;
  const plan = config.plan === undefined ? kept.plan : readPlan(resolve(cwd, config.plan), { agents, hasDocuments });
  return { ...settings, ...modelsBy(config, settings, view), endpoint: baseUrlOf(baseUrl), plan };
}

type Models = Pick<RunSettings, "model" | "replacedModels">;

function modelsBy({ model }: RunConfig, settings: RunSettings, view?: () => CalledModels): Models {
  if (model === undefined) return {};
  return view === undefined ? { model } : withModel(settings, model, view());
}

/** What a configuration says itself; its plan and its model are read by what else holds. */
function namedBy(config: RunConfig, cwd: string): Partial<RunSettings> {
  const at = (path: string): string => resolve(cwd, path);
  const { agents, skills, baseUrl, limits, recovery, detection, modelLimits, prices, redact, otel, heads } = config;
  readRecovery(recovery);
  const patterns = listIn(redact);
  readPatterns(patterns ?? []);
  // Also where nothing of the run would ask there: it would be a slip that nobody hears of.
  if (baseUrl !== undefined) readBaseUrl(baseUrl);
  const concurrency = config.concurrency ?? limits?.concurrency;
  const signingKey = config.signingKey && at(config.signingKey);
  const plain = { baseUrl, limits, concurrency, recovery, detection, modelLimits, redact: patterns, otel, signingKey };
  return defined({
    ...plain,
    agents: agents === undefined ? undefined : readAgentsFile(at(agents)),
    skills: listIn(skills)?.flatMap((folder) => readSkills(at(folder))),
    prices: prices && pricesOf(prices),
    heads: listIn(heads)?.map(at),
  });
}

export function swarmOptionsOf(settings: RunSettings): SwarmOptions {
  const { cwd, model, baseUrl, concurrency, limits, agents, skills, recovery, detection, plan } = settings;
  const { prices, modelLimits, replacedModels, redact, otel, heads, signingKey } = settings;
  // What a caller chooses of these, nobody has chosen here.
  const { caps: budget, model: _model, agents: _agents, ...run } = settings.run;
  return {
    cwd,
    model,
    models: modelsIn(plan),
    baseUrl,
    concurrency,
    limits,
    agents,
    skills,
    recovery,
    detection,
    prices,
    modelLimits,
    replacedModels,
    redact,
    otel,
    heads,
    signingKey,
    ...run,
    budget,
  };
}

/** The settings as they may be written and shown. What things are found again by stays as it is: no key stands in it (createSwarm). */
export function redactedSettings(settings: RunSettings, redactor: Redactor): RunSettings {
  const { runId, cwd, redact, run } = settings;
  return { ...redactor.value(settings), runId, cwd, redact, run };
}

/** Models that the owner's plan may switch to; it has been checked. */
export function modelsIn(plan: RunSettings["plan"]): string[] {
  const subtasks = (plan?.["subtasks"] ?? []) as { recovery?: RecoveryPolicy }[];
  return subtasks.flatMap(({ recovery }) => switchableModels(recovery));
}

/** The caps and switches of a run. Throws SwarmError USAGE, DOCUMENTS_UNREADABLE. */
function overlaidOptions(kept: RunOptions, config: RunConfig, cwd: string): RunOptions {
  const { unattended, dryRun, cacheWarmupMs } = config;
  const documents = config.docs === undefined ? undefined : documentsOf(config, cwd);
  checkDocuments(documents ?? []);
  const approve = config.approve === undefined ? undefined : approvalsOf(config.approve);
  const limits = documentLimitsOf(config);
  return {
    ...kept,
    ...defined({ unattended, dryRun, cacheWarmupMs, documents, approve }),
    caps: cappedBy(kept.caps, capsOf(config)),
    ...(limits && { documentLimits: { ...kept.documentLimits, ...limits } }),
    swarm: swarmIn(config, kept.swarm),
  };
}

/** Throws SwarmError USAGE. */
function cappedBy(kept: Caps, named: Partial<Caps>): Caps {
  const given = { ...kept, ...named };
  const caps = Caps.safeParse(given);
  if (caps.success) return caps.data;
  throw new SwarmError("USAGE", firstProblem(caps.error, given));
}

function swarmIn({ single, swarm }: RunConfig, kept: RunOptions["swarm"]): RunOptions["swarm"] {
  if (single === true) return "single";
  if (swarm !== undefined) return swarm === "auto" ? "auto" : undefined;
  return single === false && kept === "single" ? undefined : kept;
}

/** Absolute paths. */
export function documentsOf({ docs }: RunConfig, cwd: string): string[] {
  return asList(docs).map((path) => resolve(cwd, path));
}

/** Undefined where the configuration says nothing of them. Throws SwarmError USAGE. */
export function documentLimitsOf({ maxFileSize, maxFiles }: RunConfig): DocumentLimits | undefined {
  if (maxFileSize === undefined && maxFiles === undefined) return undefined;
  const fileBytes = maxFileSize === undefined ? undefined : parseFileSize(String(maxFileSize));
  return defined({ fileBytes, files: maxFiles });
}

/** Only what the configuration names. */
export function capsOf(config: RunConfig): Partial<RunOptions["caps"]> {
  const { maxAgents, maxSteps, maxTokens, maxUsd, deadline } = config;
  const named = {
    maxAgents,
    maxSteps,
    maxTokens,
    maxUsd,
    deadlineMs: deadline === undefined ? undefined : parseDuration(String(deadline)),
  };
  return defined(named);
}

function approvalsOf(given: RunConfig["approve"]): Approval[] {
  const names = asList(given)
    .flatMap((part) => part.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "none");
  return [...new Set(names)].map((name) => {
    const approval = Approval.safeParse(name);
    if (approval.success) return approval.data;
    throw new SwarmError("USAGE", `--approve: "${name}" is not available`, {
      next: `choose from ${APPROVALS.join(", ")}, tool:NAME, none`,
    });
  });
}

/** Checked as a whole before the run begins, but for what only the documents can say. */
function readPlan(
  path: string,
  { agents, hasDocuments }: { agents: readonly AgentProfile[]; hasDocuments: boolean },
): Record<string, unknown> {
  const data = readDataFile(path, "the plan", "PLAN_INVALID");
  const expandDocuments = hasDocuments ? () => ["document"] : undefined;
  const tools = new Set(BUILT_IN_TOOLS.filter((name) => hasDocuments || !DOCUMENT_TOOLS.has(name)));
  const file = parsePlanFile(data, { agents, tools });
  expandPlan(file, { task: "", version: 1, expandDocuments, agents, tools });
  return data as Record<string, unknown>;
}

/** Throws SwarmError DOCUMENTS_UNREADABLE. */
function checkDocuments(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      statSync(path);
    } catch (error) {
      throw new SwarmError("DOCUMENTS_UNREADABLE", `the documents ${path} cannot be read: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** A price that names no cached input is taken to have no discount for it. */
export function pricesOf(given: NonNullable<RunConfig["prices"]>): Record<string, Price> {
  return Object.fromEntries(
    Object.entries(given).map(([model, { input, cachedInput = input, output, source = "configured", date }]) => [
      model,
      { input, cachedInput, output, source: date === undefined ? source : `${source}, ${date}` },
    ]),
  );
}

export function asList(given: string | string[] | undefined): string[] {
  return listIn(given) ?? [];
}

function listIn(given: string | string[] | undefined): string[] | undefined {
  return typeof given === "string" ? [given] : given;
}

/** The task, or `what` it is, as it comes on standard input. Throws SwarmError USAGE. */
export async function readTask(input: AsyncIterable<Uint8Array>, what = "the task"): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of input) {
      bytes += part.length;
      if (bytes > LARGEST_BYTES) throw tooLarge();
      parts.push(part);
    }
    return textOf(Buffer.concat(parts));
  } catch (error) {
    throw new SwarmError("USAGE", `${what} on standard input cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** The task from a file. Throws SwarmError USAGE. */
export function readTaskFile(path: string, cwd: string): string {
  return readTextFile(resolve(cwd, path), "the task file", "USAGE");
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** "30m", "1.5h", "90s", "500ms", "1h30m"; a bare number is seconds. Milliseconds, at least 1. Throws SwarmError USAGE. */
function parseDuration(text: string): number {
  const trimmed = text.trim();
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)?/g)];
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? "s"] ?? NaN), 0);
  const isWhole = parts.map(([part]) => part).join("") === trimmed && parts.length > 0;
  if (isWhole && ms >= 1 && ms <= Number.MAX_SAFE_INTEGER) return Math.round(ms);
  throw new SwarmError("USAGE", `"${text.slice(0, 60)}" is not a valid duration`, {
    next: "write it as 30m, 90s, 1h30m or 500ms",
  });
}

const SIZES: Readonly<Record<string, number>> = { "": 1, b: 1, kb: 1000, mb: 1_000_000, kib: 1024, mib: 1_048_576 };

/** "500kB", "5MB", "2MiB", or bytes; at most 100 MB. Throws SwarmError USAGE. */
function parseFileSize(text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(amount) * (SIZES[unit.toLowerCase()] ?? Number.NaN));
  if (DocumentLimits.shape.fileBytes.unwrap().safeParse(bytes).success) return bytes;
  throw new SwarmError("USAGE", `"${text.slice(0, 60)}" is not a valid file size`, {
    next: "write it as 500kB or 5MB, or in bytes; at most 100MB",
  });
}
