/** The command line's verbs as one commander program: what `--help` says, what the documentation is made from and checked by. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addReplayCommand } from "./commands/replay.ts";
import { addResumeCommand } from "./commands/resume.ts";
import { addRunCommand } from "./commands/run.ts";
import { addRunsCommand } from "./commands/runs.ts";
import { addShowCommand } from "./commands/show.ts";
import { TERMINAL } from "./terminal.ts";

/** A fresh program; it throws CommanderError instead of ending the process, and says by `setExitCode` how a command ended. */
export function commandLine(setExitCode: (code: number) => void): Command {
  const program = new Command("glasshive")
    .description("An agent swarm you can see into: one task in, up to 300 parallel agents, one cited answer out.")
    .version(version())
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      outputError: (text) =>
        TERMINAL.note(
          text
            .replace(/^error: /, "")
            .replace(/^option '(\S+).*?' argument '([^]*)' is invalid\. /, '$1: got "$2", ')
            .replace(/\s+/g, " ")
            .trim(),
        ),
    });
  addRunCommand(program, setExitCode);
  addResumeCommand(program, setExitCode);
  addRunsCommand(program, setExitCode);
  addShowCommand(program, setExitCode);
  addReplayCommand(program, setExitCode);
  addDoctorCommand(program, setExitCode);
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  return program;
}

function version(): string {
  for (const place of ["../../package.json", "../../../package.json"]) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), "utf8")) as {
        name: string;
        version: string;
      };
      if (name === "glasshive") return version;
    } catch {
      continue;
    }
  }
  return "unknown";
}
