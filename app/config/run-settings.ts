/**
 * What a run is to do and with what: every file that its options name, read once, before anything is spent. It is kept beside
 * the run, so that another process can continue it; secrets never.
 */
import { statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { readBaseUrl } from "../../adapters/models/openai/endpoint.ts";
import { readSkills } from "../../adapters/skills/read-skills.ts";
import { LARGEST_BYTES, textOf, tooLarge } from "../../adapters/text/read-text.ts";
import type { ModelLimits, Price } from "../../engine/ports/models.ts";
import type { DetectionInput, RecoveryPolicyInput } from "../../state/recovery-policy.ts";
import { expandPlan, parsePlanFile } from "../../engine/policy/plan/read-plan.ts";
import type { AgentProfile, Skill } from "../../state/agent-profile.ts";
import { reasonOf, SwarmError } from "../../state/errors.ts";
import { Approval, APPROVALS, RunOptions, type DocumentLimits } from "../../state/run-options.ts";
import { DEFAULT_CONCURRENCY } from "../../state/usage.ts";
import { parseDuration, parseFileSize } from "./duration.ts";
import { BUILT_IN_TOOLS, DOCUMENT_TOOLS } from "../../tools/tool-names.ts";
import { readAgents } from "./read-agents.ts";
import { readDataFile, readTextFile } from "./read-file.ts";
import type { Limits } from "./read-limits.ts";
import { readRecovery } from "./read-recovery.ts";
import type { RunConfig } from "./run-config.ts";

/** What is kept beside a run, so that another process can continue it. */
export interface RunSettings {
  runId: string;
  createdAt: string;
  task: string;
  cwd: string;
  model: string | undefined;
  baseUrl: string | undefined;
  /** Where the model was reached when the run was last begun or continued: for people to read. */
  endpoint?: string;
  concurrency: number;
  /** Absent: none, and in runs of earlier releases. */
  limits?: Limits;
  agents: readonly AgentProfile[];
  skills: readonly Skill[];
  recovery: RecoveryPolicyInput | undefined;
  detection: DetectionInput | undefined;
  prices: Readonly<Record<string, Price>> | undefined;
  modelLimits: Readonly<Record<string, Partial<ModelLimits>>> | undefined;
  /** What `resume` has put in place of models that are named, by their ids. */
  replacedModels?: Readonly<Record<string, string>>;
  run: RunOptions;
  plan: Record<string, unknown> | undefined;
  /** True: it was begun by a program that embeds the swarm, and is continued there. */
  isEmbedded?: boolean;
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
  const agents = readAgents(
    config.agents === undefined ? undefined : readDataFile(at(config.agents), "the agents file", "AGENTS_INVALID"),
  );
  const plan =
    config.plan === undefined
      ? undefined
      : readPlan(at(config.plan), { agents, hasDocuments: config.docs !== undefined });
  const asked = (task ?? "").trim() || (typeof plan?.["task"] === "string" ? plan["task"].trim() : "");
  if (asked === "") {
    throw new SwarmError("USAGE", "the task is empty", {
      next: 'give it as an argument, with --task-file, or "-" for standard input',
    });
  }
  readRecovery(config.recovery);
  // Also where nothing of the run would ask there: it would be a slip that nobody hears of.
  if (config.baseUrl !== undefined) readBaseUrl(config.baseUrl);
  checkDocuments(documentsOf(config, cwd));
  return {
    ...{ runId, cwd, plan, task: asked, createdAt: new Date(now).toISOString() },
    ...{ model: config.model, baseUrl: config.baseUrl, endpoint: endpointOf(config.baseUrl) },
    concurrency: config.concurrency ?? config.limits?.concurrency ?? DEFAULT_CONCURRENCY,
    ...(config.limits === undefined ? {} : { limits: config.limits }),
    agents,
    skills: listOf(config.skills).flatMap((folder) => readSkills(at(folder))),
    recovery: config.recovery,
    detection: config.detection,
    prices: config.prices === undefined ? undefined : pricesOf(config.prices),
    modelLimits: config.modelLimits,
    run: optionsOf(config, cwd),
  };
}

export function endpointOf(baseUrl: string | undefined): string {
  return baseUrl ?? (process.env["OPENAI_BASE_URL"] || "https://api.openai.com/v1");
}

/** The caps and switches of a run. Throws SwarmError USAGE. */
function optionsOf(config: RunConfig, cwd: string): RunOptions {
  return RunOptions.parse({
    caps: capsOf(config),
    approve: approvalsOf(config.approve),
    documents: documentsOf(config, cwd),
    documentLimits: documentLimitsOf(config),
    dryRun: config.dryRun ?? false,
    unattended: config.unattended ?? false,
    cacheWarmupMs: config.cacheWarmupMs,
  });
}

/** Absolute paths. */
export function documentsOf({ docs }: RunConfig, cwd: string): string[] {
  return listOf(docs).map((path) => resolve(cwd, path));
}

/** Undefined where the configuration says nothing of them. Throws SwarmError USAGE. */
export function documentLimitsOf({ maxFileSize, maxFiles }: RunConfig): DocumentLimits | undefined {
  if (maxFileSize === undefined && maxFiles === undefined) return undefined;
  return {
    ...(maxFileSize === undefined ? {} : { fileBytes: parseFileSize(String(maxFileSize)) }),
    ...(maxFiles === undefined ? {} : { files: maxFiles }),
  };
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
  const unknown = names.find((name) => !Approval.safeParse(name).success);
  if (unknown === undefined) return [...new Set(names)] as Approval[];
  throw new SwarmError("USAGE", `--approve: "${unknown}" is not available`, {
    next: `choose from ${APPROVALS.join(", ")}, tool:NAME, none`,
  });
}

/** Checked as a whole before the run begins, but for what only the documents can say. */
export function readPlan(
  path: string,
  { agents, hasDocuments }: { agents: readonly AgentProfile[]; hasDocuments: boolean },
): Record<string, unknown> {
  const data = readDataFile(path, "the plan", "PLAN_INVALID");
  const file = parsePlanFile(data);
  const expandDocuments = hasDocuments ? () => ["document"] : undefined;
  const tools = new Set(BUILT_IN_TOOLS.filter((name) => hasDocuments || !DOCUMENT_TOOLS.has(name)));
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

export function listOf(given: string | string[] | undefined): string[] {
  return given === undefined ? [] : Array.isArray(given) ? given : [given];
}

/** The task as it comes on standard input. Throws SwarmError USAGE. */
export async function readTask(input: AsyncIterable<Uint8Array>): Promise<string> {
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
    throw new SwarmError("USAGE", `the task on standard input cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** The task from a file. Throws SwarmError USAGE. */
export function readTaskFile(path: string, cwd: string): string {
  return readTextFile(resolve(cwd, path), "the task file", "USAGE");
}
