/** An endpoint's no. Thrown by the chat model, read by `classify-error.ts`. */
import type { IncomingHttpHeaders } from "node:http";
import { errorIn } from "./wire-error.ts";
import { jsonIn } from "../../../state/is-record.ts";

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

  static ofAnswer({
    status,
    headers,
    text,
  }: {
    status: number;
    headers: IncomingHttpHeaders;
    text: string;
  }): RefusedCall {
    const words = isPage(headers) ? `an HTML page: ${wordsOf(text)}` : text.trim();
    return new RefusedCall(words || "no body", {
      status,
      headers,
      isPage: isPage(headers),
      error: errorIn(jsonIn(text)),
    });
  }

  static inStream(error: unknown, headers: IncomingHttpHeaders): RefusedCall {
    return new RefusedCall(JSON.stringify(error), { status: undefined, headers, error, isPage: false });
  }

  /** A page in place of a stream, whatever its headers call it. */
  static ofPage(text: string, headers: IncomingHttpHeaders): RefusedCall {
    const words = `an HTML page in place of a reply: ${wordsOf(text)}`;
    return new RefusedCall(words, { status: undefined, headers, error: undefined, isPage: true });
  }
}

/** Whether an answer is meant for people: an endpoint has none, so the address is another's. */
export function isPage(headers: IncomingHttpHeaders): boolean {
  return /^\s*(text\/html|application\/xhtml)/i.test(headers["content-type"] ?? "");
}

function wordsOf(page: string): string {
  const text = page.replace(/<(script|style)\b[^>]*>[^]*?<\/\1>/gi, " ").replace(/<[^<>]*>/g, " ");
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}
