/** A provider's limits: so many calls at once, so many requests and tokens a minute; said in headers, refused with 429. */
import type { ModelCall } from "./call.ts";
import type { Reply } from "./reply.ts";

export interface RateLimitOptions {
  /** Calls at once. */
  concurrency?: number;
  requestsPerMinute?: number;
  /** Input tokens, counted when the call arrives. */
  tokensPerMinute?: number;
  /** `even` (the default): what was used comes back evenly, as OpenAI's does; `window`: all of it at the end of a window. */
  returns?: "even" | "window";
  /** Milliseconds of the rate that an `even` limit gathers at most; default a minute. */
  burstMs?: number;
  /** Length of a window; the limits above are then for each window. Default a minute. */
  windowMs?: number;
  /** Whether answers say how the limits stand; default true. */
  headers?: boolean;
  /** Whether a refusal says when to come again; default true. */
  retryAfter?: boolean;
}

export interface Admission {
  headers: Record<string, string>;
  /** What to answer instead of the behaviour's reply. */
  refusal?: Reply;
  release: () => void;
}

const MINUTE_MS = 60_000;
/** A refusal costs the provider nothing, but the way there and back. */
const REFUSAL_MS = 5;

class Allowance {
  readonly unit: string;
  readonly limit: number;
  readonly #options: RateLimitOptions;
  #left: number;
  #at: number | undefined;

  constructor(unit: string, limit: number, options: RateLimitOptions) {
    this.unit = unit;
    this.limit = limit;
    this.#options = options;
    this.#left = this.#most();
  }

  /** Milliseconds until `amount` is there; 0: now. */
  missingMs(amount: number, now: number): number {
    this.#refill(now);
    if (this.#left >= amount) return 0;
    return this.#options.returns === "window"
      ? this.#windowMs() - (now - (this.#at ?? now))
      : (amount - this.#left) / this.#perMs();
  }

  spend(amount: number): void {
    this.#left -= amount;
  }

  headers(now: number): Record<string, string> {
    this.#refill(now);
    const whole =
      this.#options.returns === "window"
        ? this.#windowMs() - (now - (this.#at ?? now))
        : (this.#most() - this.#left) / this.#perMs();
    return {
      [`x-ratelimit-limit-${this.unit}`]: String(this.limit),
      [`x-ratelimit-remaining-${this.unit}`]: String(Math.max(0, Math.floor(this.#left))),
      [`x-ratelimit-reset-${this.unit}`]: `${Math.max(0, whole / 1000).toFixed(3)}s`,
    };
  }

  #refill(now: number): void {
    this.#at ??= now;
    if (this.#options.returns === "window") {
      const windows = Math.floor((now - this.#at) / this.#windowMs());
      if (windows < 1) return;
      this.#at += windows * this.#windowMs();
      this.#left = this.limit;
      return;
    }
    this.#left = Math.min(this.#most(), this.#left + (now - this.#at) * this.#perMs());
    this.#at = now;
  }

  #most(): number {
    if (this.#options.returns === "window") return this.limit;
    return Math.max(1, (this.limit * (this.#options.burstMs ?? MINUTE_MS)) / MINUTE_MS);
  }

  #windowMs(): number {
    return this.#options.windowMs ?? MINUTE_MS;
  }

  #perMs(): number {
    return this.limit / MINUTE_MS;
  }
}

export class RateLimiter {
  readonly #options: RateLimitOptions;
  readonly #requests: Allowance | undefined;
  readonly #tokens: Allowance | undefined;
  #inFlight = 0;

  constructor(options: RateLimitOptions) {
    const { requestsPerMinute, tokensPerMinute } = options;
    this.#options = options;
    if (requestsPerMinute !== undefined) this.#requests = new Allowance("requests", requestsPerMinute, options);
    if (tokensPerMinute !== undefined) this.#tokens = new Allowance("tokens", tokensPerMinute, options);
  }

  arrive(call: ModelCall, now: number): Admission {
    const { concurrency = Infinity } = this.#options;
    if (this.#inFlight >= concurrency) return this.#refuse(`request reached max organization concurrency`, 1000, now);
    const waitMs = Math.max(
      this.#requests?.missingMs(1, now) ?? 0,
      this.#tokens?.missingMs(call.inputTokens, now) ?? 0,
    );
    if (waitMs > 0) return this.#refuse("Rate limit reached", waitMs, now);
    this.#requests?.spend(1);
    this.#tokens?.spend(call.inputTokens);
    this.#inFlight += 1;
    return { headers: this.#headers(now), release: () => void (this.#inFlight -= 1) };
  }

  #refuse(message: string, waitMs: number, now: number): Admission {
    const { retryAfter = true } = this.#options;
    const headers = { ...this.#headers(now), ...(retryAfter ? { "retry-after-ms": String(Math.ceil(waitMs)) } : {}) };
    const error = { message, type: "rate_limit_error", code: "rate_limit_exceeded", param: null };
    return { headers, release: () => undefined, refusal: { status: 429, body: { error }, delayMs: REFUSAL_MS } };
  }

  #headers(now: number): Record<string, string> {
    if (this.#options.headers === false) return {};
    return { ...this.#requests?.headers(now), ...this.#tokens?.headers(now) };
  }
}
