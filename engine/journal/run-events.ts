/** The run as a whole: its beginning and end, its processes, its plan, and what people are asked. */
import { z } from "zod";
import type { AgentProfile, Skill } from "../../state/agent-profile.ts";
import { fieldOf, isRecord, listOf } from "../../state/is-record.ts";
import { LEFT_OUT_REASONS } from "../../state/left-out.ts";
import type { PlanFile, Subtask } from "../../state/plan.ts";
import type { Question } from "../../state/question.ts";
import type { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import { REDACTION_SOURCES } from "../../state/redaction.ts";
import type { RunOptions } from "../../state/run-options.ts";
import { INTERRUPT_KINDS, RUN_STATUSES } from "../../state/run-result.ts";
import { SIGNAL_KINDS } from "../../state/signal.ts";
import type { Contents } from "../ports/board.ts";
import type { DocumentOverview } from "../ports/documents.ts";
import type { ResolvedModel } from "../ports/models.ts";
import { USAGE } from "./call-events.ts";
import { amount, digest, event, text, texts } from "./event-schema.ts";
import { contentJson } from "./recorded-messages.ts";

/** The format that is written: it stands in the first line. Journals without it are those before the first that had one. */
export const JOURNAL_VERSION = 3 as const;

const LEFT_OUT = z.object({
  reason: z.enum(LEFT_OUT_REASONS),
  count: amount("files"),
  names: texts("the first of them"),
});
const NAMED = z.object({ count: amount("files"), names: texts("the first of them") });
const CAPS = z.object({
  maxAgents: z.number(),
  maxSteps: z.number(),
  maxTokens: z.number().optional(),
  maxUsd: z.number().optional(),
  deadlineMs: z.number().optional(),
});

/** A plan as it was given or made; of a split its parts, expanded. */
type PlanOnRecord = PlanFile | { subtasks: Subtask[] };

function isPlan(value: unknown): boolean {
  const subtasks = fieldOf(value, "subtasks");
  return Array.isArray(subtasks) && listOf(subtasks).every((one) => typeof fieldOf(one, "id") === "string");
}

const TRACES = z
  .object({ opentelemetry: z.string().optional(), langsmith: z.string().optional() })
  .describe("by what this process's part of the run is found where it is traced");

export const RUN_EVENTS = {
  "run-start": event("the run begins", {
    journal: z.literal(JOURNAL_VERSION).describe("the version of this format"),
    task: text("what is asked"),
    options: z.custom<RunOptions>((value) => typeof value === "object" && value !== null).describe("the run's options"),
    model: text("the run's own model"),
    agents: texts("names of the agent profiles"),
    documents: z
      .object({ read: amount("files"), leftOut: z.array(LEFT_OUT), ignored: amount("files and folders") })
      .describe("what is read of the documents, and what is left out"),
    setup: digest(
      "of the question, the agents, their models and skills, the rules of recovery and what is told of the documents",
    ).optional(),
    parent: z
      .object({
        runId: z.string(),
        journalHead: z.string(),
        at: texts("subtasks at which a fork begins"),
        checkpoint: z
          .object({ id: z.string(), next: z.array(z.string()) })
          .optional()
          .describe("LangGraph's checkpoint from which the fork leaves it, and the nodes that were next there"),
        followUp: z.literal(true).optional().describe("it is a question about what that run found, and no fork"),
      })
      .optional()
      .describe(
        "the run that it forks from or asks on about, the hash of the last line that was read of it, and where a fork begins",
      ),
    traces: TRACES.optional(),
  }),
  "process-start": event("another process goes on with the run", {
    continues: z.literal(true).describe("it is not the first"),
    lostCalls: amount("model calls that were in flight when the process before died"),
    caps: CAPS.optional().describe("as they are set now"),
    changedDocuments: z
      .object({ changed: NAMED, gone: NAMED })
      .optional()
      .describe("documents that are not what they were when the run began"),
    setup: digest("as in the first line, where it is another one now").optional(),
    traces: TRACES.optional(),
  }),
  plan: event("a version of the plan, and where it came from", {
    version: amount("from 1; grows when recovery or a check extends the plan"),
    origin: text("given, planner, single, human, fork, a split or a repair"),
    advice: text("what speaks for one agent in place of it").optional(),
    subtasks: amount("their number, expanded").optional(),
    added: texts("ids that a repair has added").optional(),
    dropped: texts("ids whose results another plan does not keep").optional(),
    anew: z
      .array(z.object({ subtask: z.string(), reason: z.string() }))
      .optional()
      .describe("of a fork: what it does not take from the recording, and why"),
    draft: digest("of the answer that a fork takes along, unpublished, as JSON").optional(),
    plan: z.custom<PlanOnRecord>(isPlan).optional().describe("as it was given or made; of a split its parts"),
    content: digest("of this version, expanded: what it changes of the one before").optional(),
  }),
  interrupt: event("the run waits for a human, or is paused", {
    kind: z.enum(INTERRUPT_KINDS).describe("what the question is about"),
    signal: z.enum(SIGNAL_KINDS).optional().describe("what the lane has met"),
    evidence: text("one line").optional(),
    check: text("the check that is violated").optional(),
    calls: z
      .array(z.object({ name: z.string(), args: z.unknown() }))
      .optional()
      .describe("tool calls that wait to be allowed"),
    action: text("raise_cap: a cap has refused").optional(),
    asker: text("the subtask that asks for the whole run").optional(),
    cap: z.enum(["steps", "tokens", "usd"]).optional().describe("the cap that refuses"),
    caps: CAPS.optional().describe("as they are set"),
    spent: USAGE.optional().describe("so far"),
    version: amount("of the plan that is reviewed").optional(),
    subtasks: amount("of that plan").optional(),
    agent: text("the person who is asked").optional(),
    title: text("of the subtask").optional(),
    rewrites: amount("times that the answer was sent back before").optional(),
    digest: text("SHA-256 of the answer that is reviewed").optional(),
    characters: amount("of that answer").optional(),
  }),
  resume: event("what the human decided", {
    kind: z.enum(INTERRUPT_KINDS).describe("what the question was about"),
    by: z
      .enum(["default", "resume"])
      .optional()
      .describe("default: nobody was there to answer; resume: an option of `resume` answered it"),
    answer: digest("of the answer as it was given, as JSON").optional(),
    decision: z.unknown().optional().describe("approve, edit or reject, with what belongs to it"),
    decisions: z.array(z.unknown()).optional().describe("one for each tool call that was asked about"),
    check: text("the check that was asked about").optional(),
    action: text("raise_cap").optional(),
    stopped: z.boolean().optional().describe("the human would not raise the cap"),
    caps: CAPS.optional().describe("as they are set now"),
    reason: text("in the human's words").optional(),
    version: amount("of the plan that was reviewed").optional(),
    subtasks: amount("of that plan").optional(),
  }),
  redaction: event("something was taken out of what came in, before any of it was written", {
    source: z.enum(REDACTION_SOURCES).describe("input: of the caller, answers of people too"),
    counts: z
      .record(z.string(), amount("places"))
      .describe("places by the name of the pattern; `key`: a key that the process was given"),
  }),
  "process-end": event("a process leaves the run before its end", { reason: text("one line") }),
  "run-end": event("the run is over", {
    status: z.enum(RUN_STATUSES).describe("as in the result"),
    coverage: z.record(z.string(), z.number()).describe("subtasks by outcome, and their total"),
    usage: USAGE.describe("of the whole run"),
    digest: text("SHA-256 of answer and subtasks of the result"),
    answer: digest("of `answer.md`").optional(),
    result: digest("of the result, its subtasks left out, as JSON").optional(),
    artifacts: z
      .array(z.object({ name: z.string(), version: amount("of it"), path: z.string().nullable(), hash: z.string() }))
      .optional()
      .describe("files that it leaves in the run's folder, each with its SHA-256"),
  }),
  "run-close": event("the last line of a run that ended; a journal that ends otherwise is open", {
    lines: amount("lines before this one"),
  }),
};

/** What the contents have of a run as it was set up: all that it is told, and that its options do not say. */
export interface RunSetup {
  question: Question;
  agents: readonly AgentProfile[];
  skills: readonly Skill[];
  recovery: RecoveryPolicy;
  detection: Detection;
  /** `view`: what the planner is shown of them. */
  documents?: (DocumentOverview & { view?: string }) | undefined;
  /** `name`: as a profile has it; absent: the run's own, which is the first. */
  models: ({ name?: string | undefined; concurrency?: number } & Pick<
    ResolvedModel,
    "id" | "contextWindow" | "maxOutputTokens" | "price" | "notice"
  >)[];
}

/** Undefined where an earlier release has put less there. Throws SwarmError STORAGE_FAILED where it is lost. */
export function readSetup(contents: Contents, digest: string | undefined): RunSetup | undefined {
  if (digest === undefined) return undefined;
  const setup: unknown = contentJson(contents, digest);
  return isSetup(setup) ? setup : undefined;
}

function isSetup(value: unknown): value is RunSetup {
  const documents = fieldOf(value, "documents");
  return (
    typeof fieldOf(fieldOf(value, "question"), "task") === "string" &&
    ["recovery", "detection"].every((name) => isRecord(fieldOf(value, name))) &&
    ["agents", "skills"].every((name) => Array.isArray(fieldOf(value, name))) &&
    listOf(fieldOf(value, "models")).length > 0 &&
    (documents === undefined || Array.isArray(fieldOf(documents, "sample")))
  );
}

/** The ids by which a run is found in the systems that it is traced to. */
export interface TraceIds {
  /** 32 hexadecimal digits: of this process's part of the run. */
  opentelemetry?: string | undefined;
  /** The root of LangSmith's trace. */
  langsmith?: string | undefined;
}
