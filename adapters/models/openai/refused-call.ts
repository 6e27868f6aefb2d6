/** An endpoint's no: the error in what it sent, in whatever shape that has. Thrown by the chat model, read by `classify-error.ts`. */
import type { IncomingHttpHeaders } from "node:http";
import { fieldOf, isRecord, jsonIn, listOf } from "../../../state/is-record.ts";

export class RefusedCall extends Error {
  override readonly name = "RefusedCall";
  /** Of HTTP; undefined for an error in the midst of a stream. */
  readonly status: number | undefined;
  /** The provider's own description, as it came. */
  readonly error: unknown;
  readonly headers: IncomingHttpHeaders;
  /** It is a page for people: the address is another's. */
  readonly isPage: boolean;

  constructor(message: string, facts: Pick<RefusedCall, "status" | "error" | "headers" | "isPage">) {
    super(message);
    this.status = facts.status;
    this.error = facts.error;
    this.headers = facts.headers;
    this.isPage = facts.isPage;
  }

  static ofAnswer(status: number, headers: IncomingHttpHeaders, text: string): RefusedCall {
    const words = isPage(headers) ? `an HTML page: ${pageWords(text)}` : text.trim();
    const facts = { status, headers, isPage: isPage(headers), error: errorIn(jsonIn(text)) };
    return new RefusedCall(words || "no body", facts);
  }

  static inStream(error: unknown, headers: IncomingHttpHeaders): RefusedCall {
    return new RefusedCall(JSON.stringify(error), { status: undefined, headers, error, isPage: false });
  }

  /** A page in place of a stream, whatever its headers call it. */
  static ofPage(text: string, headers: IncomingHttpHeaders): RefusedCall {
    const words = `an HTML page in place of a reply: ${pageWords(text)}`;
    return new RefusedCall(words, { status: undefined, headers, error: undefined, isPage: true });
  }
}

/** Whether an answer is meant for people: an endpoint has none, so the address is another's. */
export function isPage(headers: IncomingHttpHeaders): boolean {
  return /^\s*(text\/html|application\/xhtml)/i.test(headers["content-type"] ?? "");
}

function pageWords(page: string): string {
  const text = page.replace(/<(script|style)\b[^>]*>[^]*?<\/\1>/gi, " ").replace(/<[^<>]*>/g, " ");
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}

export interface WireError {
  /** As they came; a number may be an HTTP status or the provider's own. */
  code?: string | number;
  type?: string;
  message: string;
}

const MOST_DEPTH = 4;

/** Undefined: it reports none. `kind`: of the event that held it. An empty error is no error. */
export function errorIn(body: unknown, kind = ""): WireError | undefined {
  if (kind === "error") return wireError(fieldOf(body, "error") ?? body) ?? { message: "an error without words" };
  const event = body;
  if (!isRecord(event)) return undefined;
  const [choice] = listOf(event["choices"]);
  const named = wireError(event["error"]) ?? wireError(event["errors"]) ?? wireError(fieldOf(choice, "error"));
  if (named !== undefined) return withCode(named, event);
  if (event["type"] === "error" || event["object"] === "error") return wireError(event);
  return statusError(event["base_resp"]) ?? (hasContent(event) ? undefined : bareError(event));
}

/** What an event without choices says in words: an error, if there is nothing else. */
export function asideIn(event: object): WireError | undefined {
  return wordsOf(fieldOf(event, "message") ?? fieldOf(event, "msg")) === undefined ? undefined : wireError(event);
}

/** `detail` (FastAPI), `message` and `msg` beside a code or where a reply should be, `error_msg` (Baidu). */
function bareError(event: Record<string, unknown>): WireError | undefined {
  const isTold = "code" in event || "status" in event || event["success"] === false;
  const words = event["detail"] ?? event["error_msg"] ?? event["errorMessage"];
  if (words !== undefined && words !== null) return withCode(wireError(words), event);
  return isTold && wordsOf(event["message"] ?? event["msg"]) !== undefined ? wireError(event) : undefined;
}

/** MiniMax's `base_resp`: 0 is none. */
function statusError(base: unknown): WireError | undefined {
  const code = fieldOf(base, "status_code");
  if (typeof code !== "number" || code === 0) return undefined;
  return { code, message: wordsOf(fieldOf(base, "status_msg")) ?? `status ${code}` };
}

function hasContent(event: Record<string, unknown>): boolean {
  return event["choices"] !== undefined || event["usage"] !== undefined;
}

function withCode(error: WireError | undefined, event: Record<string, unknown>): WireError | undefined {
  if (error === undefined || error.code !== undefined) return error;
  const code = codeOf(event["code"] ?? event["error_code"] ?? event["status_code"] ?? event["status"]);
  return code === undefined ? error : { ...error, code };
}

/** Of text, an object in one of many shapes, or a list of these; undefined for what says nothing. */
function wireError(error: unknown): WireError | undefined {
  const message = wordsOf(error);
  if (message === undefined) return undefined;
  const shown: unknown = Array.isArray(error) ? error[0] : error;
  const fields = isRecord(shown) ? shown : {};
  const code = codeOf(fields["code"] ?? fields["status_code"] ?? fields["status"] ?? fields["http_code"]);
  const type = fields["type"];
  return {
    ...(code === undefined ? {} : { code }),
    ...(typeof type === "string" && type !== "error" ? { type } : {}),
    message,
  };
}

/** The words of an error, wherever they stand in it; else the whole of it as JSON. */
function wordsOf(error: unknown, depth = 0): string | undefined {
  if (typeof error === "string") return error.trim() === "" ? undefined : error.trim();
  if (typeof error === "number" || error === true) return `error ${String(error)}`;
  if (typeof error !== "object" || error === null || depth > MOST_DEPTH) return undefined;
  if (Array.isArray(error)) return wordsOf(error[0], depth + 1);
  if (Object.keys(error).length === 0) return undefined;
  for (const name of ["message", "msg", "detail", "error_msg", "errorMessage", "description", "error", "reason"]) {
    const words = wordsOf(fieldOf(error, name), depth + 1);
    if (words !== undefined) return words;
  }
  return JSON.stringify(error);
}

function codeOf(code: unknown): string | number | undefined {
  return (typeof code === "string" && code !== "" && code !== "error") || typeof code === "number" ? code : undefined;
}
