/** `result.json` of a run, read back. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describeError, SwarmError } from "../../state/errors.ts";
import type { RunResult } from "../../state/run-result.ts";
import { RESULT_FILE, runFolder, SETTINGS_FILE } from "../runs/run-folder.ts";

/** Whether the run has a result that no later work has outdated: its settings are written anew whenever it is continued. */
export function hasCurrentResult(home: string, runId: string): boolean {
  const folder = runFolder(home, runId);
  const result = statSync(join(folder, RESULT_FILE), { throwIfNoEntry: false });
  const begun = statSync(join(folder, SETTINGS_FILE), { throwIfNoEntry: false });
  return result !== undefined && (begun === undefined || result.mtimeMs >= begun.mtimeMs);
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
