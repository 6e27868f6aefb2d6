/** What `glasshive fork` does: the settings of the recorded run with what is to be different, as a run of its own. */
import { resolve } from "node:path";
import { SwarmError } from "../../../state/errors.ts";
import { differenceOf } from "../../../state/question.ts";
import { mergeConfig, readPolicyFile } from "../../config/run-config.ts";
import { readPlan, type RunSettings } from "../../config/run-settings.ts";
import type { ForkRequest } from "../../runs/fork-run.ts";
import { newRunId } from "../../runs/run-folder.ts";
import { namingLeft, readJournal } from "../../runs/run-journal.ts";
import { checkRunId, homeOf, standingPlace } from "../home.ts";
import { hasRun, loadSettings, refuseUnfit } from "../run-files.ts";
import { amended } from "./resume.ts";
import { beginWatched, runExists } from "./run.ts";

export interface ForkFlags extends Record<string, unknown> {
  at?: string[];
  instructions?: string;
  agent?: string;
  policy?: string;
  plan?: string;
  id?: string;
  home?: string;
  json?: boolean;
  verbose?: boolean;
}

/** Returns the exit code. */
export async function fork(source: string, flags: ForkFlags): Promise<number> {
  const cwd = standingPlace();
  const home = homeOf(flags.home, cwd);
  try {
    return await forkIn({ home, cwd }, source, flags);
  } catch (error) {
    throw namingLeft(error, home, source);
  }
}

async function forkIn({ home, cwd }: { home: string; cwd: string }, source: string, flags: ForkFlags): Promise<number> {
  const runId = flags.id === undefined ? newRunId(Date.now()) : checkRunId(flags.id);
  const settings = await settingsOf({ home, cwd }, source, { ...flags, id: runId });
  if (hasRun(home, runId)) throw runExists(home, settings);
  return beginWatched(settings, home, flags);
}

async function settingsOf(
  { home, cwd }: { home: string; cwd: string },
  source: string,
  flags: ForkFlags & { id: string },
): Promise<RunSettings> {
  const kept = loadSettings(home, source);
  refuseUnfit(kept, { elsewhere: "fork it there", empty: "there is nothing of it to keep" });
  const view = readJournal(home, source);
  refuseOtherTask(kept, view.start?.task);
  const config = mergeConfig({}, flags);
  const { fork: _fork, followUp: _followUp, ...settings } = await amended(kept, config, () => Promise.resolve(view));
  const { agents, run } = settings;
  const plan =
    flags.plan === undefined
      ? undefined
      : readPlan(resolve(cwd, flags.plan), { agents, hasDocuments: run.documents.length > 0 });
  return {
    ...settings,
    ...(flags.policy === undefined ? {} : readPolicyFile(resolve(cwd, flags.policy))),
    ...(plan === undefined ? {} : { plan }),
    ...{ runId: flags.id, createdAt: new Date().toISOString() },
    fork: { source, ...requestOf(flags), plan },
  };
}

/** What is kept are answers to the task on record, whatever the settings beside it say by now. Throws SwarmError STORAGE_FAILED. */
function refuseOtherTask({ runId, task }: RunSettings, recorded: string | undefined): void {
  const difference = differenceOf({ task }, { task: recorded });
  if (difference === undefined) return;
  throw new SwarmError(
    "STORAGE_FAILED",
    `run ${runId} is damaged: its run.json and its journal differ: ${difference}`,
    {
      next: "restore run.json from a copy",
    },
  );
}

function requestOf({ at, instructions, agent }: ForkFlags): ForkRequest {
  if (instructions?.trim() === "") throw new SwarmError("USAGE", "--instructions: it says nothing");
  return { at: at ?? [], instructions, agent };
}
