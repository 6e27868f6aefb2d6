import { SwarmError } from "../state/errors.ts";

/** Where the process stands. Throws SwarmError USAGE where that folder is gone; `next`: what to do then. */
export function currentFolder(next = "go to one that is there"): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new SwarmError("USAGE", "the folder in which you stand is gone", { cause: error, next });
  }
}
