/** The result of a run (docs/reference/result.md): what `--json` prints and `result.json` holds. */
import type { ArtifactType } from "./artifact.ts";
import type { Forecast } from "./forecast.ts";
import type { DocumentsReport } from "./left-out.ts";
import type { Coverage, Outcome } from "./outcome.ts";
import type { RedactedCounts } from "./redaction.ts";
import type { Usage } from "./usage.ts";

export const RUN_STATUSES = ["complete", "partial", "paused", "failed"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** What a human can be asked about. */
export const INTERRUPT_KINDS = ["plan", "tool", "conflict", "budget", "task", "answer"] as const;

/** Who wrote an answer: a model, a human who edited the model's, or code where neither could. */
export const ANSWERED_BY = ["model", "human", "code"] as const;
export type AnsweredBy = (typeof ANSWERED_BY)[number];

export interface SubtaskReport {
  /** As the plan has it. */
  id: string;
  title: string;
  /** The profile that worked on it last; empty: nobody did. */
  agent: string;
  /** How it ended; null: it has not. */
  outcome: Outcome | null;
  /** Why it did not end as done. */
  cause: string | null;
  /** Assignments to an agent. */
  attempts: number;
  /** Model turns, all attempts together. */
  steps: number;
  dependsOn: string[];
  /** ISO 8601. */
  startedAt: string | null;
  endedAt: string | null;
  /** It was not run: its result is that of the run which this one forks from. */
  kept?: true;
  /** Text, JSON as text, or the name of an artifact; what was there when it failed. */
  output: string;
}

/** What a run forks from, or asks on about. */
export interface Parent {
  runId: string;
  /** The last line of its journal that was read: SHA-256 (hex). */
  journalHead: string;
  /** The subtasks at which the fork begins; none: it has another plan, leaves from a checkpoint, or is no fork. */
  at: string[];
  /** LangGraph's checkpoint from which the fork leaves it, and the nodes that were next there. */
  checkpoint?: { id: string; next: string[] } | undefined;
  /** It is a follow-up question: it was told what that run found, and took over nothing that was done there. */
  followUp?: true | undefined;
}

export interface PendingInterrupt {
  /** LangGraph's, for an answer to one of several. */
  id: string;
  kind: (typeof INTERRUPT_KINDS)[number];
  /** The lane that asks; null: the run. */
  subtask: string | null;
  /** What is asked and how it may be answered, as `HumanInterrupt` of LangGraph's agent inbox has it. */
  request: Record<string, unknown>;
}

export interface CitationCheck {
  total: number;
  verified: number;
  /** Citations whose quoted words do not stand at the cited place; the quote is empty where none is given. */
  broken: { place: string; quote: string }[];
  /** Verified ones beside which numbers, dates or names are said that do not stand there. Absent: not looked at. */
  unsupported?: { place: string; quote: string; missing: string[] }[];
  /** Of the newest version of each artifact that has any. Absent: not looked at. */
  artifacts?: ({ name: string } & Pick<CitationCheck, "total" | "verified" | "broken" | "unsupported">)[];
}

/** `, 11 of 12 citations verified`; where documents were read, that there are none is said too. */
export function citedText({ answer, citations, documents, coverage }: RunResult): string {
  const { total, verified } = citations;
  if (total > 0) return `, ${verified} of ${total} citations verified`;
  return answer !== "" && documents.read > 0 && coverage.done > 0 ? ", 0 citations" : "";
}

/** The newest version of an artifact. */
export interface ArtifactReport {
  name: string;
  type: ArtifactType;
  version: number;
  bytes: number;
  hash: string;
  /** The subtask that wrote it last. */
  writtenBy: string;
  /** Relative to the run folder; null where there is none yet. */
  path: string | null;
}

/** A write that a violated check goes back to. */
export interface CheckedWrite {
  artifact: string;
  version: number;
  subtask: string;
  attempt: number;
}

/** What became of an invariant of the plan. `unchecked`: it could not be looked at, and `evidence` says why. */
export interface CheckReport {
  id: string;
  title: string;
  status: "held" | "mended" | "violated" | "unchecked";
  evidence: string;
  /** The writes since it last held, the one that broke it first; of a mended one, as they were before the repair that helped. */
  writes: CheckedWrite[];
  /** A human said to leave it as it is. */
  isLeft: boolean;
  /** The subtasks that were to mend it, oldest first; they count in the usage and not in the coverage. */
  repairs: SubtaskReport[];
}

/** What the graph's state keeps of it: how its repairs ended is on the board. */
export type CheckState = Omit<CheckReport, "repairs">;

export interface RunResult {
  /** Also the thread's, or with `~2` and so on behind it. */
  runId: string;
  /** `complete`, `partial`, `paused` or `failed`. */
  status: RunStatus;
  task: string;
  /** Markdown, with the coverage at its end. */
  answer: string;
  /** Absent: the run has not ended, or did in a release that did not say. */
  answeredBy?: AnsweredBy;
  /** Subtasks of the plan by outcome, and `total`. */
  coverage: Coverage;
  /** In the order of the plan. */
  subtasks: SubtaskReport[];
  /** Conflict records: writes whose base was stale, whatever became of them. */
  conflicts: number;
  /** Of these, those that could simply be merged. Absent in results of older releases. */
  merges?: number;
  /** The newest version of each. */
  artifacts: ArtifactReport[];
  /** The plan's invariants across artifacts. */
  checks: CheckReport[];
  /** All that was spent, by all processes of the run. */
  usage: Usage;
  /** Milliseconds, and `criticalSteps`: over the stages, the coordinator's steps and those of the longest lane. */
  timing: { wallMs: number; longestPathMs: number; criticalSteps: number; waitedForSlotMs: number };
  /** Absent: the run has not come to an end of its own yet. */
  parallelism?: ParallelismReport;
  /** What a paused run waits for. */
  interrupts: PendingInterrupt[];
  /** Questions to a human that were denied, since nobody was there to answer. */
  questionsDenied: number;
  /** Quotes of the answer, held against the documents. */
  citations: CitationCheck;
  /** What was read, and what was left out and why. */
  documents: DocumentsReport;
  /** What was taken out of all that came in before it was written: places by the name of the pattern. */
  redacted: RedactedCounts;
  /** The run that this one forks from or asks on about; null: none. */
  parent: Parent | null;
  /** SHA-256 (hex) of the journal's last line; null while the run has not ended. */
  journalHead: string | null;
  /** The run's own; profiles may have others. */
  model: string;
  /** The run's folder; null: there is none. */
  runDir: string | null;
  /** Of a dry run: what the plan is expected to take. */
  forecast?: Forecast;
}

/** How parallel a run was: the `parallelism` of a result. Times are milliseconds in which some process worked on the run. */
export interface ParallelismReport {
  /** The sum over stages of (coordinator steps + the longest agent of the stage). */
  criticalSteps: number;
  longestPath: { ms: number; subtasks: string[] };
  /** From the first lane's start to the last one's end. */
  makespanMs: number;
  /** Lane time without what was waited for model slots, over all lanes. */
  busyMs: number;
  /** 0 to 1: busy time / (makespan × lanes at most at work). Null: no lane has worked. */
  efficiency: number | null;
  averageLanes: number;
  peakLanes: number;
  /** Over all lanes; `modelSlot` and `provider` include the coordinator. */
  waitedMs: { inputs: number; agentSlot: number; modelSlot: number; human: number; provider: number };
  /** Input and output tokens of the run for each result that is done. Null: none is. */
  tokensPerResult: number | null;
  warnings: ParallelismWarning[];
}

export interface ParallelismWarning {
  /** One chain did nearly all the work; many agents read the same; a lane far beyond the others decided the makespan. */
  kind: "serial-collapse" | "spurious-parallelism" | "straggler";
  /** One line. */
  evidence: string;
  subtasks: string[];
}
