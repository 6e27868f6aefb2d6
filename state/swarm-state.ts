/**
 * The state of the swarm's graph: what a caller hands in, what Studio shows, what a checkpoint keeps. Small by design:
 * results and the expanded plan live on the board; lanes write references.
 *
 * Every channel has one writer at a time but `lanes` and `artifacts`, which all lanes write and whose merge laws stand in
 * `lane-record.ts` and `artifact.ts`.
 * The page docs/reference/state.md is made from the descriptions.
 */
import { DeltaValue, MessagesDeltaValue, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { ArtifactRecord, mergeArtifactRecords } from "./artifact.ts";
import type { Assignment } from "./lane-state.ts";
import { LaneRecord, mergeLaneRecords } from "./lane-record.ts";
import { Exchange } from "./exchange.ts";
import { ANSWERED_BY, type CheckState } from "./run-result.ts";
import { Approval, APPROVALS } from "./run-options.ts";
import { GivenCaps } from "./usage.ts";

const task = z
  .string()
  .describe("The task, in plain words: what you want to know or to have done. Writer: the caller; intake.");
const documents = z
  .array(z.string())
  .describe(
    "Files and folders that the agents may search and read, inside those that the swarm allows; absent: all of these. Writer: the caller.",
  );
const plan = z
  .looseObject({ subtasks: z.array(z.looseObject({})), checks: z.array(z.looseObject({})).optional() })
  .describe("A plan to use instead of the planner's, in the form of a plan file. Writer: the caller; intake takes it.");
const approve = z
  .array(Approval)
  .describe(
    `Where to stop for a human, beside where the swarm stops anyway: ${APPROVALS.join(", ")}, or tool:NAME. Writer: the caller.`,
  );
const budget = GivenCaps.describe(
  "Lower caps than the swarm's: maxAgents, maxSteps, maxTokens, maxUsd, deadlineMs. Writer: the caller.",
);

const history = z
  .array(Exchange)
  .describe(
    "What was asked and answered before, oldest first: a list of { task, answer }; absent: what `messages` hold of it. Writer: the caller; intake takes it.",
  );

const answeredBy = z.enum(ANSWERED_BY);
const draft = z.object({ text: z.string(), by: answeredBy.optional(), reasons: z.array(z.string()) });

/** What a caller hands in; Studio's input form is made from it. A chat front end gives `messages` alone. */
export const SwarmInput = new StateSchema({
  task: task.optional(),
  documents: documents.optional(),
  plan: takenIn(plan),
  approve: approve.optional(),
  budget: budget.optional(),
  history: takenIn(history),
  messages: MessagesDeltaValue,
});

/**
 * What configures an assistant of the swarm. Nothing is refused by it, so that the context of a graph around this one passes; what is not
 * of its shape is refused by the swarm, in one line (`engine/policy/permissions/narrow.ts`).
 */
export const SwarmContext: z.ZodObject<Record<string, z.ZodType>, z.core.$loose> = z.looseObject({
  model: asked(z.string(), "The model of the run, one of those that the swarm names. Default: the swarm's own."),
  agents: asked(z.array(z.string()), "Names of the swarm's agent profiles that may get work. Default: all of them."),
  documents: asked(
    z.array(z.string()),
    "Files and folders that the agents may search and read, inside those that the swarm allows. Default: all of these.",
  ),
  approve: asked(
    z.array(Approval),
    `Where to stop for a human: ${APPROVALS.join(", ")}, or tool:NAME. Default: where the swarm stops anyway, which stays.`,
  ),
  budget: asked(GivenCaps, "Caps of each run, no higher than the swarm's. Default: the swarm's."),
  plannerPrompt: asked(z.string(), "What the planner goes by. Default: the swarm's own rules."),
  agentPrompt: asked(
    z.string(),
    "What every agent goes by, before its task, skills and profile. Default: the swarm's own rules.",
  ),
  synthesizerPrompt: asked(z.string(), "What the synthesizer goes by. Default: the swarm's own rules."),
});

/** `null`: not given; what an input before it has brought, and nobody has taken in, does not stand in for it. */
function takenIn<Schema extends z.ZodType>(schema: Schema) {
  return schema
    .nullable()
    .optional()
    .describe(schema.description ?? "");
}

function asked<Schema extends z.ZodType>(schema: Schema, description: string) {
  return schema.optional().catch(undefined).describe(description);
}

export const SwarmState = new StateSchema({
  task: task.default(""),
  documents: documents.optional(),
  plan: plan.nullable().optional(),
  approve: approve.optional(),
  budget: budget.optional(),
  history: history.nullable().optional(),
  messages: MessagesDeltaValue,
  asked: z.string().default("").describe("The task of the newest run, however it was given. Writer: intake."),
  planned: plan
    .nullable()
    .default(null)
    .describe("The plan of the run, before forEach is expanded. Writers: planner, plan-review."),
  runId: z
    .string()
    .default("")
    .describe("The run's id: the thread's, with ~2, ~3 … for later questions. Writer: intake."),
  planVersion: z
    .int()
    .default(0)
    .describe("The version of the plan on the board; 0 before there is one. Writers: planner, plan-review."),
  rejection: z.string().nullable().default(null).describe("Why a human sent the plan back. Writer: plan-review."),
  rejected: z
    .array(z.object({ plan, reason: z.string() }))
    .default([])
    .describe("Plans that a human has sent back, and why, the oldest first. Writers: plan-review, intake (empties)."),
  assignments: z
    .custom<Assignment[]>((value) => Array.isArray(value))
    .default([])
    .describe(
      "Lanes to start in the next superstep, in topological order. Writers: skill-router, integrate (empties).",
    ),
  parked: z
    .array(z.string())
    .default([])
    .describe("Subtasks that must be routed again. Writers: integrate, verify, skill-router (empties)."),
  lanes: new DeltaValue(
    z.record(z.string(), LaneRecord).default(() => ({})),
    {
      jsonSchemaExtra: { description: "How each subtask stands, by its id. Writers: lanes." },
      reducer: mergeLaneRecords,
    },
  ),
  artifacts: new DeltaValue(
    z.record(z.string(), ArtifactRecord).default(() => ({})),
    {
      jsonSchemaExtra: { description: "The newest version of each shared artifact, by name. Writers: lanes." },
      reducer: mergeArtifactRecords,
    },
  ),
  checks: z
    .custom<CheckState[]>((value) => Array.isArray(value))
    .default([])
    .describe("What became of the plan's invariants across artifacts. Writers: intake (empties), verify."),
  draft: draft
    .nullable()
    .default(null)
    .describe(
      "The answer while a human has to approve it, and why earlier ones were rejected. Writers: synthesizer, answer-review.",
    ),
  answer: z
    .string()
    .default("")
    .describe("The answer, in Markdown, with its coverage. Writers: synthesizer, answer-review."),
  answeredBy: answeredBy
    .nullable()
    .default(null)
    .describe(
      "Who wrote the answer: a model, a human, or code where neither could. Writers: synthesizer, answer-review.",
    ),
  status: z
    .enum(["planning", "running", "complete", "partial", "failed"])
    .default("planning")
    .describe("How far the run is. Writers: intake, skill-router, synthesizer, answer-review."),
  coverage: z
    .record(z.string(), z.int())
    .default({})
    .describe("Subtasks by outcome. Writers: synthesizer, answer-review."),
  usage: z
    .record(z.string(), z.number())
    .default({})
    .describe(
      "What the run has cost: steps, modelCalls, inputTokens, cachedInputTokens, outputTokens, usd. Writers: synthesizer, answer-review.",
    ),
});

const { runId, status, answer, coverage, artifacts, usage, messages } = SwarmState.fields;
const result = new StateSchema({ answer, status, coverage, artifacts, usage, runId, messages });

/** Whoever invokes the swarm gets all of its state; as a schema what a caller looks for first. */
export const SwarmOutput = new StateSchema(SwarmState.fields);
SwarmOutput.getJsonSchema = () => result.getJsonSchema();

export type SwarmState = typeof SwarmState.State;
export type SwarmUpdate = typeof SwarmState.Update;
/** What of the state belongs to a run, as that begins; beside it only what all lanes write. */
export const NOTHING_DONE: SwarmUpdate = {
  plan: null,
  history: null,
  planned: null,
  planVersion: 0,
  rejection: null,
  rejected: [],
  assignments: [],
  parked: [],
  checks: [],
  draft: null,
  answer: "",
  answeredBy: null,
  status: "planning",
  coverage: {},
  usage: {},
};

export type Draft = z.infer<typeof draft>;
export type PlanInState = z.infer<typeof plan>;
export type RejectedPlan = SwarmState["rejected"][number];
