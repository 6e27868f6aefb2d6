/**
 * What an answer says of the endpoint's limits: `x-ratelimit-limit-requests`, `-remaining-…`, `-reset-…` and their `-tokens`
 * twins (OpenAI, Kimi, vLLM gateways), the forms without a unit, and the words of a refusal ("max organization concurrency: 50",
 * "max RPM: 20"). Pure but for the moment that it is given; what is no figure is not there.
 */
import type { LimitFacts, RateLimits } from "../../../engine/ports/limits.ts";
import { defined } from "../../../state/is-record.ts";

const WORDS = /\bmax(?:imum)?\b[\w ]{0,30}?\b(concurrency|rpm|tpm)\b\D{0,10}(\d{1,12})/i;

/** Undefined: it says nothing. `refusal`: the words of one. */
export function rateLimitsIn(header: HeaderReader, now: number, refusal?: string): RateLimits | undefined {
  const requests = factsOf(header, "requests", now) ?? factsOf(header, undefined, now);
  const tokens = factsOf(header, "tokens", now);
  const named = refusal === undefined ? {} : namedIn(refusal);
  const isUsedUp =
    refusal !== undefined &&
    (requests?.remaining === 0 ||
      tokens?.remaining === 0 ||
      named.requests !== undefined ||
      named.tokens !== undefined);
  const limits: RateLimits = { ...named, ...defined({ requests, tokens, isUsedUp: isUsedUp || undefined }) };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

/** Of what endpoints report their limits; some name no unit. */
const UNITS = ["requests", "tokens", undefined] as const;

function factsOf(header: HeaderReader, unit: (typeof UNITS)[number], now: number): LimitFacts | undefined {
  const read = (what: string): string | undefined =>
    header(unit === undefined ? `x-ratelimit-${what}` : `x-ratelimit-${what}-${unit}`);
  const [limit, remaining] = [figure(read("limit")), figure(read("remaining"))];
  const reset = read("reset")?.trim();
  const facts = defined({ limit, remaining, resetMs: reset === undefined ? undefined : spanMs(reset, now) });
  return Object.keys(facts).length === 0 ? undefined : facts;
}

/** `600`, `600.0`, `1,200`, or the first of `600, 600;w=60`. */
function figure(text: string | undefined): number | undefined {
  const match = /^\s*(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d+)?\s*(?:$|[,;])/.exec(text ?? "");
  return match === null ? undefined : Number((match[1] ?? "").replaceAll(",", ""));
}

function namedIn(refusal: string): Pick<RateLimits, "requests" | "tokens" | "concurrency"> {
  const [, what, digits] = WORDS.exec(refusal) ?? [];
  const limit = Number(digits);
  if (what === undefined || limit < 1) return {};
  if (what.toLowerCase() === "concurrency") return { concurrency: limit };
  return what.toLowerCase() === "rpm" ? { requests: { limit, remaining: 0 } } : { tokens: { limit, remaining: 0 } };
}

type HeaderReader = (name: string) => string | undefined;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A bare number above these is a moment, not a span. */
const EPOCH_SECONDS = 1_000_000_000;
const EPOCH_MS = 1_000_000_000_000;

/** Milliseconds from now, by `retry-after-ms`, else by `retry-after` (RFC 9110: seconds or a date). Pure. */
export function retryAfterMs(header: HeaderReader, now: number): number | undefined {
  const ms = plainNumber(header("retry-after-ms"));
  if (ms !== undefined) return ms;
  const after = header("retry-after");
  const seconds = plainNumber(after);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  return after === undefined ? undefined : untilDate(after, now);
}

/** The reset of the limits that are used up; where none says so, the first to come. */
export function rateLimitResetMs(header: HeaderReader, now: number): number | undefined {
  const limits = UNITS.flatMap((unit) => factsOf(header, unit, now) ?? []);
  const usedUp = limits.filter(({ remaining }) => remaining === 0).flatMap(({ resetMs }) => resetMs ?? []);
  if (usedUp.length > 0) return Math.max(...usedUp);
  const resets = limits.flatMap(({ resetMs }) => resetMs ?? []);
  return resets.length === 0 ? undefined : Math.min(...resets);
}

export function retryHintMs(text: string): number | undefined {
  const match =
    /(?:try|retry) again (?:in|after) (\d{1,9}(?:\.\d{1,6})?) ?(ms|milliseconds?|s|seconds?|m|minutes?)\b/i.exec(text);
  if (match === null) return undefined;
  const unit = (match[2] ?? "").toLowerCase();
  const unitMs = unit.startsWith("ms") || unit.startsWith("mil") ? 1 : unit.startsWith("s") ? 1000 : 60_000;
  return Math.ceil(Number(match[1]) * unitMs);
}

/** `6m0s`, `17ms`, `1h2m3.5s`, seconds, a moment since the epoch, or a date. */
function spanMs(text: string, now: number): number | undefined {
  const number = plainNumber(text);
  if (number !== undefined) {
    if (number > EPOCH_MS) return Math.max(0, number - now);
    return number > EPOCH_SECONDS ? Math.max(0, number * 1000 - now) : Math.ceil(number * 1000);
  }
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) return untilDate(text, now);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  return Math.ceil(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ""] ?? 0), 0));
}

function untilDate(text: string, now: number): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function plainNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}
