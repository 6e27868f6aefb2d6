/**
 * The options of one run, as they are stored with it: set when the run starts, the same after a resume. Everything that
 * is configured once for all runs (models, tools, agents) is an option of `createSwarm` instead.
 */
import { z } from "zod";
import { strictObject } from "./problem.ts";
import { Caps, GivenCaps } from "./usage.ts";

/** Where a run can stop for a human, beside `tool:NAME`: calls of that tool alone. */
export const APPROVALS = ["plan", "tools", "conflicts", "budget", "answer"] as const;

export const Approval = z.union([z.enum(APPROVALS), z.templateLiteral(["tool:", z.string().min(1)])], {
  error: ({ input }) => `expected ${APPROVALS.join(", ")} or tool:NAME, got ${JSON.stringify(input)?.slice(0, 60)}`,
});
export type Approval = z.infer<typeof Approval>;

/** A larger file, and one file more than so many, is left out, and said to be. */
export const DocumentLimits = strictObject({
  /** Bytes of one file; default 1,000,000. */
  fileBytes: z.int().min(1).max(100_000_000).optional(),
  /** Files of all documents; default 50,000. */
  files: z.int().min(1).max(1_000_000).optional(),
});
export type DocumentLimits = z.infer<typeof DocumentLimits>;

/** Longer than the first token of most models; far less than what a conversation takes. */
export const DEFAULT_WARMUP_MS = 2000;

const prompt = z.string().trim().min(1).max(50_000).optional();
/** What is said to each role in place of its own rules; what it is asked, given and held to stands beside it all the same. */
export const ROLE_PROMPTS = { plannerPrompt: prompt, agentPrompt: prompt, synthesizerPrompt: prompt };

export const RunOptions = strictObject({
  caps: Caps,
  /** Where the run stops for a human. */
  approve: z.array(Approval).default([]),
  /** True: nobody is there to answer; each question is denied at once, on record. */
  unattended: z.boolean().default(false),
  /** Files and folders that the agents may search and read; absolute paths. */
  documents: z.array(z.string().min(1)).default([]),
  /** The model of the run, in place of the swarm's own. */
  model: z.string().optional(),
  /** Names of the profiles that may get work; absent: all. */
  agents: z.array(z.string()).optional(),
  /** How much of them is taken; what is not named keeps its default. */
  documentLimits: DocumentLimits.optional(),
  /** True: plan, route and forecast, and spend nothing on agents. */
  dryRun: z.boolean().default(false),
  /** `single`: one agent does the whole task, and nobody plans; `auto`: where the plan gains nothing by several. Absent: as planned. */
  swarm: z.enum(["auto", "single"]).optional(),
  /** How long siblings wait at most, in milliseconds, for the first of them to warm the provider's prompt cache; 0: not at all. */
  cacheWarmupMs: z.int().min(0).max(60_000).optional(),
  ...ROLE_PROMPTS,
});
export type RunOptions = z.infer<typeof RunOptions>;

/** What a caller may ask of one run, whichever way: it narrows what the embedder allows (`engine/policy/permissions/narrow.ts`). */
export const Asked = strictObject({
  /** Files and folders inside those that are allowed; absent: all of them. */
  documents: z.array(z.string().min(1)).optional(),
  /** Where to stop for a human, beside where it stops anyway. */
  approve: z.array(Approval).optional(),
  /** Lower caps. */
  budget: GivenCaps.optional(),
  /** One of the models that the swarm names. */
  model: z.string().min(1).optional(),
  /** Names of some of the swarm's profiles; absent: all of them. */
  agents: z.array(z.string().min(1)).min(1).optional(),
  /** Where the embedder lets prompts be edited. */
  ...ROLE_PROMPTS,
});
export type Asked = z.infer<typeof Asked>;

/** A budget within the run's: of an agent over all its work in the run, or of a subtask with its parts. */
export const SubBudget = strictObject({
  /** Model turns. */
  maxSteps: z.int().min(1).optional(),
  /** Input plus output tokens. */
  maxTokens: z.int().min(1).optional(),
  /** US dollars; every model that may be used needs a price. */
  maxUsd: z.number().positive().optional(),
}).refine((budget) => Object.values(budget).some((cap) => cap !== undefined), "caps nothing");
export type SubBudget = z.infer<typeof SubBudget>;
