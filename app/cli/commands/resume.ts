/** `glasshive resume`: continues a run after a crash, a pause or a cap. */
import type { Command } from "commander";
import type { ResumeFlags } from "../actions/resume.ts";
import { addCapOptions, addCommonOptions, addModelOptions } from "../run-options.ts";

export function addResumeCommand(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command("resume")
    .description("continue a run after a crash, a pause or a cap")
    .argument("<run-id>")
    .option("--answer <json>", "the answer to what the run waits for; for several: an object by interrupt id")
    .option("--answer-file <file>", "the same from a file")
    .option("--plan <file>", "another plan: what is the same in it keeps its result, all else is run");
  addModelOptions(command, "another model for the run and for those that were refused; OLD=NEW: in place of one");
  addCommonOptions(addCapOptions(command)).action(async (runId: string, flags: ResumeFlags) =>
    setExitCode(await (await import("../actions/resume.ts")).resume(runId, flags)),
  );
}
