/**
 * The events of a completion stream, off the connection.
 *
 * 1. Events come in batches: what arrived together is handed on together.
 * 2. `[DONE]` ends the stream, whether the server ends its answer or not (`body-text.ts`).
 * 3. A body that is compressed, though nobody asked for it, is read all the same.
 */
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { BodyText } from "./body-text.ts";
import { EventReader } from "./event-reader.ts";
import type { HttpAnswer } from "./http-client.ts";
import type { WireEvent } from "./wire-event.ts";
import { fieldOf, listOf } from "../../../state/is-record.ts";

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

export async function* completionEvents(answer: HttpAnswer): AsyncGenerator<WireEvent[]> {
  const reader = new EventReader(answer.headers);
  const text = new BodyText(decoded(answer.body, answer.headers["content-encoding"]));
  let isWhole = false;
  try {
    for await (const piece of text) {
      const events = reader.read(piece);
      isWhole = reader.isDone;
      if (events.length > 0) yield events;
      if (reader.failure !== undefined) throw reader.failure;
      if (reader.isDone) return;
      if (events.some(isFinishing)) text.finishing();
    }
    isWhole = true;
    // The last event may lack the blank line behind it.
    const rest = reader.end();
    if (rest.length > 0) yield rest;
    if (reader.failure !== undefined) throw reader.failure;
  } finally {
    text.leave(isWhole);
  }
}

function isFinishing({ choices }: WireEvent): boolean {
  const reason = fieldOf(listOf(choices)[0], "finish_reason");
  return typeof reason === "string" && reason !== "";
}

/** The body as it was before it was compressed. */
function decoded(body: Readable, encoding: string | undefined): Readable {
  const decoder = DECODERS[encoding?.trim().toLowerCase() ?? ""]?.();
  if (decoder === undefined) return body;
  // Whoever reads the decoder meets the error there.
  decoder.on("error", () => undefined);
  return pipeline(body, decoder, () => undefined);
}
