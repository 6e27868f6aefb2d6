/** What an error of a model's client says of itself, from whatever shape it has. Pure. */
import { fieldOf } from "../../../state/is-record.ts";
import { RefusedCall } from "./refused-call.ts";

export interface ErrorFacts {
  /** HTTP status, where there was an answer or the error in a stream names one. */
  status: number | undefined;
  /** The status of the answer itself; undefined: there was none, or it was one of success. */
  answered: number | undefined;
  /** `code` and `type` of the provider's error body, in lower case. */
  codes: string;
  /** Error codes of the connection (`ECONNRESET`), along the chain of causes. */
  systemCodes: string[];
  /** Class names along the chain of causes. */
  names: string[];
  /** The provider's own words, else the error's. */
  message: string;
  header: (name: string) => string | undefined;
  /** It is a page for people, which no endpoint answers with. */
  isPage: boolean;
  /** Of a reply that did not come to its end: how that showed. */
  broken: string | undefined;
}

/** Some answer by more than HTTP has names for; what a body calls its code is then the provider's own. */
const MOST_OF_HTTP = 999;
/** A chain of causes longer than this is a circle. */
const MAX_CAUSES = 8;

export function readErrorFacts(error: unknown): ErrorFacts {
  const chain = causesOf(error);
  const body = firstIn(chain, (link) => objectIn(fieldOf(link, "error")));
  const codes = [fieldOf(body, "code"), fieldOf(body, "type")];
  const answered = firstIn(
    chain,
    (link) =>
      httpStatus(fieldOf(link, "status"), MOST_OF_HTTP) ?? httpStatus(fieldOf(link, "statusCode"), MOST_OF_HTTP),
  );
  return {
    status: answered ?? httpStatus(codes[0]),
    answered,
    codes: codes
      .filter((code) => typeof code === "string")
      .join(" ")
      .toLowerCase(),
    systemCodes: chain.flatMap((link) => systemCode(fieldOf(link, "code") ?? parserCode(link))),
    names: chain.flatMap((link) => (link instanceof Error ? [link.constructor.name, link.name] : [])),
    message:
      text(fieldOf(body, "message")) ??
      firstIn(chain, (link) => text(fieldOf(link, "error"))) ??
      innermostMessage(chain),
    isPage: chain.some((link) => link instanceof RefusedCall && link.isPage),
    header: (name) => firstIn(chain, (link) => headerOf(fieldOf(link, "headers"), name)),
    broken: chain[0] instanceof BrokenStreamError ? chain[0].message : undefined,
  };
}

function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (
    let link = error;
    link !== undefined && link !== null && chain.length < MAX_CAUSES;
    link = fieldOf(link, "cause")
  )
    chain.push(link);
  return chain;
}

/** `fetch failed` says nothing; its cause does. */
function innermostMessage(chain: readonly unknown[]): string {
  const messages = chain.flatMap((link) => text(fieldOf(link, "message")) ?? []);
  return messages.at(-1) ?? String(chain[0]);
}

function firstIn<T>(chain: readonly unknown[], read: (link: unknown) => T | undefined): T | undefined {
  for (const link of chain) {
    const found = read(link);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** undici's parser leaves it out where the answer does not even begin as HTTP. */
function parserCode(link: unknown): string | undefined {
  return fieldOf(link, "name") === "HTTPParserError" ? "HPE_INVALID_VERSION" : undefined;
}

function systemCode(code: unknown): string[] {
  return typeof code === "string" && /^[A-Z][A-Z0-9_]+$/.test(code) ? [code] : [];
}

function httpStatus(value: unknown, most = 599): number | undefined {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === "number" && Number.isInteger(status) && status >= 300 && status <= most ? status : undefined;
}

function headerOf(headers: unknown, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const value = fieldOf(headers, name);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function objectIn(value: unknown): object | undefined {
  return typeof value === "object" && value !== null ? value : undefined;
}

/**
 * A reply that began and did not come to its end. Thrown by the chat model, read by `classify-error.ts`. `cause`: what the
 * connection or the parser said; absent when the stream ended before its first event.
 */
export class BrokenStreamError extends Error {
  override readonly name = "BrokenStreamError";
}
