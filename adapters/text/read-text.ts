/** Text files that people write (plans, profiles, configurations, skills, tasks), whatever encoding their editor has chosen. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { isUtf8 } from "node:buffer";
import { createRequire } from "node:module";
import type * as Chardet from "chardet";
import { codeOf } from "../../state/errors.ts";
import { sleepSync } from "../clock/system-clock.ts";

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
  throw new Error(encoding.problem === "binary" ? "it is not text" : "its encoding cannot be told; save it as UTF-8");
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

/**
 * In which encoding the bytes of a text are. What people have is UTF-8, UTF-16 from Windows programs, and the code pages of their
 * country; where none of these is certain the bytes are no text that could be read, and that is said.
 *
 * 1. A byte order mark decides, then what is valid UTF-8; few invalid bytes among valid sequences make no other encoding of it.
 * 2. A guess (by frequencies of letters) counts only where all bytes are valid in it and the text looks like one.
 * Pure; the same for the same bytes.
 */
type TextEncoding = { label: string } | { problem: "binary" | "encoding" };

/** So much is looked at: for NULs from the beginning, for a guess from the first byte that is no ASCII. */
const SNIFFED_BYTES = 8_192;
const GUESSED_BYTES = 65_536;
/** Of 100. Below, the guess is one of "could be anything". */
const LEAST_CONFIDENCE = 15;
const MOST_GUESSES = 4;
/** What no text holds, be it one that steers a terminal (ESC). */
// oxlint-disable-next-line no-control-regex -- finding them is the purpose
const CONTROLS = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]/;
/** A sign between two letters, but for those that stand there in some language. */
const MISPLACED = /(?<=[\p{L}\p{M}])[^\0-\x7f\p{L}\p{M}\p{N}\s’‘·\u00ad…–—\u3000-\u303f\uff00-\uffef](?=\p{L})/gu;

export function encodingOf(bytes: Uint8Array): TextEncoding {
  const marked = markedEncoding(bytes);
  if (marked !== undefined) return marked;
  if (bytes.subarray(0, SNIFFED_BYTES).includes(0)) return utf16WithoutMark(bytes) ?? { problem: "binary" };
  if (isUtf8(bytes)) return { label: "utf-8" };
  const sample = foreignPart(bytes);
  return isMostlyUtf8(sample) ? { label: "utf-8" } : guessed(bytes, sample);
}

export function decode(bytes: Uint8Array, label: string): string {
  return new TextDecoder(label).decode(bytes);
}

/** UTF-32 has a mark of its own, that begins with UTF-16's; no decoder here knows it. */
function markedEncoding(bytes: Uint8Array): TextEncoding | undefined {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe)
    return third === 0 && fourth === 0 ? { problem: "encoding" } : { label: "utf-16le" };
  if (first === 0xfe && second === 0xff) return { label: "utf-16be" };
  return undefined;
}

/** Read the wrong way round a text has no blanks and no line ends, and characters that do not exist. */
function utf16WithoutMark(bytes: Uint8Array): TextEncoding | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const [best] = ["utf-16le", "utf-16be"]
    .map((label) => ({ label, share: latinShare(decoded(bytes.subarray(0, SNIFFED_BYTES), label)) }))
    .toSorted((a, b) => b.share - a.share);
  const enough = bytes.length >= 32 ? 0.05 : 0.7;
  return best !== undefined && best.share >= enough ? { label: best.label } : undefined;
}

/** How much of a text is Latin letters, blanks, digits and line ends; 0 where it is no text. */
function latinShare(text: string | undefined): number {
  if (text === undefined || CONTROLS.test(text) || /[\p{Cn}\p{Co}]/u.test(text)) return 0;
  return (text.match(/[\0-\xff]/g)?.length ?? 0) / text.length;
}

/** A log with a broken byte in it is UTF-8 all the same. */
function isMostlyUtf8(sample: Uint8Array): boolean {
  const foreign = decode(sample, "utf-8").match(/[^\0-\x7f]/gu) ?? [];
  const invalid = foreign.filter((character) => character === "\uFFFD").length;
  return foreign.length > 2 * invalid;
}

function guessed(bytes: Uint8Array, sample: Uint8Array): TextEncoding {
  // Loaded for the texts alone that need a guess.
  const { analyse }: typeof Chardet = createRequire(import.meta.url)("chardet");
  const guesses = analyse(sample)
    .filter(({ confidence }) => confidence >= LEAST_CONFIDENCE)
    .slice(0, MOST_GUESSES)
    .map(({ name }) => name.toLowerCase());
  const label = [...guesses, "windows-1252"].find((name) => {
    const text = decoded(bytes, name);
    return text !== undefined && !CONTROLS.test(text) && looksRight(decode(sample, name), name);
  });
  return label === undefined ? { problem: hasControlBytes(sample) ? "binary" : "encoding" } : { label };
}

/** From the line of the first byte that is no ASCII. */
function foreignPart(bytes: Uint8Array): Uint8Array {
  let first = 0;
  while (first < bytes.length && (bytes[first] ?? 0) < 0x80) first += 1;
  const start = bytes.lastIndexOf(10, first) + 1;
  return bytes.subarray(start, start + GUESSED_BYTES);
}

/** Undefined where a byte is not valid, or the decoder is not known here. */
function decoded(bytes: Uint8Array, label: string): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** In every one of the encodings. */
function hasControlBytes(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte < 0x20 && byte !== 0x1b && !(byte >= 0x09 && byte <= 0x0d));
}

/**
 * In the wrong code page letters come out as signs in the midst of words ("GrÃ¶ÃŸe", "Gr”áe"), and other alphabets as a row of
 * accented letters, which no western language has.
 */
function looksRight(text: string, label: string): boolean {
  const foreign = text.match(/[^\0-\x7f]/gu)?.length ?? 0;
  const misplaced = text.match(MISPLACED)?.length ?? 0;
  const isWestern = label === "windows-1252" || label === "iso-8859-1";
  const letters = text.match(/(?![a-z])\p{L}/giu)?.length ?? 0;
  const isBelievable = isWestern ? foreign <= (text.match(/[a-z]/gi)?.length ?? 0) : letters * 2 >= foreign;
  return isBelievable && misplaced * 10 <= foreign;
}
