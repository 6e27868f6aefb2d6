/** `glasshive run`: one task from question to answer. */
import { resolve as resolveFrom } from "node:path";
import { text as readAll } from "node:stream/consumers";
import type { Command } from "commander";
import { SwarmError } from "../../../state/errors.ts";
import { mergeConfig, readConfigFile, readTaskFile, settingsOf, type RunConfig } from "../../config/run-config.ts";
import { newRunId } from "../../runs/run-id.ts";
import { refuseUnpriced } from "../budget-check.ts";
import { execute, firstInput, swarmOf } from "../execute.ts";
import { checkRunId, homeOf, standingPlace } from "../home.ts";
import { printExecution } from "../print-result.ts";
import { addRunOptions } from "../run-options.ts";
import { hasRun, saveSettings } from "../run-settings-file.ts";
import { viewFor } from "../view-choice.ts";

interface RunFlags extends Record<string, unknown> {
  taskFile?: string;
  config?: string;
  id?: string;
  home?: string;
  json?: boolean;
  verbose?: boolean;
}

export function addRunCommand(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command("run")
    .description("answer one task with a swarm of agents")
    .argument("[task]", 'the task; "-" reads it from standard input')
    .option("--task-file <file>", "read the task from a file")
    .option("--config <file>", "everything else as one file (JSON or YAML); flags win over it")
    .option("--id <run-id>", "the run's id; default: a sortable unique one");
  addRunOptions(command).action(async (task: string | undefined, flags: RunFlags) =>
    setExitCode(await run(task, flags)),
  );
}

async function run(given: string | undefined, flags: RunFlags): Promise<number> {
  const cwd = standingPlace();
  const home = homeOf(flags.home, cwd);
  const how = { json: flags.json === true, verbose: flags.verbose === true };
  const runId = flags.id === undefined ? newRunId(Date.now()) : checkRunId(flags.id);
  const config = configOf(flags, cwd);
  const settings = settingsOf(config, await taskOf(given, flags, cwd), { cwd, runId, now: Date.now() });
  if (hasRun(home, runId)) {
    throw new SwarmError("RUN_EXISTS", `there is a run ${runId} already`, {
      next: `continue it with: glasshive resume ${runId}`,
    });
  }
  const swarm = swarmOf(settings, home);
  try {
    refuseUnpriced(settings, swarm.models);
    saveSettings(home, settings);
    const execution = await execute({ settings, home, swarm, input: firstInput(settings), view: viewFor(how.json) });
    return printExecution(execution, how);
  } finally {
    await swarm.close("the command ended");
  }
}

function configOf(flags: RunFlags, cwd: string): RunConfig {
  const file = flags.config === undefined ? {} : readConfigFile(resolveFrom(cwd, flags.config));
  return mergeConfig(file, flags);
}

async function taskOf(given: string | undefined, { taskFile }: RunFlags, cwd: string): Promise<string | undefined> {
  if (given !== undefined && taskFile !== undefined) {
    throw new SwarmError("USAGE", "a task is given twice: as an argument and by --task-file", {
      next: "give one of them",
    });
  }
  if (taskFile !== undefined) return readTaskFile(taskFile, cwd);
  return given === "-" ? readAll(process.stdin) : given;
}
