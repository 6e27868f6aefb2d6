/** Text files that people write (plans, profiles, configurations, skills, tasks), whatever encoding their editor has chosen. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { decode, encodingOf } from "./text-encoding.ts";
import { sleepSync } from "../clock/system-clock.ts";
import { codeOf } from "../../state/errors.ts";

/** More than any plan of 4,000 subtasks needs; a wrong file (a database, a video) is refused before it is read. */
export const LARGEST_BYTES = 64 * 1024 * 1024;
const PART_BYTES = 64 * 1024;

/** A pipe is read as it fills: a shell's `<(command)` is one. So long it is waited for a writer, and for the next bytes. */
const LOOK_EVERY_MS = 20;
const UNTIL_A_WRITER_MS = 2_000;
const UNTIL_MORE_MS = 60_000;

/** Throws what the file system throws, and an Error in words for what is too large, silent or no text. */
export function readText(path: string): string {
  // Else a pipe that nobody writes to would never be opened.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    return textOf(bytesOf(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** Throws an Error in words where the bytes are no text. */
export function textOf(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  if ("label" in encoding) return decode(bytes, encoding.label);
  throw new Error(encoding.problem === "binary" ? "it is no text" : "its encoding cannot be told; save it as UTF-8");
}

export function tooLarge(): Error {
  return new Error(`it has more than ${LARGEST_BYTES} bytes`);
}

/** What a file says of its size need not be so: a device has none, and never ends. */
function bytesOf(descriptor: number): Uint8Array {
  const stats = fstatSync(descriptor);
  if (stats.size > LARGEST_BYTES) throw tooLarge();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(Math.max(PART_BYTES, stats.size + 1 - bytes));
    const read = nextBytes(descriptor, part, stats.isFIFO() && bytes === 0);
    if (read === 0) return Buffer.concat(parts);
    bytes += read;
    if (bytes > LARGEST_BYTES) throw tooLarge();
    parts.push(part.subarray(0, read));
  }
}

/** `isUnbegun`: of a pipe that has brought nothing yet, no bytes are no end: its writer may be on the way. */
function nextBytes(descriptor: number, part: Buffer, isUnbegun: boolean): number {
  let isWritten = false;
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    try {
      const read = readSync(descriptor, part);
      if (read > 0 || !isUnbegun || isWritten) return read;
      if (waitedMs >= UNTIL_A_WRITER_MS) throw new Error("it is a pipe that nobody writes to");
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      isWritten = true;
      if (waitedMs >= UNTIL_MORE_MS) throw new Error(`nothing came within ${UNTIL_MORE_MS / 1000} s`, { cause: error });
    }
    sleepSync(LOOK_EVERY_MS);
  }
}
