/**
 * The plan: what the planner produces and what a person may write (docs/reference/plan.md), and its expanded form, in
 * which every `forEach` is unrolled and every default is filled in. This file owns the shapes; `engine/policy/plan/` owns the
 * rules across subtasks (duplicate ids, cycles, caps, expansion).
 */
import { z } from "zod";
import { strictObject } from "./problem.ts";
import { ArtifactName, DeclaredArtifact } from "./artifact.ts";
import { RecoveryPolicy } from "./recovery-policy.ts";
import { SubBudget } from "./run-options.ts";

export const SubtaskId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    "must be 1 to 128 letters, digits, '.', '_' or '-', and begin with a letter or digit",
  );

/** `forEach` over the run's documents: one item per file that matches `documents`, or per folder that holds one. */
const DocumentItems = strictObject({
  /** A glob over document paths relative to their root, e.g. `*\/package.json`. */
  documents: z.string().min(1),
  as: z.enum(["file", "folder"]).default("file"),
});

const LONGEST_PATTERN = 5000;

/** What an output must say, or must not: checked without a model, each pattern for a limited time. */
const OutputCheck = strictObject({
  /** A regular expression (JavaScript, flags `iu`) that the output matches. */
  matches: z.string().min(1).max(LONGEST_PATTERN).refine(isRegularExpression, "is no regular expression").optional(),
  /** One that it does not match. */
  lacks: z.string().min(1).max(LONGEST_PATTERN).refine(isRegularExpression, "is no regular expression").optional(),
  /** Characters, at least. */
  least: z.int().min(1).optional(),
});
export type OutputCheck = z.infer<typeof OutputCheck>;

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text, "iu").flags !== "";
  } catch {
    return false;
  }
}

/** A name with `{{item}}` in it is checked once it is filled in. */
const ArtifactPattern = z.string().superRefine((pattern, context) => {
  const checked = ArtifactName.safeParse(pattern.replace(/\/\*$/, "").replace(/\{\{(item|index)\}\}/g, "x"));
  for (const { message } of checked.error?.issues ?? []) context.addIssue(message);
});

const CheckBase = {
  id: SubtaskId,
  title: z.string().max(300).optional(),
};

/**
 * An invariant across artifacts, looked at after integration. By JSON Schema: of one artifact's content (a table is an array of
 * its rows, lines an array of strings, text a string). By a command: it is run in a folder that holds the artifacts as files,
 * and 0 says that it holds. By a predicate: a model judges.
 */
export const PlanCheck = z.union([
  strictObject({ ...CheckBase, artifact: ArtifactName, schema: z.record(z.string(), z.unknown()) }),
  strictObject({
    ...CheckBase,
    artifacts: z.array(ArtifactName).min(1),
    command: z.array(z.string().min(1)).min(1),
    timeoutMs: z.int().min(1).max(600_000).default(60_000),
  }),
  strictObject({
    ...CheckBase,
    artifacts: z.array(ArtifactName).min(1),
    predicate: z.string().min(1),
    /** Who judges: an agent profile by name; absent: the run's own model. */
    agent: z.string().optional(),
  }),
]);
export type PlanCheck = z.infer<typeof PlanCheck>;

export const PlannedSubtask = strictObject({
  /** Unique in the plan. */
  id: SubtaskId,
  /** A few words; absent: the id. */
  title: z.string().max(300).optional(),
  /** What the agent is told to do. */
  instructions: z.string().min(1),
  /** What it takes; matched against the agents' skills. */
  skills: z.array(z.string().min(1)).default([]),
  /** Ids of the subtasks whose results it is given. */
  dependsOn: z.array(z.string().min(1)).default([]),
  /** Pins an agent profile by name. */
  agent: z.string().optional(),
  /** The most model turns that this subtask may take; absent: the agent's own limit. */
  steps: z.int().min(1).max(4000).optional(),
  /** What it may spend, with the parts that recovery may split it into, within the run's caps; each item of a `forEach` has it. */
  budget: SubBudget.optional(),
  /** Higher goes first among subtasks that could start; the longest remaining path decides between equals. */
  priority: z.number().default(0),
  /** JSON Schema of the output; absent: text. */
  expects: z.record(z.string(), z.unknown()).optional(),
  /** Artifacts that it may write, and read: names, or `folder/*` for all in a folder. */
  writes: z.array(ArtifactPattern).default([]),
  /** Artifacts that it may read. */
  reads: z.array(ArtifactPattern).default([]),
  /** Expands to one subtask per item, `{{item}}` and `{{index}}` filled in; no model call. */
  forEach: z.union([z.array(z.string().min(1)).min(1), DocumentItems]).optional(),
  /** True: runs even when an input failed, and is told what is missing. False: becomes `skipped`. */
  allowMissingInputs: z.boolean().default(false),
  /** A check of the output's text, beside `expects`. */
  check: OutputCheck.optional(),
  /** The longest that it may take from its start, in milliseconds; then it ends as stalled (`deadline`). */
  deadlineMs: z.int().min(1).optional(),
  /** What this subtask has of its own in the recovery policy: signal → actions, over the agent's and the run's. */
  recovery: RecoveryPolicy.optional(),
  /** Tools that the agent must be granted (a hard constraint of routing). */
  tools: z.array(z.string().min(1)).default([]),
});
export type PlannedSubtask = z.infer<typeof PlannedSubtask>;

export const PlanFile = strictObject({
  /** What the plan is for. */
  task: z.string().optional(),
  /** In any order. */
  subtasks: z.array(PlannedSubtask).min(1, "has no subtask"),
  /** Artifacts whose type, policy or first content the plan states; others are made by their first write. */
  artifacts: z.array(DeclaredArtifact).default([]),
  /** What must hold of the artifacts once all lanes have ended. */
  checks: z.array(PlanCheck).default([]),
  /** The artifact that is the answer, as it stands; absent: the only text that agents write, else an answer from all results. */
  answer: ArtifactName.optional(),
});
export type PlanFile = z.infer<typeof PlanFile>;
/** A plan as a person or a model writes it: defaults may be left out. */
export type PlanFileInput = z.input<typeof PlanFile>;

/** One unit of work of an expanded plan. */
export interface Subtask extends Omit<PlannedSubtask, "forEach" | "title"> {
  title: string;
  /**
   * `reduce` subtasks condense results on the way to the synthesizer, `part` subtasks are what recovery split another one
   * into, `repair` subtasks mend what a check found; none of these counts in the coverage.
   */
  role: "work" | "reduce" | "part" | "repair";
  /** Of a repair: the check that it mends, and who wanted it: the policy, or a human. */
  mends?: { check: string; by: "repair" | "ask-human" };
  /** Of a part: the subtask that it belongs to. */
  partOf?: string;
  /** Of a subtask that was split: its parts, whose results it is given in place of its inputs. */
  parts?: string[];
  /** The subtask whose agent asked for it while it worked. */
  requestedBy?: string;
  /** The id of the `forEach` subtask that it was expanded from, and its item. */
  group?: string;
  item?: string;
}

/** An expanded, checked plan. `version` starts at 1 and grows when recovery extends the plan. */
export interface Plan {
  version: number;
  task: string;
  /** In topological order: each subtask stands after everything that it depends on. */
  subtasks: Subtask[];
  artifacts: DeclaredArtifact[];
  checks: PlanCheck[];
  /** The artifact that is the answer. */
  answer?: string;
}
