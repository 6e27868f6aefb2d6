/** `glasshive replay`: a recorded run through a recovery policy, no model called. */
import type { Command } from "commander";
import type { ReplayFlags } from "../actions/replay.ts";

export function addReplayCommand(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("replay")
    .description(
      "which signals of a recorded run would fire under a policy, and what would be done; no model is called",
    )
    .argument("<run-id>")
    .option("--policy <file>", "recovery policy and detection thresholds; default: those of the run")
    .option("--home <dir>", "default ./.glasshive, or GLASSHIVE_HOME")
    .option("--json", "one JSON object on stdout")
    .action(async (runId: string, flags: ReplayFlags) =>
      setExitCode(await (await import("../actions/replay.ts")).replay(runId, flags)),
    );
}
