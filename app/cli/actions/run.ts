/** What `glasshive run` does. What is wrong with its words is said before the swarm is loaded. */
import { existsSync } from "node:fs";
import { resolve as resolveFrom } from "node:path";
import { SwarmError } from "../../../state/errors.ts";
import { documentsText, type DocumentsReport } from "../../../state/left-out.ts";
import { readTask, readTaskFile, settingsOf, type RunSettings } from "../../config/run-settings.ts";
import { configuration, refuseNamed, refusePrices } from "../config-file.ts";
import type { Asked, Flags } from "../home.ts";
import { interruptible, type Interruption } from "../interruption.ts";
import { flagsAgain, printRun, type PrintOptions } from "../print-result.ts";
import { hasRun, runExists, runIdOf, saveSettings } from "../run-files.ts";
import { TERMINAL } from "../terminal.ts";

export interface RunFlags extends Flags {
  taskFile?: string;
}

/** Returns the exit code. */
export async function run(
  { cwd, home, flags: typed }: Asked<RunFlags>,
  argument: string | undefined,
  { isPlanOnly = false }: Pick<PrintOptions, "isPlanOnly"> = {},
): Promise<number> {
  const { given, flags } = withTaskBehind(argument, typed, cwd);
  const runId = runIdOf(flags);
  const config = configuration(flags, cwd);
  const settings = settingsOf(config, await taskOf(given, flags, cwd), { cwd, runId, now: Date.now() });
  refuseNamed(flags, settings);
  refusePrices(flags, settings);
  return begin(settings, home, { ...flags, isPlanOnly, again: flagsAgain(flags) });
}

/** Returns the exit code. */
export async function plan({ flags, ...asked }: Asked<RunFlags>, argument: string | undefined): Promise<number> {
  return run({ ...asked, flags: { ...flags, dryRun: true, approve: "none" } }, argument, { isPlanOnly: true });
}

/** A run of these settings, from its beginning, with a person who may stop it. Returns the exit code. */
export async function begin(given: RunSettings, home: string, how: PrintOptions): Promise<number> {
  const { runId } = given;
  if (hasRun(home, runId)) throw runExists(home, given);
  let isKept = false;
  const work = async (interruption: Interruption): Promise<number> => {
    const { executeAsking, prepared, withSwarm } = await import("../execute.ts");
    return withSwarm(given, { home }, async (swarm, settings) => {
      if (swarm.redactor.holdsKey(runId)) throw (await import("../../runs/given-call.ts")).keyIn("--id");
      swarm.runs.hold(runId);
      // Its folder may be gone: the database remembers.
      if (hasRun(home, runId) || (await swarm.runs.recorded(runId).hasBegun())) throw runExists(home, settings);
      // Before the documents are read, which may take minutes: who stops then has a run to continue.
      saveSettings(home, settings);
      isKept = true;
      const { signal } = interruption;
      const prepare = (): Promise<DocumentsReport> => swarm.runs.prepare(runId, given.run, signal);
      const { documents, input } = await prepared(swarm, given, { home, signal, prepare });
      if (documents !== undefined && documents.leftOut.length > 0) TERMINAL.note(documentsText(documents));
      const executing = { settings, home, swarm, input, json: how.json === true, interruption };
      return printRun(await executeAsking(executing), executing, how);
    });
  };
  return interruptible(() => (isKept ? `glasshive resume ${runId}` : undefined), work);
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
  const isThere = (word: string): boolean => existsSync(resolveFrom(cwd, word));
  for (const key of ["docs", "skills"]) {
    const words = (flags[key] ?? []) as string[];
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
  if (taskFile === undefined) return given === "-" ? readTask(process.stdin) : given;
  if (given === undefined) return readTaskFile(taskFile, cwd);
  throw new SwarmError("USAGE", "a task is given twice: as an argument and by --task-file", {
    next: "give one of them",
  });
}
