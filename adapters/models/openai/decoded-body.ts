/**
 * The body of an answer as it was before it was compressed, though nobody asked for that. How it begins counts for more than its label:
 * proxies leave a label behind, or forget one. `deflate` is two formats (RFC 9110, 8.4.1.2), told apart in the same way.
 */
import { once } from "node:events";
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from "node:zlib";
import type { HttpAnswer } from "./http-client.ts";

type Opener = () => NodeJS.ReadWriteStream & Readable;

/** By the label, of what begins in no way that is known. */
const LABELLED = new Map<string | undefined, Opener>([
  ["gzip", createGunzip],
  ["x-gzip", createGunzip],
  ["deflate", createInflateRaw],
  ["br", createBrotliDecompress],
  ["zstd", createZstdDecompress],
]);
/** Each byte a character. Undefined: it is text, a field of an event, a comment, JSON, a page, or a byte order mark. */
const BEGINNINGS: readonly (readonly [RegExp, Opener | undefined])[] = [
  // oxlint-disable-next-line no-control-regex -- no text begins so
  [/^\x1f\x8b/, createGunzip],
  [/^\x28\xb5\x2f\xfd/, createZstdDecompress],
  // oxlint-disable-next-line no-control-regex -- nor so
  [/^x[\x01\x5e\x9c\xda]/, createInflate],
  [/^(\s|data|event|id|retry|[:{[<]|\xef\xbb\xbf)/, undefined],
];
const LONGEST_BEGINNING = 8;

/** Throws what the body fails with before its first byte. */
export async function decoded({ body, headers }: Pick<HttpAnswer, "body" | "headers">): Promise<Readable> {
  const labels = (headers["content-encoding"] ?? "").toLowerCase().split(/\s*,\s*/);
  let stream = body;
  // Once for each label, and once for one that was forgotten.
  for (let left = labels.length; left >= 0; left -= 1) {
    const beginning = await beginningOf(stream);
    const known = BEGINNINGS.find(([pattern]) => pattern.test(beginning));
    const open = known === undefined ? LABELLED.get(labels[left - 1]) : known[1];
    if (open === undefined) return stream;
    const decoder = open();
    // Whoever reads the decoder meets the error there.
    decoder.on("error", () => undefined);
    stream = pipeline(stream, decoder, () => undefined);
  }
  return stream;
}

/** What has come first, and stays unread; empty: nothing came. */
async function beginningOf(stream: Readable): Promise<string> {
  if (stream.readableLength === 0 && !stream.readableEnded) await once(stream, "readable");
  const chunk: Buffer | null = stream.read();
  if (chunk === null) return "";
  stream.unshift(chunk);
  return chunk.toString("latin1", 0, LONGEST_BEGINNING);
}
