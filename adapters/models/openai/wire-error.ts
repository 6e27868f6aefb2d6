/** The error in what an endpoint sent, in whatever shape it has. Pure. */
import { fieldOf, isRecord, listOf } from "../../../state/is-record.ts";

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
