/**
 * From what a model's client throws to the signal that it stands for. Status, code and class decide; words only where the
 * protocol has nothing else (context overflow, quota behind a bare 429). Undefined: an abort, or no doing of the provider.
 */
import type { Signal, SignalKind } from "../../../state/signal.ts";
import { readErrorFacts, type ErrorFacts } from "./error-facts.ts";
import { rateLimitResetMs, retryAfterMs, retryHintMs } from "./retry-after.ts";

export interface ClassifyOptions {
  /** Never shown in evidence. */
  secrets?: readonly string[];
  /** Milliseconds since the epoch, for dates in headers. */
  now?: () => number;
}

const EVIDENCE_CHARACTERS = 300;
/** A secret shorter than this is a placeholder, and would tear holes into ordinary words. */
const SECRET_CHARACTERS = 6;

const OVERFLOW_WORDS =
  /context.?(length|window)|maximum (context|prompt|input)|(prompt|input|request|messages?)\b.{0,60}\btoo (long|large)|token limit|too many (input )?tokens|input tokens exceed/i;
const QUOTA_WORDS = /quota|billing|insufficient.?(balance|funds|credit)|credit balance|usage limit/i;

/** The provider's own error codes and types, the most telling first. */
const CODES: readonly (readonly [RegExp, SignalKind])[] = [
  [/content.?(filter|policy)|responsibleai/, "content-filter"],
  [/context.?(length|window)|max.?tokens.?exceeded/, "context-overflow"],
  [/rate.?limit|too.?many.?requests/, "rate-limit"],
  [/quota|billing|insufficient|access_terminated/, "quota"],
  [/api.?key|auth|permission/, "auth"],
  [/timeout/, "timeout"],
  [/server|overload|unavailable|internal/, "server"],
  [/invalid|bad.?request|not.?found/, "bad-request"],
];

const TIMEOUT_CODES = new Set([
  "ETIMEDOUT",
  "ESOCKETTIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);
const NETWORK_CODES =
  /^(E(CONN|PIPE|NOTFOUND|AI_|HOST|NET|PROTO|ADDR|MFILE|NFILE|NOBUFS)|UND_ERR_|ERR_(TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

export function classifyError(error: unknown, options: ClassifyOptions = {}): Signal | undefined {
  const facts = readErrorFacts(error);
  if (isAbort(error, facts)) return undefined;
  const kind = facts.status === undefined ? kindWithoutStatus(facts) : kindOfStatus(facts.status, facts);
  if (kind === undefined) return undefined;
  const evidence = evidenceOf(kind, facts, options.secrets ?? []);
  const waitMs = waitOf(kind, facts, (options.now ?? Date.now)());
  return waitMs === undefined ? { kind, evidence } : { kind, evidence, retryAfterMs: waitMs };
}

/** Only a caller's own signal ends a call with a DOMException. */
function isAbort(error: unknown, { names }: ErrorFacts): boolean {
  if (names.some((name) => name === "AbortError" || name === "APIUserAbortError" || name === "ModelAbortError"))
    return true;
  return error instanceof DOMException;
}

function kindOfStatus(status: number, facts: ErrorFacts): SignalKind {
  if (status === 429) return isQuota(facts) ? "quota" : "rate-limit";
  if (status === 401) return "auth";
  if (status === 402) return "quota";
  if (status === 403) return isQuota(facts) ? "quota" : "auth";
  if (status === 408 || status === 504) return "timeout";
  if (status >= 500) return "server";
  if (status === 400 || status === 413 || status === 422) return kindOfRefusal(facts);
  return "bad-request";
}

function kindOfRefusal(facts: ErrorFacts): SignalKind {
  const named = kindOfCode(facts.codes);
  if (named === "content-filter" || named === "context-overflow") return named;
  return facts.names.includes("ContextOverflowError") || OVERFLOW_WORDS.test(facts.message)
    ? "context-overflow"
    : "bad-request";
}

/** OpenAI's rate limits speak of billing too: a code that names the rate wins over the words. */
function isQuota({ codes, message }: ErrorFacts): boolean {
  const named = kindOfCode(codes);
  if (named === "quota" || named === "rate-limit") return named === "quota";
  return QUOTA_WORDS.test(message);
}

function kindOfCode(codes: string): SignalKind | undefined {
  return codes === "" ? undefined : CODES.find(([pattern]) => pattern.test(codes))?.[1];
}

/** No answer, an answer that broke, or an error inside a stream. */
function kindWithoutStatus(facts: ErrorFacts): SignalKind | undefined {
  const { names, systemCodes } = facts;
  const named = kindOfCode(facts.codes);
  if (named !== undefined) return named;
  if (names.includes("ContextOverflowError")) return "context-overflow";
  if (names.includes("SyntaxError")) return "malformed-answer";
  const timedOut = names.includes("TimeoutError") || names.includes("APIConnectionTimeoutError");
  if (timedOut || systemCodes.some((code) => TIMEOUT_CODES.has(code))) return "timeout";
  if (facts.streaming) return "truncated-stream";
  const refused = names.includes("APIConnectionError") || systemCodes.some((code) => NETWORK_CODES.test(code));
  return refused || isFetchFailure(facts) ? "network" : undefined;
}

/** All that undici's fetch says of some failures is these words. */
function isFetchFailure({ names, message }: ErrorFacts): boolean {
  return names.includes("TypeError") && /^(fetch failed|terminated)$/.test(message);
}

function waitOf(kind: SignalKind, { header, message, status }: ErrorFacts, now: number): number | undefined {
  if (kind !== "rate-limit" && kind !== "server" && kind !== "quota") return undefined;
  const asked = retryAfterMs(header, now);
  if (asked !== undefined || status !== 429) return asked;
  return rateLimitResetMs(header, now) ?? (kind === "rate-limit" ? retryHintMs(message) : undefined);
}

function evidenceOf(kind: SignalKind, facts: ErrorFacts, secrets: readonly string[]): string {
  const broke = facts.streaming && kind !== "malformed-answer" ? "the stream broke off" : undefined;
  const code = facts.codes.split(" ")[0];
  const label = [broke, facts.status, facts.status === undefined ? facts.systemCodes.at(-1) : undefined, code];
  const head = label.filter((part) => part !== undefined && part !== "").join(" ");
  const words = facts.message === broke ? "" : facts.message;
  return redact([head, words].filter((part) => part !== "").join(": "), secrets);
}

/** One line without keys: the ones given, whatever looks like one, and what follows `Bearer`. */
function redact(evidence: string, secrets: readonly string[]): string {
  let line = evidence.replace(/\s+/g, " ").trim();
  for (const secret of secrets) if (secret.length >= SECRET_CHARACTERS) line = line.replaceAll(secret, "[key]");
  line = line.replace(/\bBearer [^\s,;"']+/gi, "Bearer [key]").replace(/\b(sk|ak|pk|rk)-[\w*.-]{4,}/gi, "[key]");
  return line.length > EVIDENCE_CHARACTERS ? `${line.slice(0, EVIDENCE_CHARACTERS - 1)}…` : line;
}
