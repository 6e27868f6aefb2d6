/**
 * In which encoding the bytes of a text are. What people have is UTF-8, UTF-16 from Windows programs, and the code pages of their
 * country; where none of these is certain the bytes are no text that could be read, and that is said.
 *
 * 1. A byte order mark decides, then what is valid UTF-8; few invalid bytes among valid sequences make no other encoding of it.
 * 2. A guess (by frequencies of letters) counts only where all bytes are valid in it and the text looks like one.
 * Pure; the same for the same bytes.
 */
import { isUtf8 } from "node:buffer";
import { createRequire } from "node:module";
import type * as Chardet from "chardet";

export type TextEncoding = { label: string } | { problem: "binary" | "encoding" };

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

/** The text, its byte order mark dropped. */
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
  const { analyse } = createRequire(import.meta.url)("chardet") as typeof Chardet;
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
