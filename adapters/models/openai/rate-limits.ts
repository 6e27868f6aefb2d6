/**
 * What an answer says of the endpoint's limits: `x-ratelimit-limit-requests`, `-remaining-…`, `-reset-…` and their `-tokens`
 * twins (OpenAI, Kimi, vLLM gateways), the forms without a unit, and the words of a refusal ("max organization concurrency: 50",
 * "max RPM: 20"). Pure but for the moment that it is given; what is no figure is not there.
 */
import { AIMessage } from "@langchain/core/messages";
import type { LimitFacts, RateLimits } from "../../../engine/ports/limits.ts";
import { readErrorFacts } from "./error-facts.ts";
import { spanMs, type HeaderReader } from "./retry-after.ts";

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
  const limits: RateLimits = {
    ...named,
    ...(requests === undefined ? {} : { requests }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(isUsedUp ? { isUsedUp } : {}),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

/** Where a reply carries them, in its metadata, from the stream to the one who takes them. */
export const RATE_LIMITS = "rate_limits";

/** Of a reply, from which they are removed since they grow old with it, or of what was thrown instead. */
export function takeRateLimits(answer: unknown): RateLimits | undefined {
  if (!AIMessage.isInstance(answer)) {
    const { header, message, status } = readErrorFacts(answer);
    return rateLimitsIn(header, Date.now(), status === 429 ? message : undefined);
  }
  const metadata: Record<string, unknown> = answer.response_metadata;
  const limits = metadata[RATE_LIMITS] as RateLimits | undefined;
  if (limits !== undefined) delete metadata[RATE_LIMITS];
  return limits;
}

function factsOf(header: HeaderReader, unit: "requests" | "tokens" | undefined, now: number): LimitFacts | undefined {
  const read = (what: string): string | undefined =>
    header(unit === undefined ? `x-ratelimit-${what}` : `x-ratelimit-${what}-${unit}`);
  const [limit, remaining] = [figure(read("limit")), figure(read("remaining"))];
  if (limit === undefined && remaining === undefined) return undefined;
  const reset = read("reset")?.trim();
  const resetMs = reset === undefined ? undefined : spanMs(reset, now);
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetMs === undefined ? {} : { resetMs }),
  };
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
