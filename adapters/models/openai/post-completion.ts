/**
 * One request for a streamed completion. It rejects with the reason of an aborted signal, with a `RefusedCall` for an answer that
 * is none of success or a page for people, and with the connection's own error otherwise.
 */
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { fieldOf, listOf } from "../../../state/is-record.ts";
import { EventReader } from "./event-reader.ts";
import { send, type HttpAnswer } from "./http-client.ts";
import { isPage, RefusedCall } from "./refused-call.ts";
import type { WireEvent } from "./wire-event.ts";

/** Of an answer that is no completion so much is read: it is there to be shown. */
const MOST_REFUSAL_BYTES = 64 * 1024;

export interface CompletionRequest {
  url: URL;
  apiKey: string;
  /** JSON. */
  body: Buffer;
  signal: AbortSignal | undefined;
}

export async function postCompletion({ url, apiKey, body, signal }: CompletionRequest): Promise<HttpAnswer> {
  const headers = {
    accept: "text/event-stream",
    authorization: `Bearer ${apiKey}`,
    "content-type": "application/json",
    "user-agent": "glasshive",
  };
  const answer = await send({ method: "POST", url, headers, body, signal });
  const { status } = answer;
  if (status >= 200 && status < 300 && !isPage(answer.headers)) return answer;
  throw RefusedCall.ofAnswer({ status, headers: answer.headers, text: await beginningOf(answer.body) });
}

export async function beginningOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The iteration is left early where there is more: that closes the connection.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_REFUSAL_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8", 0, MOST_REFUSAL_BYTES);
}

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * The events of a completion stream, off the connection.
 *
 * 1. Events come in batches: what arrived together is handed on together.
 * 2. `[DONE]` ends the stream, whether the server ends its answer or not.
 * 3. A body that is compressed, though nobody asked for it, is read all the same.
 */
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

/** The body as it was before it was compressed, once or more often. */
function decoded(body: Readable, encoding = ""): Readable {
  return encoding.split(",").reduceRight((stream, coding) => {
    const decoder = DECODERS[coding.trim().toLowerCase()]?.();
    if (decoder === undefined) return stream;
    // Whoever reads the decoder meets the error there.
    decoder.on("error", () => undefined);
    return pipeline(stream, decoder, () => undefined);
  }, body);
}

/** Characters. The longest event holds one tool call's arguments, or a whole reply. */
const MOST_OF_LINE = 8_000_000;
/** A token takes up to 300 characters on the wire: this is above what any model writes at once. */
const MOST_OF_BODY = 64_000_000;
const END_MS = 300;
/** Usage, and `[DONE]`, come right behind the reason for the end. */
const AFTER_FINISH_MS = 3000;

/**
 * The text of an answer's body as it comes, bounded, and the end of its connection.
 *
 * 1. A line or a body beyond all measure throws a SyntaxError: no flood takes the memory of the process.
 * 2. Once the reply is whole, the server has a moment to end the answer, so that the connection serves the next call; then the
 *    connection is closed. An answer that is left in its midst is closed at once. So none keeps the process alive.
 * 3. A reply that says that it is finished is whole without `[DONE]` where nothing more comes.
 */
class BodyText {
  readonly #body: Readable;
  #timer: NodeJS.Timeout | undefined;
  #isCut = false;

  constructor(body: Readable) {
    this.#body = body.setEncoding("utf8");
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    let [line, whole] = [0, 0];
    try {
      for await (const text of this.#body.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
        whole += text.length;
        const end = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r"));
        line = end < 0 ? line + text.length : text.length - end - 1;
        if (line > MOST_OF_LINE) throw new SyntaxError(`a line of the stream has more than ${MOST_OF_LINE} characters`);
        if (whole > MOST_OF_BODY) throw new SyntaxError(`the stream has more than ${MOST_OF_BODY} characters`);
        yield text;
      }
    } catch (error) {
      if (!this.#isCut) throw error;
    }
  }

  /** The reply has said that it is finished: what still comes comes soon, or not at all. */
  finishing(): void {
    this.#timer ??= setTimeout(() => {
      this.#isCut = true;
      this.#body.destroy();
    }, AFTER_FINISH_MS).unref();
  }

  /** Nobody reads on. `isWhole`: the reply was read to its end. */
  leave(isWhole: boolean): void {
    clearTimeout(this.#timer);
    const body = this.#body;
    if (body.readableEnded) return;
    if (!isWhole) return void body.destroy();
    body.resume();
    const timer = setTimeout(() => body.destroy(), END_MS).unref();
    body.once("close", () => clearTimeout(timer));
  }
}
