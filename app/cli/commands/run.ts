/** `glasshive run`: one task from question to answer. */
import type { Command } from "commander";
import type { RunFlags } from "../actions/run.ts";
import { addRunOptions } from "../run-options.ts";

export function addRunCommand(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command("run")
    .description("answer one task with a swarm of agents")
    .argument("[task]", 'the task; "-" reads it from standard input')
    .option("--task-file <file>", "read the task from a file")
    .option("--config <file>", "everything else as one file (JSON or YAML); flags win over it")
    .option("--policy <file>", "recovery policy and detection thresholds as a file of their own; over --config")
    .option("--id <run-id>", "the run's id; default: a sortable unique one");
  addRunOptions(command).action(async (task: string | undefined, flags: RunFlags) =>
    setExitCode(await (await import("../actions/run.ts")).run(task, flags)),
  );
}
