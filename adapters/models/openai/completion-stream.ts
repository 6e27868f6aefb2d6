/**
 * A streamed completion off the wire: the request, the connection, and whatever endpoints send in the place of events. Source: HTML Living
 * Standard, "Server-sent events"; JSON lines, one whole JSON, no blank lines, a byte order mark.
 *
 * 1. An event is given as soon as its data is whole: a blank line that never comes is not waited for. Events that arrived together are
 *    handed on together.
 * 2. `[DONE]`, however it is written, ends the stream, whether the server ends its answer or not.
 * 3. What reports an error, or is no event at all, is a failure in the server's own words; what came before it is given first.
 * 4. Text that is no event while others are (a stray line between them) is passed over.
 * 5. A body that is compressed, though nobody asked for it, is read all the same (decoded-body.ts).
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { fieldOf, isRecord, listOf } from "../../../state/is-record.ts";
import { isDeeper } from "../../../state/nesting.ts";
import { decoded } from "./decoded-body.ts";
import { headersFor, send, type HttpAnswer } from "./http-client.ts";
import { asideIn, errorIn, isPage, RefusedCall, type WireError } from "./refused-call.ts";
import type { WireEvent } from "./streamed-reply.ts";

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
  const headers = { ...headersFor(apiKey, "text/event-stream"), "content-type": "application/json" };
  const answer = await send({ method: "POST", url, headers, body, signal });
  const { status } = answer;
  if (status >= 200 && status < 300 && !isPage(answer.headers)) return answer;
  throw RefusedCall.ofAnswer(status, answer.headers, await beginningOf(answer));
}

export async function beginningOf(answer: HttpAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The iteration is left early where there is more: that closes the connection.
  for await (const chunk of (await decoded(answer)) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_REFUSAL_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8", 0, MOST_REFUSAL_BYTES);
}

export async function* completionEvents(answer: HttpAnswer): AsyncGenerator<WireEvent[]> {
  const reader = new EventReader(answer.headers);
  const text = new BodyText(await decoded(answer));
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

/** So much of what is no event is shown. */
const SHOWN_CHARACTERS = 200;
/** No event nests deeper, and what does would overflow a stack later. */
const DEEPEST = 200;
const PAGE_CHARACTERS = 10_000;
/** More of it in one piece is no JSON that anybody could mean as a reply. */
const LONGEST_UNFRAMED = 16 * 1024 * 1024;
/** `[DONE]`, `[done]`, `DONE`, `"[DONE]"`: none of them is an event. */
const END = /^\s*"?(?:\[(?:done|end|eof)\]|done)"?\s*$/i;
const FIELD = /^(data|event|id|retry)?(?::|$)/;
/** Kinds of events that are a part of the reply, and kinds that carry none, whatever they hold. */
const REPLY_KINDS = /message|completion|chunk|delta/i;
const SIDE_KINDS = /ping|heart-?beat|keep-?alive/i;

export class EventReader {
  isDone = false;
  failure: Error | undefined;
  readonly #headers: IncomingHttpHeaders;
  /** That were found and not given yet. */
  readonly #events: WireEvent[] = [];
  #isFirst = true;
  /** The last piece ended with a carriage return: a line feed behind it is no line of its own. */
  #endedWithReturn = false;
  /** The beginning of a line that has not ended, in pieces: a long one is joined once. */
  #line: string[] = [];
  #kind = "";
  #data: string[] = [];
  #unframed: string[] = [];
  #unframedLength = 0;
  #hasChoices = false;
  /** What was said where choices were expected, and is an error if none come. */
  #aside: WireError | undefined;

  constructor(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }

  read(text: string): WireEvent[] {
    if (text === "" || this.#isOver()) return [];
    const lines = this.#linesOf(text);
    const last = lines.pop() ?? "";
    for (const piece of lines) {
      this.#line.push(piece);
      const line = this.#line.length === 1 ? piece : this.#line.join("");
      this.#line = [];
      this.#take(line);
      if (this.#isOver()) return this.#events.splice(0);
    }
    if (last !== "") this.#line.push(last);
    return this.#events.splice(0);
  }

  /** What is left when nothing more comes; sets the failure where the whole was no completion. */
  end(): WireEvent[] {
    const events = this.read("\n");
    if (!this.#isOver()) this.#dispatch();
    if (!this.#isOver() && this.#unframed.length > 0) this.#takeUnframed();
    if (this.failure === undefined && !this.#hasChoices && this.#aside !== undefined)
      this.failure = this.#refused(this.#aside);
    return [...events, ...this.#events.splice(0)];
  }

  #isOver(): boolean {
    return this.isDone || this.failure !== undefined;
  }

  #linesOf(text: string): string[] {
    let rest = text;
    if (this.#isFirst && rest.startsWith("\uFEFF")) rest = rest.slice(1);
    this.#isFirst = false;
    if (this.#endedWithReturn && rest.startsWith("\n")) rest = rest.slice(1);
    this.#endedWithReturn = text.endsWith("\r");
    return rest.includes("\r") ? rest.split(/\r\n|\r|\n/) : rest.split("\n");
  }

  /** Takes a line; a blank one ends the event. */
  #take(line: string): void {
    if (line === "") return this.#unframed.length > 0 ? this.#takeLineOfText(line) : this.#dispatch();
    const field = FIELD.exec(line);
    if (field === null) return this.#takeLineOfText(line);
    const from = field[0].length + (line[field[0].length] === " " ? 1 : 0);
    if (field[1] === "event") this.#kind = line.slice(from).trim();
    if (field[1] === "data") this.#takeData(line.slice(from));
  }

  #takeData(value: string): void {
    if (END.test(value)) return this.#finish();
    const isWhole = this.#data.length === 0 && value.trimEnd().endsWith("}");
    const event = isWhole ? parse(value) : undefined;
    if (event === undefined) this.#data.push(value);
    else this.#judge(event);
  }

  #finish(): void {
    this.#dispatch();
    if (this.#unframed.length > 0) this.#takeUnframed();
    this.isDone = this.failure === undefined;
  }

  #dispatch(): void {
    const data = this.#data;
    this.#data = [];
    const text = data.join("\n").trim();
    const event = text === "" ? null : parse(text);
    if (data.length > 0 && event !== undefined) return this.#judge(event);
    const kind = this.#kind;
    this.#kind = "";
    if (data.length === 0) return;
    if (kind === "error") this.failure = this.#refused(text.slice(0, SHOWN_CHARACTERS));
    else if (kind === "" || REPLY_KINDS.test(kind))
      this.failure = new SyntaxError(`an event of the stream is not JSON: ${shown(text)}`);
  }

  #judge(event: unknown): void {
    const kind = this.#kind;
    this.#kind = "";
    const error = errorIn(event, kind);
    if (error !== undefined) this.failure = this.#refused(error);
    else if (Array.isArray(event) && !SIDE_KINDS.test(kind)) this.#judgeEach(event);
    else if (isRecord(event) && !SIDE_KINDS.test(kind)) {
      if (event["choices"] !== undefined) this.#hasChoices = true;
      else this.#aside ??= asideIn(event);
      this.#events.push(event);
    }
  }

  #judgeEach(events: readonly unknown[]): void {
    for (const event of events) if (!this.#isOver()) this.#judge(event);
  }

  /** Of JSON lines each is an event; other text is kept until it is known what it is. */
  #takeLineOfText(line: string): void {
    const event = this.#unframed.length === 0 && /^\s*\{.*\}\s*$/.test(line) ? parse(line) : undefined;
    if (event !== undefined) return this.#judge(event);
    this.#unframed.push(line);
    const before = this.#unframedLength;
    this.#unframedLength += line.length + 1;
    // Looked at once, when there is enough of it: not with every line of a flood.
    const isEnough = before <= PAGE_CHARACTERS && this.#unframedLength > PAGE_CHARACTERS;
    const isPage = isEnough && isMarkup(this.#unframed.join("\n"));
    if (isPage || this.#unframedLength > LONGEST_UNFRAMED) this.#takeUnframed();
  }

  #takeUnframed(): void {
    const text = this.#unframed.join("\n").trim();
    this.#unframed = [];
    this.#unframedLength = 0;
    const event = text === "" ? null : parse(text);
    if (event !== undefined) return this.#judge(event);
    if (this.#hasChoices) return;
    this.failure = isMarkup(text)
      ? RefusedCall.ofPage(text.slice(0, PAGE_CHARACTERS), this.#headers)
      : this.#refused({ message: `text came in place of a stream of events: ${shown(text)}` });
  }

  #refused(error: unknown): RefusedCall {
    return RefusedCall.inStream(error, this.#headers);
  }
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  if (isDeeper(text, DEEPEST)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isMarkup(text: string): boolean {
  return /^\s*<(!doctype|html|head|body|\?xml)/i.test(text);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, SHOWN_CHARACTERS).trim().toWellFormed());
}
