/** How a run stands, for a list: from its folder alone, no database opened. */
import { isRunLocked } from "../../adapters/storage/run-lock.ts";
import type { Coverage } from "../../state/outcome.ts";
import type { RunStatus } from "../../state/run-result.ts";
import { runFolder } from "../runs/run-folder.ts";
import { hasCurrentResult, readResult } from "./result-file.ts";
import { loadSettings } from "./run-settings-file.ts";

export interface RunOverview {
  runId: string;
  /** `running`: some process works on it; `interrupted`: none does, and it has not ended. */
  status: RunStatus | "running" | "interrupted";
  createdAt: string;
  task: string;
  coverage: Coverage | null;
  runDir: string;
}

export function runOverview(home: string, runId: string): RunOverview {
  const { task, createdAt } = loadSettings(home, runId);
  const runDir = runFolder(home, runId);
  const about = { runId, createdAt, task, runDir };
  if (isRunLocked(runDir)) return { ...about, status: "running", coverage: null };
  if (!hasCurrentResult(home, runId)) return { ...about, status: "interrupted", coverage: null };
  const { status, coverage, interrupts } = readResult(home, runId);
  return { ...about, status: status === "paused" && interrupts.length === 0 ? "interrupted" : status, coverage };
}
