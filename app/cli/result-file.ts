/** `result.json` of a run, read back. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeError, SwarmError } from "../../state/errors.ts";
import type { RunResult } from "../../state/run-result.ts";
import { RESULT_FILE, runFolder } from "../runs/run-folder.ts";

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
