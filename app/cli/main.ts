/** The command line's entry: parses, runs one command, ends with its exit code. Every error is one line on stderr. */
import { setMaxListeners } from "node:events";
import { CommanderError, type Command } from "commander";
import { EXIT } from "./exit-codes.ts";
import { commandLine } from "./program.ts";
import { bearClosedPipes, reportError } from "./terminal.ts";
import { boundTraceDelivery, boundTraceErrors } from "./trace-delivery.ts";

// Hundreds of lanes listen to one signal: that is meant.
setMaxListeners(0);
bearClosedPipes();
boundTraceErrors(process.env);
process.exitCode = await main(process.argv.slice(2));
boundTraceDelivery(process.env);

/** Alone it is refused with the verb that is near; beside "help" it would get the help of the whole. */
function unknownVerb({ commands }: Command, [first, second]: readonly string[]): string[] | undefined {
  const verb = first === "help" ? second : first;
  const isKnown = verb === undefined || verb === "help" || commands.some((command) => command.name() === verb);
  return isKnown || verb.startsWith("-") ? undefined : [verb];
}

async function main(args: string[]): Promise<number> {
  let exitCode: number = EXIT.complete;
  const program = commandLine((code) => void (exitCode = code));
  if (args.length === 0) {
    program.outputHelp();
    return EXIT.usage;
  }
  try {
    await program.parseAsync(unknownVerb(program, args) ?? args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has said what it had to say (help, or what is wrong with the words).
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.complete : EXIT.usage;
    return reportError(error, { verbose: args.includes("--verbose") });
  }
}
