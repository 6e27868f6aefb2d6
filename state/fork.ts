/**
 * What a run that forks from another takes from its recording (docs/decisions/0058). It is in the store before the run begins, whole, so
 * that whichever process goes on with the run takes the same.
 */
import type { ArtifactEvent } from "./artifact.ts";
import type { SubtaskResult } from "./lane-record.ts";
import type { Plan, PlanFile } from "./plan.ts";
import type { Draft } from "./swarm-state.ts";
import type { Parent } from "./run-result.ts";

export interface Fork {
  parent: Parent;
  /** Expanded, with the parts of what is kept. */
  plan: Plan;
  /** The same as a plan file. */
  file: PlanFile;
  /** What runs anew, and why, in one line each. */
  anew: { subtask: string; reason: string }[];
  /** Each has `keptFrom`. */
  results: SubtaskResult[];
  /** Writes to artifacts as they stand there, in their order. What is kept whole is in the store already. */
  writes: ArtifactEvent[];
  /** The answer that waited for a human at the checkpoint, or had been sent back there. */
  draft?: Draft | undefined;
}
