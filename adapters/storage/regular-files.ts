/**
 * Files that are ours to have written, read back. What stands in the place of one may be anything: a pipe keeps whoever opens it waiting
 * for ever, a device has no end. What is no regular file is refused before a byte of it is read. (What a person names may be a pipe:
 * `text/read-text.ts`.)
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, type Stats } from "node:fs";
import { codeOf } from "../../state/errors.ts";

/** Else the opening of a pipe waits for who is at its other end. Windows knows no such thing. */
const AT_ONCE = constants.O_NONBLOCK ?? 0;

class NoRegularFile extends Error {
  /** What the system says of some such files. */
  readonly code: string;

  constructor(stats: Stats) {
    super(stats.isDirectory() ? "it is a folder" : "it is no regular file");
    this.code = stats.isDirectory() ? "EISDIR" : "ENXIO";
  }
}

/** Before others open it. Throws as `openRegular` does, but for what is not there. */
export function refuseIrregular(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() === false) throw new NoRegularFile(stats);
}

/** For reading. Throws what the file system throws, and an Error in words for what is no regular file. */
export function openRegular(path: string): number {
  const file = openSync(path, constants.O_RDONLY | AT_ONCE);
  const stats = fstatSync(file);
  if (stats.isFile()) return file;
  closeSync(file);
  throw new NoRegularFile(stats);
}

/** Throws as `openRegular` does. */
export function readRegular(path: string): Buffer {
  const file = openRegular(path);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Undefined: there is no regular file. Throws what else the file system throws. */
export function regularBytes(path: string): Buffer | undefined {
  try {
    return readRegular(path);
  } catch (error) {
    if (/^E(?:NOENT|NOTDIR|ISDIR|NXIO)$/.test(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}
