/** How far a run has come, and what it shares, by its journal: of one at work and of one that is read alike. Pure. */
import type {
  ParallelismReport,
  PendingInterrupt,
  RunResult,
  RunStatus,
  SubtaskReport,
} from "../../../state/run-result.ts";
import { newLane } from "../../journal/lane-view.ts";
import { conflictsIn, workedMs, type RunView } from "../../journal/run-view.ts";
import type { Board } from "../../ports/board.ts";
import { checksSoFar } from "../checks/check-state.ts";
import { artifactFile } from "../merge/artifact-rules.ts";
import { parallelismReport } from "../report/parallelism.ts";
import { buildResult } from "./build-result.ts";

interface Asked {
  runId: string;
  task: string;
  model: string;
  status: RunStatus;
  interrupts: PendingInterrupt[];
  runDir: string;
}

/** The result of a run that has not ended. `board`: what is known of plan and results; undefined: it was never opened. */
export function resultSoFar(asked: Asked, view: RunView, board: Pick<Board, "plan" | "result"> | undefined): RunResult {
  const plan = board?.plan();
  const result = buildResult({
    ...asked,
    answer: "",
    plan,
    lookup: (id) => board?.result(id),
    usage: view.spending.spent,
    wallMs: workedMs(view),
    questionsDenied: view.denied,
    citations: { total: 0, verified: 0, broken: [] },
    documents: view.start?.documents,
    redacted: view.redacted,
    parent: view.start?.parent,
    shared: sharedReport(view, false),
    checks: checksSoFar(plan?.checks ?? [], view),
  });
  const subtasks = result.subtasks.map((subtask) => (subtask.outcome === null ? underWay(subtask, view) : subtask));
  return withParallelism({ ...result, subtasks }, parallelismReport(view, plan));
}

/** Who has it and what it has taken: of a lane that has not ended the board has nothing. */
function underWay(subtask: SubtaskReport, { lanes }: RunView): SubtaskReport {
  const { now, attempt: attempts, spent } = lanes.get(subtask.id) ?? newLane();
  return { ...subtask, agent: now.agent, attempts, steps: spent.steps };
}

/** The steps of lanes that have not ended are on record of the journal alone. */
export function withParallelism(result: RunResult, parallelism: ParallelismReport): RunResult {
  const { criticalSteps } = parallelism;
  return { ...result, parallelism, timing: { ...result.timing, criticalSteps } };
}

/** `isExported`: the files of its artifacts have been written. */
export function sharedReport(
  { artifacts, conflicts }: RunView,
  isExported: boolean,
): Required<Pick<RunResult, "conflicts" | "merges" | "artifacts">> {
  const names = [...artifacts.keys()];
  return {
    conflicts: conflicts.size,
    merges: conflicts.size - conflictsIn({ conflicts }),
    artifacts: [...artifacts.values()]
      .map((report) => (isExported ? { ...report, path: artifactFile(report.name, names) } : report))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
  };
}
