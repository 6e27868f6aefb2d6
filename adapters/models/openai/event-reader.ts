/**
 * Takes the text of a completion stream, however it is cut, and gives its events. Source: HTML Living Standard, "Server-sent
 * events", and what endpoints send in their place: JSON lines, one whole JSON, no blank lines, a byte order mark. Pure.
 *
 * 1. An event is given as soon as its data is whole: a blank line that never comes is not waited for.
 * 2. `[DONE]` ends the stream.
 * 3. What reports an error, or is no event at all, is a failure in the server's own words; what came before it is given first.
 * 4. Text that is no event while others are (a stray line between them) is passed over.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isDeeper } from "../../../state/nesting.ts";
import { RefusedCall } from "./refused-call.ts";
import { asideIn, errorIn, type WireError } from "./wire-error.ts";
import type { WireEvent } from "./wire-event.ts";

/** So much of what is no event is shown. */
const SHOWN_CHARACTERS = 200;
/** No event nests deeper, and what does would overflow a stack later. */
const DEEPEST = 200;
const PAGE_CHARACTERS = 10_000;
/** More of it in one piece is no JSON that anybody could mean as a reply. */
const LONGEST_UNFRAMED = 16 * 1024 * 1024;
const FIELD = /^(data|event|id|retry)?(?::|$)/;
/** Kinds of events that are a part of the reply, and kinds that carry none, whatever they hold. */
const REPLY_KINDS = /message|completion|chunk|delta/i;
const SIDE_KINDS = /ping|heart-?beat|keep-?alive/i;

export class EventReader {
  isDone = false;
  failure: Error | undefined;
  readonly #headers: IncomingHttpHeaders;
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
    const events: WireEvent[] = [];
    for (const piece of lines) {
      this.#line.push(piece);
      const line = this.#line.length === 1 ? piece : this.#line.join("");
      this.#line = [];
      events.push(...this.#take(line));
      if (this.#isOver()) return events;
    }
    if (last !== "") this.#line.push(last);
    return events;
  }

  /** What is left when nothing more comes; sets the failure where the whole was no completion. */
  end(): WireEvent[] {
    const events = this.#isOver() ? [] : [...this.read("\n"), ...(this.#isOver() ? [] : this.#dispatch())];
    if (!this.#isOver() && this.#unframed.length > 0) events.push(...this.#takeUnframed());
    if (this.failure === undefined && !this.#hasChoices && this.#aside !== undefined)
      this.failure = this.#refused(this.#aside);
    return events;
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
  #take(line: string): WireEvent[] {
    if (line === "") return this.#unframed.length > 0 ? this.#takeLineOfText(line) : this.#dispatch();
    const field = FIELD.exec(line);
    if (field === null) return this.#takeLineOfText(line);
    const from = field[0].length + (line[field[0].length] === " " ? 1 : 0);
    if (field[1] === "event") this.#kind = line.slice(from).trim();
    return field[1] === "data" ? this.#takeData(line.slice(from)) : [];
  }

  #takeData(value: string): WireEvent[] {
    if (value.trim() === "[DONE]") {
      const events = [...this.#dispatch(), ...(this.#unframed.length > 0 ? this.#takeUnframed() : [])];
      this.isDone = this.failure === undefined;
      return events;
    }
    const isWhole = this.#data.length === 0 && value.trimEnd().endsWith("}");
    const event = isWhole ? parse(value) : undefined;
    if (event !== undefined) return this.#judge(event);
    this.#data.push(value);
    return [];
  }

  #dispatch(): WireEvent[] {
    const data = this.#data;
    if (data.length === 0) {
      this.#kind = "";
      return [];
    }
    this.#data = [];
    const text = data.join("\n").trim();
    const event = text === "" ? null : parse(text);
    if (event !== undefined) return this.#judge(event);
    if (this.#kind === "error") this.failure = this.#refused(text.slice(0, SHOWN_CHARACTERS));
    else if (this.#kind === "" || REPLY_KINDS.test(this.#kind))
      this.failure = new SyntaxError(`an event of the stream is not JSON: ${shown(text)}`);
    this.#kind = "";
    return [];
  }

  #judge(event: unknown): WireEvent[] {
    const kind = this.#kind;
    this.#kind = "";
    const error = errorIn(event, kind);
    if (error !== undefined) {
      this.failure = this.#refused(error);
      return [];
    }
    if (typeof event !== "object" || event === null || SIDE_KINDS.test(kind)) return [];
    if (Array.isArray(event)) return event.flatMap((each) => (this.#isOver() ? [] : this.#judge(each)));
    const given = event as WireEvent;
    if (given.choices !== undefined) this.#hasChoices = true;
    else this.#aside ??= asideIn(event);
    return [given];
  }

  /** Of JSON lines each is an event; other text is kept until it is known what it is. */
  #takeLineOfText(line: string): WireEvent[] {
    const event = this.#unframed.length === 0 && /^\s*\{.*\}\s*$/.test(line) ? parse(line) : undefined;
    if (event !== undefined) return this.#judge(event);
    this.#unframed.push(line);
    const before = this.#unframedLength;
    this.#unframedLength += line.length + 1;
    // Looked at once, when there is enough of it: not with every line of a flood.
    const isEnough = before <= PAGE_CHARACTERS && this.#unframedLength > PAGE_CHARACTERS;
    const isPage = isEnough && isMarkup(this.#unframed.join("\n"));
    return isPage || this.#unframedLength > LONGEST_UNFRAMED ? this.#takeUnframed() : [];
  }

  #takeUnframed(): WireEvent[] {
    const text = this.#unframed.join("\n").trim();
    this.#unframed = [];
    this.#unframedLength = 0;
    const event = text === "" ? null : parse(text);
    if (event !== undefined) return this.#judge(event);
    if (this.#hasChoices) return [];
    this.failure = isMarkup(text)
      ? RefusedCall.ofPage(text.slice(0, PAGE_CHARACTERS), this.#headers)
      : this.#refused({ message: `text came in place of a stream of events: ${shown(text)}` });
    return [];
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
