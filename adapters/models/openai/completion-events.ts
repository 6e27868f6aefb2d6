/**
 * The events of a completion stream, off the connection.
 *
 * 1. Events come in batches: what arrived together is handed on together.
 * 2. After `[DONE]` what follows is read off, so that the connection serves the next call.
 * 3. A body that is compressed, though nobody asked for it, is read all the same.
 */
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { EventReader } from "./event-reader.ts";
import type { HttpAnswer } from "./http-client.ts";
import type { WireEvent } from "./wire-event.ts";

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

export async function* completionEvents(answer: HttpAnswer): AsyncGenerator<WireEvent[]> {
  const reader = new EventReader(answer.headers);
  const body = decoded(answer.body, answer.headers["content-encoding"]);
  body.setEncoding("utf8");
  try {
    for await (const text of body.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
      const events = reader.read(text);
      if (events.length > 0) yield events;
      if (reader.failure !== undefined) throw reader.failure;
      if (reader.isDone) return;
    }
    // The last event may lack the blank line behind it.
    const rest = reader.end();
    if (rest.length > 0) yield rest;
    if (reader.failure !== undefined) throw reader.failure;
  } finally {
    if (!body.readableEnded) body.resume();
  }
}

/** The body as it was before it was compressed. */
function decoded(body: Readable, encoding: string | undefined): Readable {
  const decoder = DECODERS[encoding?.trim().toLowerCase() ?? ""]?.();
  if (decoder === undefined) return body;
  // Whoever reads the decoder meets the error there.
  decoder.on("error", () => undefined);
  return pipeline(body, decoder, () => undefined);
}
