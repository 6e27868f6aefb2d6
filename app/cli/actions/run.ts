/** What `glasshive run` does. What is wrong with its words is said before the swarm is loaded. */
import { existsSync } from "node:fs";
import { resolve as resolveFrom } from "node:path";
import { SwarmError } from "../../../state/errors.ts";
import { documentsText, type DocumentsReport } from "../../../state/left-out.ts";
import { cutTo } from "../../../state/plain-text.ts";
import { readRecovery } from "../../config/read-agents.ts";
import { readPolicyFile, type RunConfig } from "../../config/run-config.ts";
import { readTask, readTaskFile, redactedSettings, settingsOf, type RunSettings } from "../../config/run-settings.ts";
import { refuseUnpriced } from "../../price-check.ts";
import { newRunId } from "../../runs/run-folder.ts";
import { configuration, refuseNamed, refusePrices } from "../config-file.ts";
import type { Assembled, GraphInput } from "../execute.ts";
import { checkRunId, homeOf, standingPlace } from "../home.ts";
import { watchInterruption, type Interruption } from "../interruption.ts";
import { flagsAgain, printRun, type PrintOptions } from "../print-result.ts";
import { forgetSettings, hasRun, loadSettings, saveSettings } from "../run-files.ts";
import { TERMINAL } from "../terminal.ts";

export interface RunFlags extends Record<string, unknown> {
  taskFile?: string;
  config?: string;
  policy?: string;
  id?: string;
  home?: string;
  json?: boolean;
  verbose?: boolean;
}

type Shown = Pick<PrintOptions, "json" | "verbose" | "isPlanOnly" | "again">;

/** Returns the exit code. */
export async function run(
  argument: string | undefined,
  typed: RunFlags,
  { isPlanOnly = false }: Pick<Shown, "isPlanOnly"> = {},
): Promise<number> {
  const cwd = standingPlace();
  const { given, flags } = withTaskBehind(argument, typed, cwd);
  const home = homeOf(flags.home, cwd);
  const runId = flags.id === undefined ? newRunId(Date.now()) : checkRunId(flags.id);
  const config = configOf(flags, cwd);
  const settings = settingsOf(config, await taskOf(given, flags, cwd), { cwd, runId, now: Date.now() });
  refuseNamed(flags, settings);
  refusePrices(flags, settings);
  if (hasRun(home, runId)) throw runExists(home, settings);
  return beginWatched(settings, home, { ...flags, isPlanOnly, again: flagsAgain(flags) });
}

/** As `begin`, with a person who may stop it. */
export async function beginWatched(
  settings: RunSettings,
  home: string,
  {
    json,
    verbose,
    isPlanOnly = false,
    again,
  }: Pick<RunFlags, "json" | "verbose"> & Pick<Shown, "isPlanOnly" | "again">,
): Promise<number> {
  let isKept = false;
  const interruption = watchInterruption(() => (isKept ? `glasshive resume ${settings.runId}` : undefined));
  try {
    const how = { json: json === true, verbose: verbose === true, isPlanOnly, again };
    return await begin({ settings, home, interruption, keep: () => void (isKept = true) }, how);
  } finally {
    interruption.dispose();
  }
}

interface Beginning {
  settings: RunSettings;
  home: string;
  interruption: Interruption;
  /** From now on there is something to continue. */
  keep: () => void;
}

/** A run of these settings, from its beginning. Returns the exit code. */
async function begin({ settings: given, home, interruption, keep }: Beginning, how: Shown): Promise<number> {
  const { runId } = given;
  const { executeAsking, swarmOf } = await import("../execute.ts");
  const swarm = await swarmOf(given, home);
  // What is kept and shown; the swarm itself sees to what it is asked.
  const settings = redactedSettings(given, swarm.redactor);
  try {
    if (swarm.redactor.holdsKey(runId)) throw (await import("../../runs/refuse-other.ts")).keyIn("--id");
    refuseUnpriced(
      { ...settings, recovery: readRecovery(settings.recovery), maxUsd: settings.run.caps.maxUsd },
      swarm.models,
    );
    swarm.runs.hold(runId);
    if (hasRun(home, runId)) throw runExists(home, settings);
    // Its folder may be gone: the database remembers.
    if (await swarm.runs.has(runId)) throw runExists(home, settings);
    // Before the documents are read, which may take minutes: who stops then has a run to continue.
    saveSettings(home, settings);
    keep();
    const { documents, input } = await prepared(swarm, { settings: given, home, interruption });
    if (documents !== undefined && documents.leftOut.length > 0) TERMINAL.note(documentsText(documents));
    const executing = { settings, home, swarm, input, json: how.json, interruption };
    const execution = await executeAsking(executing, how);
    return await printRun(execution, executing, how);
  } finally {
    await swarm.close("the command ended");
  }
}

/** What the run begins with, and what its documents are; a run that is refused has not begun. */
async function prepared(
  swarm: Assembled,
  { settings, home, interruption: { signal } }: Omit<Beginning, "keep">,
): Promise<{ input: GraphInput; documents?: DocumentsReport }> {
  const { beginning } = await import("../execute.ts");
  try {
    // What is told of an earlier run is among the documents.
    const told = settings.followUp === undefined ? undefined : await beginning(swarm, settings);
    const documents = await swarm.runs.prepare(settings.runId, settings.run, signal);
    return { documents, input: told ?? (await beginning(swarm, settings)) };
  } catch (error) {
    // The person has stopped it: the graph drains at once.
    if (signal.aborted) return { input: await beginning(swarm, settings) };
    forgetSettings(home, settings.runId);
    await swarm.runs.origins.forget(settings.runId);
    throw error;
  }
}

export function runExists(home: string, { runId, task }: RunSettings): SwarmError {
  const before = hasRun(home, runId) ? loadSettings(home, runId).task : task;
  const how =
    before === task
      ? ""
      : `: it was asked ${JSON.stringify(cutTo(before, 120))}, and now ${JSON.stringify(cutTo(task, 120))}`;
  return new SwarmError("RUN_EXISTS", `there is a run ${runId} already${how}`, {
    next: `continue it with: glasshive resume ${runId}, or choose another --id`,
  });
}

export function configOf(flags: RunFlags, cwd: string): RunConfig {
  return configuration(flags, cwd, flags.policy === undefined ? {} : readPolicyFile(resolveFrom(cwd, flags.policy)));
}

/**
 * `--docs` takes every word up to the next flag, a task behind it too. Where no task is given, the last of several such words is
 * the task if it names nothing that is there and has a blank, or is "-". Any other word that names nothing is taken for a slip.
 * Throws SwarmError USAGE.
 */
export function withTaskBehind(
  given: string | undefined,
  flags: RunFlags,
  cwd: string,
): { given: string | undefined; flags: RunFlags } {
  if (given !== undefined || flags.taskFile !== undefined) return { given, flags };
  for (const key of ["docs", "skills"]) {
    const words = flags[key] as string[] | undefined;
    if (words === undefined) continue;
    const isThere = (word: string): boolean => existsSync(resolveFrom(cwd, word));
    const [missing, ...others] = words.filter((word) => !isThere(word));
    const last = words.at(-1);
    if (missing === undefined || last === undefined) continue;
    const isInFolder = /[\\/]/.test(last) && isThere(last.split(/[\\/]/)[0] || "/");
    const isTask = others.length === 0 && missing === last && words.length > 1;
    if (isTask && (last === "-" || (/\s/.test(last) && !isInFolder)))
      return { given: last, flags: { ...flags, [key]: words.slice(0, -1) } };
    if (flags.plan === undefined)
      throw new SwarmError("USAGE", `--${key}: there is no file or folder "${missing}", and no task is given`, {
        next: `put the task first, in quotes: glasshive run "…" --${key} ${words.find(isThere) ?? "DIR"}`,
      });
  }
  return { given, flags };
}

export async function taskOf(
  given: string | undefined,
  { taskFile }: RunFlags,
  cwd: string,
): Promise<string | undefined> {
  if (given !== undefined && taskFile !== undefined) {
    throw new SwarmError("USAGE", "a task is given twice: as an argument and by --task-file", {
      next: "give one of them",
    });
  }
  if (taskFile !== undefined) return readTaskFile(taskFile, cwd);
  return given === "-" ? readTask(process.stdin) : given;
}

/** Returns the exit code. */
export async function plan(argument: string | undefined, flags: RunFlags): Promise<number> {
  return run(argument, { ...flags, dryRun: true, approve: "none" }, { isPlanOnly: true });
}
