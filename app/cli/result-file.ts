/** `result.json` of a run, read back. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describeError, SwarmError } from "../../state/errors.ts";
import type { RunResult } from "../../state/run-result.ts";
import { RESULT_FILE, runFolder, SETTINGS_FILE } from "../runs/run-folder.ts";

/**
 * The run's result, where no later work has outdated it: its settings are written anew whenever it is continued. Undefined as well
 * where the file cannot be read: journal and database say more than it.
 */
export function currentResult(home: string, runId: string): RunResult | undefined {
  const folder = runFolder(home, runId);
  try {
    const written = statSync(join(folder, RESULT_FILE)).mtimeMs;
    const begun = statSync(join(folder, SETTINGS_FILE), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const result = written < begun ? undefined : (readResult(home, runId) as Partial<RunResult> | null);
    const isWhole = result?.coverage !== undefined && Array.isArray(result.interrupts) && result.status !== undefined;
    return isWhole ? (result as RunResult) : undefined;
  } catch {
    return undefined;
  }
}

/** The result that a finished run has written. */
export function readResult(home: string, runId: string): RunResult {
  const file = join(runFolder(home, runId), RESULT_FILE);
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RunResult;
  } catch (error) {
    throw new SwarmError("STORAGE_FAILED", `the result ${file} cannot be read: ${describeError(error)}`, {
      cause: error,
    });
  }
}
