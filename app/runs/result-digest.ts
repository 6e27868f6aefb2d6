/** What the journal's last line says of a result, so that the file can be held against it. */
import { createHash } from "node:crypto";
import type { RunResult } from "../../state/run-result.ts";

/** SHA-256 (hex) of the answer and of the subtasks. Pure. */
export function resultDigest({ answer, subtasks }: RunResult): string {
  return createHash("sha256")
    .update(JSON.stringify([answer, subtasks]))
    .digest("hex");
}
