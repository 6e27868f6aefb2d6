import { SwarmError } from "../../state/errors.ts";

export function unknownRun(runId: string): SwarmError {
  return new SwarmError("RUN_UNKNOWN", `there is no run ${runId}`, { next: "see: glasshive runs" });
}
