/** What `glasshive plan` does: a dry run that prints its plan. */
import { run, type RunFlags } from "./run.ts";

/** Returns the exit code. */
export async function plan(argument: string | undefined, flags: RunFlags): Promise<number> {
  return run(argument, { ...flags, dryRun: true, approve: "none" }, { isPlanOnly: true });
}
