/** How a run stands, for a list: from its folder alone, no database opened. */
import { join } from "node:path";
import { isRunLocked } from "../../adapters/storage/run-lock.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import type { Coverage } from "../../state/outcome.ts";
import type { RunResult, RunStatus } from "../../state/run-result.ts";
import { RUNS_FOLDER, runFolder } from "../runs/run-folder.ts";
import { currentResult, listRuns, loadSettings, type HomeEntry } from "./run-files.ts";

export interface RunOverview {
  runId: string;
  /**
   * `running`: some process works on it; `interrupted`: none does, and it has not ended; `damaged`: its files cannot be read, or
   * it is no run at all.
   */
  status: RunStatus | "running" | "interrupted" | "damaged";
  createdAt: string;
  task: string;
  coverage: Coverage | null;
  runDir: string;
  /** Of a damaged one: what is wrong, and what to do. */
  problem?: string;
}

export function runOverview(home: string, runId: string): RunOverview {
  const { task, createdAt } = loadSettings(home, runId);
  const runDir = runFolder(home, runId);
  const about = { runId, createdAt, task, runDir };
  if (isRunLocked(runDir)) return { ...about, status: "running", coverage: null };
  const result = currentResult(home, runId);
  if (result === undefined) return { ...about, status: "interrupted", coverage: null };
  return standing(about, result);
}

/** What the run is by a result, wherever that was read. */
export function standing(about: Omit<RunOverview, "status" | "coverage">, result: RunResult): RunOverview {
  const { status, coverage, interrupts } = result;
  return { ...about, status: status === "paused" && interrupts.length === 0 ? "interrupted" : status, coverage };
}

/** All that lies in a home, newest first; what is damaged comes last. */
export function homeOverview(home: string): RunOverview[] {
  const found = listRuns(home).map((entry) => overviewOf(home, entry));
  return found.toSorted(
    (one, other) => other.createdAt.localeCompare(one.createdAt) || other.runId.localeCompare(one.runId),
  );
}

function overviewOf(home: string, { id, problem }: HomeEntry): RunOverview {
  const none = { runId: id, status: "damaged" as const, createdAt: "", task: "", coverage: null };
  if (problem !== undefined) return { ...none, runDir: join(home, RUNS_FOLDER, id), problem };
  try {
    return runOverview(home, id);
  } catch (error) {
    const next = error instanceof SwarmError && error.next !== undefined ? `; ${error.next}` : "";
    return { ...none, runDir: runFolder(home, id), problem: `${describeError(error)}${next}` };
  }
}
