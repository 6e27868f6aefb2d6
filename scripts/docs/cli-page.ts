/** `docs/reference/cli.md`: the help of every verb, as the command line prints it. */
import type { Command } from "commander";
import { commandLine } from "../../app/cli/program.ts";
import { EXIT } from "../../app/cli/exit-codes.ts";
import { markdownTable } from "./markdown-table.ts";

/** The page must not depend on the width of the terminal on which it is made. */
const WIDTH = 100;

const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  complete: "an answer with full coverage; for the other verbs: it worked",
  failed: "no answer, or `doctor` found a problem",
  usage: "wrong usage or configuration; nothing was spent",
  partial: "an answer with less than full coverage",
  paused: "waits for a human",
  interrupted: "stopped from outside (Ctrl-C); `resume` continues",
};

export function cliPage(): string {
  const program = commandLine(() => undefined);
  const exits = Object.entries(EXIT).map(([name, code]) => [
    `\`${code}\``,
    name,
    EXIT_MEANINGS[name as keyof typeof EXIT],
  ]);
  return `# Command line

In a checkout: \`npm run --silent glasshive -- …\`, or \`node bin/glasshive.mjs …\` on a supported Node.

${help(program)}

${program.commands
  .flatMap((command) => [command, ...command.commands])
  .map((command) => `## ${nameOf(command)}\n\n${help(command)}`)
  .join("\n\n")}

## Exit codes

${markdownTable(["code", "name", "meaning"], exits)}
`;
}

/** `audit verify`. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${parent.name()} ${command.name()}`;
}

function help(command: Command): string {
  command.configureOutput({ getOutHelpWidth: () => WIDTH });
  return `\`\`\`text\n${command.helpInformation().trimEnd()}\n\`\`\``;
}
