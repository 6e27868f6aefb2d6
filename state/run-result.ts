/** The result of a run (contract.md, "Result"): what `--json` prints and `result.json` holds. */
import type { Forecast } from "./forecast.ts";
import type { Coverage, Outcome } from "./outcome.ts";
import type { Usage } from "./usage.ts";

export type RunStatus = "complete" | "partial" | "paused" | "failed";

export interface SubtaskReport {
  id: string;
  title: string;
  agent: string;
  outcome: Outcome | null;
  cause: string | null;
  attempts: number;
  steps: number;
  dependsOn: string[];
  startedAt: string | null;
  endedAt: string | null;
  output: string;
}

export interface PendingInterrupt {
  id: string;
  kind: "plan" | "tool" | "conflict" | "budget" | "task" | "answer";
  subtask: string | null;
  request: Record<string, unknown>;
}

export interface CitationCheck {
  total: number;
  verified: number;
  /** Citations whose quoted words do not stand at the cited place. */
  broken: { place: string; quote: string }[];
}

export interface RunResult {
  runId: string;
  status: RunStatus;
  task: string;
  answer: string;
  coverage: Coverage;
  subtasks: SubtaskReport[];
  conflicts: number;
  usage: Usage;
  timing: { wallMs: number; longestPathMs: number; criticalSteps: number; waitedForSlotMs: number };
  interrupts: PendingInterrupt[];
  citations: CitationCheck;
  model: string;
  runDir: string | null;
  /** Of a dry run: what the plan is expected to take. */
  forecast?: Forecast;
}
