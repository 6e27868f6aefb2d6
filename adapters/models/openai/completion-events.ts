/**
 * The events of a completion stream. Source: HTML Living Standard, "Server-sent events", less what no endpoint sends (a byte
 * order mark, lines that end with a carriage return alone).
 *
 * 1. Events come in batches: what arrived together is handed on together.
 * 2. `[DONE]` ends the stream; what follows is read off, so that the connection serves the next call.
 * 3. An event whose data is no JSON throws a SyntaxError, one that reports an error a `RefusedCall`; what came before it is
 *    handed on first.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { HttpAnswer } from "./http-client.ts";
import { RefusedCall } from "./refused-call.ts";
import type { WireEvent } from "./wire-event.ts";

export async function* completionEvents({ headers, body }: HttpAnswer): AsyncGenerator<WireEvent[]> {
  const reader = new EventReader(headers);
  body.setEncoding("utf8");
  try {
    for await (const text of body.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
      const events = reader.read(text);
      if (events.length > 0) yield events;
      if (reader.failure !== undefined) throw reader.failure;
      if (reader.isDone) return;
    }
    // The last event may lack the blank line behind it.
    const rest = reader.read("\n\n");
    if (rest.length > 0) yield rest;
    if (reader.failure !== undefined) throw reader.failure;
  } finally {
    if (!body.readableEnded) body.resume();
  }
}

class EventReader {
  isDone = false;
  failure: Error | undefined;
  readonly #headers: IncomingHttpHeaders;
  #line = "";
  #kind = "";
  #data: string[] = [];

  constructor(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }

  read(text: string): WireEvent[] {
    const events: WireEvent[] = [];
    const lines = text.split("\n");
    const last = lines.pop() as string;
    for (const piece of lines) {
      const line = this.#line + piece;
      this.#line = "";
      const event = this.#take(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (event !== undefined) events.push(event);
      if (this.isDone || this.failure !== undefined) return events;
    }
    this.#line += last;
    return events;
  }

  /** Takes a line; a blank one ends the event, which is returned. */
  #take(line: string): WireEvent | undefined {
    if (line === "") return this.#end();
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    if (field !== "data" && field !== "event") return undefined;
    const from = colon + (line[colon + 1] === " " ? 2 : 1);
    const value = colon === -1 ? "" : line.slice(from);
    if (field === "event") this.#kind = value;
    else this.#data.push(value);
    return undefined;
  }

  #end(): WireEvent | undefined {
    const [kind, data] = [this.#kind, this.#data];
    this.#kind = "";
    this.#data = [];
    if (data.length === 0) return undefined;
    const text = data.join("\n");
    this.isDone = text === "[DONE]";
    if (this.isDone) return undefined;
    const event = parse(text);
    if (event instanceof SyntaxError) this.failure = event;
    else if (event?.error || kind === "error")
      this.failure = RefusedCall.inStream(event?.error ?? event, this.#headers);
    else return event ?? undefined;
    return undefined;
  }
}

function parse(text: string): (WireEvent & { error?: unknown }) | SyntaxError | null {
  try {
    return JSON.parse(text) as WireEvent | null;
  } catch {
    // The parser's own words would repeat the text.
    return new SyntaxError("an event of the stream is not JSON");
  }
}
