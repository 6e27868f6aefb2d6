/**
 * Who may call an endpoint next, and how many at once: a limit that falls when the provider refuses and rises again slowly
 * (additive increase, multiplicative decrease: Chiu and Jain 1989). Shared by all runs that use the endpoint.
 *
 * 1. Never more calls in flight than the ceiling.
 * 2. One burst of refusals lowers the limit once: calls that were in flight together say the same thing.
 * 3. What a provider asks for by `retry-after` is kept: nothing is let through before.
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

export class AdaptiveLimiter implements ModelLimiter {
  readonly #clock: Clock;
  readonly #slots: PrioritySlots;
  readonly #onChange: (change: { limit: number; reason: string }) => void;
  #ceiling: number;
  #limit: number;
  #goodReplies = 0;
  #loweredAt = -Infinity;
  #pausedUntil = -Infinity;
  #isPaused = false;

  constructor(
    ceiling: number,
    clock: Clock,
    onChange: (change: { limit: number; reason: string }) => void = () => undefined,
  ) {
    this.#ceiling = ceiling;
    this.#limit = ceiling;
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

  acquire(priority: number, signal: AbortSignal): Promise<void> {
    return this.#slots.acquire(priority, signal);
  }

  release(): void {
    this.#slots.release();
  }

  report(signal: Signal | undefined, now: number): void {
    if (signal?.kind === "rate-limit") this.#refused(signal, now);
    else if (signal === undefined) this.#answered();
  }

  #answered(): void {
    if (this.#limit >= this.#ceiling) return;
    this.#goodReplies += 1;
    if (this.#goodReplies < this.#limit) return;
    this.#goodReplies = 0;
    this.#setLimit(this.#limit + 1);
    this.#onChange({ limit: this.#limit, reason: "a round of good replies" });
  }

  #refused(signal: Signal, now: number): void {
    this.#goodReplies = 0;
    if (now - this.#loweredAt >= BURST_MS) {
      this.#loweredAt = now;
      this.#setLimit(Math.max(1, Math.floor(this.#limit * DECREASE)));
      this.#onChange({ limit: this.#limit, reason: signal.evidence });
    }
    const pauseMs = Math.min(LONGEST_PAUSE_MS, signal.retryAfterMs ?? DEFAULT_PAUSE_MS);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pauseMs);
    if (!this.#isPaused) void this.#pause();
  }

  async #pause(): Promise<void> {
    this.#isPaused = true;
    this.#slots.resize(0);
    for (let left = this.#pausedUntil - this.#clock.now(); left > 0; left = this.#pausedUntil - this.#clock.now()) {
      await this.#clock.sleep(left);
    }
    this.#isPaused = false;
    this.#slots.resize(this.#limit);
  }

  #setLimit(limit: number): void {
    this.#limit = limit;
    if (!this.#isPaused) this.#slots.resize(limit);
  }
}
