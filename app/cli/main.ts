/** The command line's entry: parses, runs one command, ends with its exit code. Every error is one line on stderr. */
import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addResumeCommand } from "./commands/resume.ts";
import { addRunCommand } from "./commands/run.ts";
import { addRunsCommand } from "./commands/runs.ts";
import { addShowCommand } from "./commands/show.ts";
import { EXIT } from "./exit-codes.ts";
import { bearClosedPipes, reportError, TERMINAL } from "./terminal.ts";

// Hundreds of lanes listen to one signal: that is meant.
setMaxListeners(0);
bearClosedPipes();
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let exitCode: number = EXIT.complete;
  const program = commands((code) => void (exitCode = code));
  if (args.length === 0) {
    program.outputHelp();
    return EXIT.usage;
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has said what it had to say (help, or what is wrong with the words).
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.complete : EXIT.usage;
    return reportError(error, { verbose: args.includes("--verbose") });
  }
}

function commands(setExitCode: (code: number) => void): Command {
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
            .replace(/\s+/g, " ")
            .trim(),
        ),
    });
  addRunCommand(program, setExitCode);
  addResumeCommand(program, setExitCode);
  addRunsCommand(program, setExitCode);
  addShowCommand(program, setExitCode);
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
