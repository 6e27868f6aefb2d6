/** Text files that people write (plans, profiles, configurations, skills, tasks), whatever encoding their editor has chosen. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { decode, encodingOf } from "./text-encoding.ts";

/** More than any plan of 4,000 subtasks needs; a wrong file (a database, a video) is refused before it is read. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** Throws what the file system throws, and an Error in words for what is too large or no text. */
export function readText(path: string): string {
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (size > LARGEST_BYTES) throw new Error(`it has ${size} bytes, more than ${LARGEST_BYTES}`);
    return textOf(readFileSync(descriptor));
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
