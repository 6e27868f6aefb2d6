/**
 * Who may call an endpoint next, and how many at once: a limit that falls when the provider refuses and rises again slowly
 * (additive increase, multiplicative decrease: Chiu and Jain 1989; up to where it last held it rises with each good reply, as
 * TCP's slow start does: RFC 5681). Shared by all runs that use the endpoint.
 *
 * 1. Never more calls in flight than the ceiling.
 * 2. One burst of refusals lowers the limit once: calls that were in flight together say the same thing.
 * 3. What a provider asks for by `retry-after` is kept: nothing is let through before.
 * 4. A refusal now and then among good replies is the business of the lane that met it, which waits: it changes nothing here.
 * 5. Where the account is refused (quota, key) nothing is let through for a moment: a run that pauses itself has time to.
 * 6. It has a timer only while somebody waits: one that is paused keeps no process alive.
 */
import type { Signal } from "../../state/signal.ts";
import type { Clock, ModelLimiter } from "../ports.ts";
import { PrioritySlots } from "../schedule/priority-slots.ts";

const DECREASE = 0.7;
/** Refusals within so many milliseconds are one burst. */
const BURST_MS = 1000;
/** A refusal without `retry-after` pauses the endpoint for so long. */
const DEFAULT_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** Refusals that are at most this share of the newest answers say nothing of the limit. */
const TOLERATED_SHARE = 0.1;
/** The newest answers are as many as two rounds of calls, and at least so many; older ones count half, and half again. */
const LEAST_WINDOW = 40;
const NOBODY_WAITS = new DOMException("nobody waits for the endpoint", "AbortError");

export class AdaptiveLimiter implements ModelLimiter {
  readonly #clock: Clock;
  readonly #slots: PrioritySlots;
  readonly #onChange: (change: { limit: number; reason: string }) => void;
  #ceiling: number;
  #limit: number;
  #goodReplies = 0;
  /** The limit that last held: below it a good reply is enough to rise. */
  #held: number;
  #recent = { good: 0, refused: 0 };
  #loweredAt = -Infinity;
  #pausedUntil = -Infinity;
  #isPaused = false;
  /** Runs while somebody waits for the end of a pause. */
  #timer: AbortController | undefined;

  constructor(
    ceiling: number,
    clock: Clock,
    onChange: (change: { limit: number; reason: string }) => void = () => undefined,
  ) {
    this.#ceiling = ceiling;
    this.#limit = ceiling;
    this.#held = ceiling;
    this.#clock = clock;
    this.#slots = new PrioritySlots(ceiling);
    this.#onChange = onChange;
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#slots.held;
  }

  /** The ceiling of one that shares this endpoint: the lowest of all holds. */
  lowerCeiling(ceiling: number): void {
    if (ceiling >= this.#ceiling) return;
    this.#ceiling = ceiling;
    if (this.#limit > ceiling) this.#setLimit(ceiling);
  }

  async acquire(priority: number, signal: AbortSignal): Promise<void> {
    if (this.#isPaused && this.#clock.now() >= this.#pausedUntil) this.#open();
    const slot = this.#slots.acquire(priority, signal);
    if (this.#isPaused) void this.#openLater();
    try {
      await slot;
    } finally {
      if (this.#slots.waiting === 0) this.#stopTimer();
    }
  }

  release(): void {
    this.#slots.release();
  }

  report(signal: Signal | undefined, now: number): void {
    if (signal === undefined) this.#answered();
    else if (signal.kind === "rate-limit") this.#refused(signal, now);
    else if (signal.kind === "quota" || signal.kind === "auth") this.#hold(now + DEFAULT_PAUSE_MS);
  }

  #answered(): void {
    this.#count("good");
    this.#goodReplies += 1;
    if (this.#limit >= this.#ceiling || (this.#limit >= this.#held && this.#goodReplies < this.#limit)) return;
    this.#goodReplies = 0;
    this.#setLimit(this.#limit + 1);
    this.#onChange({ limit: this.#limit, reason: "good replies" });
  }

  #refused(signal: Signal, now: number): void {
    this.#count("refused");
    if (signal.retryAfterMs !== undefined) this.#hold(now + Math.min(LONGEST_PAUSE_MS, signal.retryAfterMs));
    const { good, refused } = this.#recent;
    if (refused <= TOLERATED_SHARE * (good + refused)) return;
    if (signal.retryAfterMs === undefined) this.#hold(now + DEFAULT_PAUSE_MS);
    if (now - this.#loweredAt < BURST_MS) return;
    this.#loweredAt = now;
    const lower = Math.max(1, Math.floor(this.#limit * DECREASE));
    // Where nothing at all is answered the refusals tell nothing of how much is too much.
    if (this.#goodReplies > 0) this.#held = lower;
    this.#goodReplies = 0;
    this.#setLimit(lower);
    this.#onChange({ limit: lower, reason: signal.evidence });
  }

  #count(what: "good" | "refused"): void {
    this.#recent[what] += 1;
    const { good, refused } = this.#recent;
    if (good + refused > Math.max(LEAST_WINDOW, 2 * this.#limit))
      this.#recent = { good: good / 2, refused: refused / 2 };
  }

  #hold(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#slots.resize(0);
    if (this.#slots.waiting > 0) void this.#openLater();
  }

  async #openLater(): Promise<void> {
    if (this.#timer !== undefined) return;
    const timer = new AbortController();
    this.#timer = timer;
    try {
      for (let left = this.#pausedUntil - this.#clock.now(); left > 0; left = this.#pausedUntil - this.#clock.now()) {
        await this.#clock.sleep(left, timer.signal);
      }
    } catch {
      // Nobody waits any more.
      return;
    }
    this.#timer = undefined;
    this.#open();
  }

  #stopTimer(): void {
    this.#timer?.abort(NOBODY_WAITS);
    this.#timer = undefined;
  }

  #open(): void {
    this.#stopTimer();
    this.#isPaused = false;
    this.#slots.resize(this.#limit);
  }

  #setLimit(limit: number): void {
    this.#limit = limit;
    if (!this.#isPaused) this.#slots.resize(limit);
  }
}
