/**
 * When a provider wants to be asked again, in milliseconds from now. Pure but for the clock that it is given. In this order:
 * `retry-after-ms`, `retry-after` (RFC 9110: seconds or a date), `x-ratelimit-reset-*` of what is used up, and last the
 * words "try again in 1.5s", which some endpoints send instead of any header.
 */

export type HeaderReader = (name: string) => string | undefined;

/** Names under which endpoints report their limits. */
const LIMITS = ["-requests", "-tokens", ""];
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A bare number above these is a moment, not a span. */
const EPOCH_SECONDS = 1_000_000_000;
const EPOCH_MS = 1_000_000_000_000;

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
  const limits = LIMITS.flatMap((limit) => {
    const reset = header(`x-ratelimit-reset${limit}`);
    const waitMs = reset === undefined ? undefined : spanMs(reset, now);
    return waitMs === undefined ? [] : [{ waitMs, usedUp: header(`x-ratelimit-remaining${limit}`) === "0" }];
  });
  if (limits.length === 0) return undefined;
  const usedUp = limits.filter((limit) => limit.usedUp);
  return usedUp.length > 0
    ? Math.max(...usedUp.map((limit) => limit.waitMs))
    : Math.min(...limits.map((limit) => limit.waitMs));
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
export function spanMs(text: string, now: number): number | undefined {
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
