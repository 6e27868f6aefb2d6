/**
 * From what a model's client throws to what the call has come to, above all the signal that it stands for. Status, code and class decide; words only where the
 * protocol has nothing else (context overflow, quota behind a bare 429). Undefined: an abort, or no doing of the provider.
 */
import type { Failure, Reach } from "../../../engine/ports/models.ts";
import type { Signal, SignalKind } from "../../../state/signal.ts";
import { readErrorFacts, type ErrorFacts } from "./error-facts.ts";
import { RefusedPart } from "./wire-request.ts";
import { rateLimitResetMs, rateLimitsIn, retryAfterMs, retryHintMs } from "./rate-limits.ts";
import { hideSecrets } from "../../text/hide-secrets.ts";
import { cutTo } from "../../../state/plain-text.ts";

export interface ClassifyOptions {
  /** Never shown in evidence. */
  secrets?: readonly string[];
  model?: string;
  /** The address that was asked, and the proxy in front of it. */
  url?: string;
  proxy?: string | undefined;
  /** Replies have come from that endpoint: a page is that of a gateway whose server is away. Default false. */
  hasAnswered?: boolean;
  /** Milliseconds since the epoch, for dates in headers. */
  now?: () => number;
}

const EVIDENCE_CHARACTERS = 300;
/** A shorter name of a model is found in any text. */
const SHORTEST_NAME = 4;

const OVERFLOW_WORDS =
  /context.?(length|window)|maximum (context|prompt|input)|(prompt|input|request|messages?)\b.{0,60}\btoo (long|large)|token limit|too many (input )?tokens|input tokens exceed/i;
/** A model that is not there, or not for this account: in either order of the words. */
const MODEL_WORDS =
  /\bmodel\b.{0,120}\b(not (found|exist|available|loaded|served|supported|enabled|allowed)|unavailable|no longer|deprecated|retired|decommissioned|(does|do)(n['’]t| not) exist)|\b(unknown|invalid|no such|unsupported|missing|access to)\b.{0,30}\bmodel\b/i;
const MODEL_CODES =
  /model.?not.?(found|available|supported|exist)|(unknown|invalid|unsupported).?model|no.?such.?model/;
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

const KINDS_OF_STATUS: Readonly<Record<number, SignalKind>> = {
  402: "quota",
  405: "endpoint",
  408: "timeout",
  // Of gateways: the server gave up, was at something else, or is not ready.
  409: "server",
  425: "server",
  499: "server",
  501: "endpoint",
  504: "timeout",
};

const TIMEOUT_CODES = new Set([
  "ETIMEDOUT",
  "ESOCKETTIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);
/** Answers from the midst of the work, or from a gateway that no longer waits for it. Those with 503 and 529 are given before. */
const AFTER_WORK = (status: number): boolean =>
  status === 408 || status === 499 || (status >= 500 && status !== 503 && status !== 529);
/** The connection never came to be. */
const UNREACHED_CODES =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|E(HOST|NET)(UNREACH|DOWN)|EADDRNOTAVAIL|EMFILE|ENFILE|ENOBUFS|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_CERT\w*|CERT_\w+|DEPTH_ZERO\w*|SELF_SIGNED\w*|UNABLE_TO\w*)$/;
const NETWORK_CODES =
  /^(HPE_|E(CONN|PIPE|NOTFOUND|AI_|HOST|NET|PROTO|ADDR|MFILE|NFILE|NOBUFS)|UND_ERR_|ERR_(TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** What the codes of a connection mean, where they do not say it themselves. */
const PLAIN_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^HPE_/, "what answers there does not speak HTTP"],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH|^EPROTO$/,
    "what answers there does not speak TLS: is it http:// in place of https://?",
  ],
  [
    /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS_CERT)/,
    "its certificate is not trusted here: NODE_EXTRA_CA_CERTS or SSL_CERT_FILE can name the authority that signed it",
  ],
  [
    /^(ECONNREFUSED|ENOTFOUND|E(HOST|NET)UNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$/,
    "nobody answers at this address: is the base URL right, and does its server run?",
  ],
];
const WRONG_ADDRESS = "there are no chat completions at this address: is the base URL right? Most end in /v1";

export function failureOf(error: unknown, options: ClassifyOptions = {}): Failure {
  const facts = readErrorFacts(error);
  const { header, message, status } = facts;
  const limits = rateLimitsIn(header, nowIn(options), status === 429 ? message : undefined);
  return { signal: signalOf(error, facts, options), reach: reachOf(facts), limits };
}

export function classifyError(error: unknown, options: ClassifyOptions = {}): Signal | undefined {
  return signalOf(error, readErrorFacts(error), options);
}

function nowIn({ now = Date.now }: ClassifyOptions): number {
  return now();
}

function signalOf(error: unknown, facts: ErrorFacts, options: ClassifyOptions): Signal | undefined {
  if (isAbort(error, facts)) return undefined;
  if (error instanceof RefusedPart)
    return { kind: "parameter", evidence: `${error.lesson} (${evidenceOf("parameter", facts, options)})` };
  const said = facts.status === undefined ? kindWithoutStatus(facts) : kindOfStatus(facts.status, facts, options.model);
  if (said === undefined) return undefined;
  const kind = said === "endpoint" && facts.isPage && options.hasAnswered === true ? "server" : said;
  const evidence = evidenceOf(kind, facts, options);
  const waitMs = waitOf(kind, facts, nowIn(options));
  return waitMs === undefined ? { kind, evidence } : { kind, evidence, retryAfterMs: waitMs };
}

/** How far the call came. */
function reachOf({ answered, broken, systemCodes }: ErrorFacts): Reach {
  if (broken !== undefined) return "unknown";
  if (answered !== undefined) return AFTER_WORK(answered) ? "unknown" : "refused";
  return systemCodes.some((code) => UNREACHED_CODES.test(code)) ? "unreached" : "unknown";
}

/** A signal ends a call with a DOMException; whether it was the caller's, who gives it a time limit, is known there. */
function isAbort(error: unknown, { names }: ErrorFacts): boolean {
  if (names.some((name) => name === "AbortError" || name === "APIUserAbortError" || name === "ModelAbortError"))
    return true;
  return error instanceof DOMException && error.name !== "TimeoutError";
}

function kindOfStatus(status: number, facts: ErrorFacts, model: string | undefined): SignalKind {
  const plain = KINDS_OF_STATUS[status];
  if (plain !== undefined) return plain;
  if (status === 429) return isQuota(facts) ? "quota" : "rate-limit";
  if (status >= 500) return "server";
  if (status === 403 && isQuota(facts)) return "quota";
  if (status === 401 || status === 403) return isOfModel(facts, model) ? "model" : "auth";
  if (status < 400 || facts.isPage) return "endpoint";
  if (status === 404 || status === 410) return isOfModel(facts, model) ? "model" : "endpoint";
  return kindOfRefusal(facts);
}

function kindOfRefusal(facts: ErrorFacts): SignalKind {
  const named = kindOfCode(facts.codes);
  if (named === "content-filter" || named === "context-overflow") return named;
  if (facts.names.includes("ContextOverflowError") || OVERFLOW_WORDS.test(facts.message)) return "context-overflow";
  return isOfModel(facts, undefined) ? "model" : "bad-request";
}

/** Whether an endpoint's no is one to the model: by its code, its words, or, where they say so little, by the model's name. */
function isOfModel({ codes, message }: ErrorFacts, model: string | undefined): boolean {
  if (MODEL_CODES.test(codes) || MODEL_WORDS.test(message)) return true;
  return model !== undefined && model.length >= SHORTEST_NAME && message.includes(model);
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
  if (facts.isPage) return "endpoint";
  const named = kindOfCode(facts.codes);
  if (named !== undefined) return named;
  if (names.includes("ContextOverflowError")) return "context-overflow";
  if (names.includes("SyntaxError")) return "malformed-answer";
  const timedOut = names.includes("TimeoutError") || names.includes("APIConnectionTimeoutError");
  if (timedOut || systemCodes.some((code) => TIMEOUT_CODES.has(code))) return "timeout";
  if (facts.broken !== undefined) return kindOfWords(facts.message) ?? "truncated-stream";
  const refused = names.includes("APIConnectionError") || systemCodes.some((code) => NETWORK_CODES.test(code));
  return refused || isFetchFailure(facts) ? "network" : undefined;
}

/** An error in a stream may have nothing but words. */
function kindOfWords(words: string): SignalKind | undefined {
  if (OVERFLOW_WORDS.test(words)) return "context-overflow";
  return QUOTA_WORDS.test(words) ? "quota" : undefined;
}

/** All that undici's fetch says of some failures is these words. */
function isFetchFailure({ names, message }: ErrorFacts): boolean {
  return names.includes("TypeError") && /^(fetch failed|terminated)$/.test(message);
}

/**
 * When a provider wants to be asked again, in milliseconds from now: by its `retry-after` headers; of a 429 then by `x-ratelimit-reset-*` of
 * what is used up, and last by the words "try again in 1.5s", which some endpoints send instead of any header.
 */
function waitOf(kind: SignalKind, { header, message, status }: ErrorFacts, now: number): number | undefined {
  if (kind !== "rate-limit" && kind !== "server" && kind !== "quota") return undefined;
  const asked = retryAfterMs(header, now);
  if (asked !== undefined || status !== 429) return asked;
  return rateLimitResetMs(header, now) ?? (kind === "rate-limit" ? retryHintMs(message) : undefined);
}

function evidenceOf(kind: SignalKind, facts: ErrorFacts, options: ClassifyOptions): string {
  const broke = kind === "malformed-answer" ? undefined : facts.broken;
  const code = facts.codes.split(" ")[0];
  const label = [broke, facts.status, facts.status === undefined ? facts.systemCodes.at(-1) : undefined, code];
  const head = label.filter((part) => part !== undefined && part !== "").join(" ");
  const words = facts.message === broke ? "" : facts.message;
  const said = redacted([head, words].filter((part) => part !== "").join(": "), options.secrets ?? []);
  return [...placeOf(kind, facts, options), said].join(": ");
}

/** Where it was asked and what that means, when the address may be what is wrong: what was said comes last, and may be long. */
function placeOf(kind: SignalKind, facts: ErrorFacts, { url, proxy }: ClassifyOptions): string[] {
  if (url === undefined || (kind !== "endpoint" && kind !== "network")) return [];
  const through = proxy === undefined || kind === "endpoint" ? "" : ` through the proxy ${proxy}`;
  const location = kind === "endpoint" ? facts.header("location") : undefined;
  if (location !== undefined)
    return [`${url} redirects to ${location.split("?")[0]}, which is not followed: is that the base URL?`];
  const plain = facts.systemCodes.flatMap((code) => PLAIN_WORDS.find(([pattern]) => pattern.test(code))?.[1] ?? []);
  return [`${url}${through}`, ...(kind === "endpoint" ? [WRONG_ADDRESS] : plain.slice(0, 1))];
}

function redacted(evidence: string, secrets: readonly string[]): string {
  return cutTo(
    hideSecrets(escaped(evidence.toWellFormed().replace(/\s+/g, " ").trim()), secrets),
    EVIDENCE_CHARACTERS - 1,
  );
}

/** What a terminal would obey, or what turns the order of letters, is shown as its number. */
function escaped(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, (odd) => `\\u${(odd.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}
