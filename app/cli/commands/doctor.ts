/** `glasshive doctor`: what is configured, what is missing, what would be used. */
import type { Command } from "commander";
import type { DoctorFlags } from "../actions/doctor.ts";
import { addDocumentOptions, addModelOptions } from "../run-options.ts";

export function addDoctorCommand(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command("doctor")
    .description("what is configured, what is missing, what would be used")
    .option("--config <file>", "a configuration file to check")
    .option("--agents <file>", "agent profiles to check")
    .option("--home <dir>", "default ./.glasshive, or GLASSHIVE_HOME")
    .option("--json", "one JSON object on stdout");
  addModelOptions(addDocumentOptions(command)).action(async (flags: DoctorFlags) =>
    setExitCode(await (await import("../actions/doctor.ts")).doctor(flags)),
  );
}
