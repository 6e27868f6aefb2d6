/** What `glasshive fork` does: the settings of the recorded run with what is to be different, as a run of its own. */
import { resolve } from "node:path";
import { SwarmError } from "../../../state/errors.ts";
import { differenceOf } from "../../../state/question.ts";
import { mergeConfig, readPolicyFile } from "../../config/run-config.ts";
import { overlaid, type RunSettings } from "../../config/run-settings.ts";
import { namingLeft, readJournal } from "../../runs/run-journal.ts";
import { refuseKeptPrices } from "../config-file.ts";
import type { Asked, Flags } from "../home.ts";
import { loadSettings, refuseUnfit, runIdOf } from "../run-files.ts";
import { begin } from "./run.ts";

export interface ForkFlags extends Flags {
  at?: string[];
  instructions?: string;
  agent?: string;
}

/** Returns the exit code. */
export async function fork(asked: Asked<ForkFlags>, source: string): Promise<number> {
  try {
    return await begin(forked(asked, source), asked.home, asked.flags);
  } catch (error) {
    throw namingLeft(error, asked.home, source);
  }
}

function forked({ cwd, home, flags }: Asked<ForkFlags>, source: string): RunSettings {
  const runId = runIdOf(flags);
  const kept = loadSettings(home, source);
  refuseUnfit(kept, { elsewhere: "fork it there", empty: "there is nothing of it to keep" });
  const view = readJournal(home, source);
  refuseOtherTask(kept, view.start?.task);
  const { fork: _fork, followUp: _followUp, ...before } = kept;
  const policy = flags.policy === undefined ? {} : readPolicyFile(resolve(cwd, flags.policy));
  const config = mergeConfig(policy, flags);
  refuseKeptPrices({ maxUsd: config.maxUsd }, kept);
  const settings = overlaid(before, config, { cwd, view: () => view });
  const plan = config.plan === undefined ? undefined : settings.plan;
  const { at = [], instructions, agent } = flags;
  if (instructions?.trim() === "") throw new SwarmError("USAGE", "--instructions: it says nothing");
  const fork = { source, at, instructions, agent, plan };
  return { ...settings, runId, createdAt: new Date().toISOString(), fork };
}

/** What is kept are answers to the task on record, whatever the settings beside it say by now. Throws SwarmError STORAGE_FAILED. */
function refuseOtherTask({ runId, task }: RunSettings, recorded: string | undefined): void {
  const difference = differenceOf({ task }, { task: recorded });
  if (difference === undefined) return;
  const problem = `run ${runId} is damaged: its run.json and its journal differ: ${difference}`;
  throw new SwarmError("STORAGE_FAILED", problem, { next: "restore run.json from a copy" });
}
