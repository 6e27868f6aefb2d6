/** `run.json` in the run's folder: what another process needs to continue the run. Holds no key. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeError, SwarmError } from "../../state/errors.ts";
import type { RunSettings } from "../config/run-settings.ts";
import { RUNS_FOLDER, runFolder, SETTINGS_FILE, writeWhole } from "../runs/run-folder.ts";
import { unknownRun } from "../runs/unknown-run.ts";

export function saveSettings(home: string, settings: RunSettings): void {
  writeWhole(runFolder(home, settings.runId), SETTINGS_FILE, `${JSON.stringify(settings, null, 2)}\n`);
}

export function hasRun(home: string, runId: string): boolean {
  return existsSync(join(runFolder(home, runId), SETTINGS_FILE));
}

/** Throws SwarmError RUN_UNKNOWN, or STORAGE_FAILED where the file is damaged. */
export function loadSettings(home: string, runId: string): RunSettings {
  if (!hasRun(home, runId)) throw unknownRun(runId);
  const file = join(runFolder(home, runId), SETTINGS_FILE);
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RunSettings;
  } catch (error) {
    throw new SwarmError("STORAGE_FAILED", `the settings ${file} cannot be read: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/** The ids of all runs of a home, oldest first where the ids are ours. */
export function listRuns(home: string): string[] {
  const folder = join(home, RUNS_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => decodeURIComponent(name))
    .filter((id) => hasRun(home, id))
    .toSorted();
}
