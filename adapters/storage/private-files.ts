/**
 * The home holds tasks, documents' texts and answers: its folders are the user's alone (0700), its files too (0600), under any umask,
 * and those of earlier releases become so. Windows has rights of another kind; there this changes nothing.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;

/**
 * Makes the folder where it is not there; takes from one that is there what others may do, unless it holds what is not `own`: then it
 * is a folder for other things too, and what is ours in it is private by itself. Throws what `mkdir` throws.
 */
export function privateFolder(path: string, own = /^/): void {
  makeFolder(path);
  if (readdirSync(path).every((name) => own.test(name))) tighten(path, PRIVATE_FOLDER);
}

/** One by one, not `recursive`: where the system takes no folder (`/proc`), Node then asks it for ever, deaf to every signal. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: PRIVATE_FOLDER });
  } catch (error) {
    // Another process was faster.
    if (!existsSync(path)) throw error;
  }
}

/** Makes the file, empty, where it is not there. What SQLite puts beside it (`-wal`, `-shm`) has its rights. */
export function privateFile(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, "a", PRIVATE_FILE));
  tighten(path, PRIVATE_FILE);
}

function tighten(path: string, mode: number): void {
  if ((statSync(path).mode & 0o777) === mode) return;
  try {
    chmodSync(path, mode);
  } catch {
    // Somebody else's, who lets us write: it is for them to close.
  }
}
