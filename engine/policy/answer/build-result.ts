/** The result of a run (docs/reference/result.md), from the plan, the results on the board and the ledger. Pure. */
import type { SubtaskResult } from "../../../state/lane-record.ts";
import { documentsReport, type DocumentsReport } from "../../../state/left-out.ts";
import { coverageOf, type Coverage } from "../../../state/outcome.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { RedactedCounts } from "../../../state/redaction.ts";
import type {
  ArtifactReport,
  CheckReport,
  CheckState,
  CitationCheck,
  Parent,
  PendingInterrupt,
  RunResult,
  RunStatus,
  SubtaskReport,
} from "../../../state/run-result.ts";
import type { Usage } from "../../../state/usage.ts";
import { repairsOf } from "../checks/repair-subtask.ts";
import { criticalSteps, longestPath } from "../plan/topology.ts";
import type { ResultLookup } from "./gather-results.ts";

export interface ResultFacts {
  runId: string;
  task: string;
  plan: Plan | undefined;
  lookup: ResultLookup;
  answer: string;
  /** `undefined`: by coverage. */
  status?: RunStatus;
  usage: Usage;
  wallMs: number;
  interrupts: PendingInterrupt[];
  /** Default 0. */
  questionsDenied?: number;
  citations: CitationCheck;
  /** Undefined: the run has none, or is not open. */
  documents?: DocumentsReport | undefined;
  /** Undefined: the run has no artifacts, or is not open. */
  shared?: { conflicts: number; merges?: number; artifacts: ArtifactReport[] } | undefined;
  checks?: readonly CheckState[];
  /** Default: nothing. */
  redacted?: RedactedCounts | undefined;
  model: string;
  /** Default: null. */
  parent?: Parent | null;
  runDir: string | null;
}

export function buildResult(facts: ResultFacts): RunResult {
  const results = workOf(facts.plan).flatMap((subtask) => facts.lookup(subtask.id) ?? []);
  const coverage = planCoverage(facts.plan, facts.lookup);
  const stepsOf = (id: string): number => facts.lookup(id)?.steps ?? 0;
  const inLanes = (facts.plan?.subtasks ?? []).reduce((sum, { id }) => sum + stepsOf(id), 0);
  return {
    runId: facts.runId,
    status: facts.status ?? checkedStatus(statusOf(coverage), facts.checks ?? []),
    task: facts.task,
    answer: facts.answer,
    coverage,
    subtasks: subtaskReports(facts.plan, facts.lookup),
    conflicts: facts.shared?.conflicts ?? 0,
    merges: facts.shared?.merges ?? 0,
    artifacts: facts.shared?.artifacts ?? [],
    checks: checkReports(facts.checks ?? [], facts),
    usage: facts.usage,
    timing: {
      wallMs: Math.round(facts.wallMs),
      longestPathMs: longestPath(facts.plan?.subtasks ?? [], (subtask) => workingMs(facts.lookup(subtask.id))),
      criticalSteps: criticalSteps(facts.plan, stepsOf, Math.max(0, facts.usage.steps - inLanes)),
      waitedForSlotMs: Math.round(results.reduce((sum, result) => sum + result.waitedForSlotMs, 0)),
    },
    interrupts: facts.interrupts,
    questionsDenied: facts.questionsDenied ?? 0,
    citations: facts.citations,
    documents: facts.documents ?? documentsReport(undefined),
    redacted: { ...facts.redacted },
    parent: facts.parent ?? null,
    journalHead: null,
    model: facts.model,
    runDir: facts.runDir,
  };
}

/** The subtasks that count: those of the plan, not the reduction that we add. */
export function workOf(plan: Plan | undefined): Subtask[] {
  return plan?.subtasks.filter((subtask) => subtask.role === "work") ?? [];
}

export function planCoverage(plan: Plan | undefined, lookup: ResultLookup): Coverage {
  const work = workOf(plan);
  const outcomes = work.flatMap(({ id }) => lookup(id)?.outcome ?? []);
  return coverageOf(work.length, outcomes);
}

/** The subtasks that count, are done, and whose results nobody else has built on. */
export function unusedResults(plan: Plan, lookup: ResultLookup): Subtask[] {
  const done = workOf(plan).filter(({ id }) => lookup(id)?.outcome === "done");
  const builtOn = new Set(done.flatMap(({ dependsOn }) => dependsOn));
  return done.filter(({ id }) => !builtOn.has(id));
}

/**
 * `complete`: everything done. `partial`: an answer with less, or one that a cap cut short; that the documents do not say is an
 * answer too. `failed`: nothing was done, and not because of a cap: there is no answer.
 */
export function statusOf(coverage: Coverage): RunStatus {
  if (coverage.total > 0 && coverage.done === coverage.total) return "complete";
  const partial = ["done", "notFound", "budget", "stalled", "rejected", "cancelled"] as const;
  return partial.some((outcome) => coverage[outcome] > 0) ? "partial" : "failed";
}

/** With the subtasks that were to mend them. */
export function checkReports(
  checks: readonly CheckState[],
  { plan, lookup }: Pick<ResultFacts, "plan" | "lookup">,
): CheckReport[] {
  return checks.map((check) => ({
    ...check,
    repairs: repairsOf(plan, check.id).map((subtask) => reportOf(subtask, lookup(subtask.id))),
  }));
}

/** Work that does not fit together is not complete. */
function checkedStatus(status: RunStatus, checks: readonly CheckState[]): RunStatus {
  return status === "complete" && checks.some((check) => check.status === "violated" || check.status === "unchecked")
    ? "partial"
    : status;
}

/** What is said of each subtask that counts. */
export function subtaskReports(plan: Plan | undefined, lookup: ResultLookup): SubtaskReport[] {
  return workOf(plan).map((subtask) => reportOf(subtask, lookup(subtask.id)));
}

function reportOf(subtask: Subtask, result: SubtaskResult | undefined): SubtaskReport {
  return {
    id: subtask.id,
    title: subtask.title,
    agent: result?.agent ?? "",
    outcome: result?.outcome ?? null,
    cause: result?.cause ?? null,
    attempts: result?.attempt ?? 0,
    steps: result?.steps ?? 0,
    dependsOn: subtask.dependsOn,
    startedAt: result?.startedAt ?? null,
    endedAt: result?.endedAt ?? null,
    ...(result?.keptFrom === undefined ? {} : { kept: true as const }),
    // Read when it is asked for: all of them at once may be more than memory holds.
    get output() {
      return result?.output ?? "";
    },
  };
}

function workingMs(result: SubtaskResult | undefined): number {
  return result === undefined || result.keptFrom !== undefined
    ? 0
    : Math.max(0, Date.parse(result.endedAt) - Date.parse(result.startedAt));
}
