/**
 * How many calls an endpoint takes at once, learned from its answers: a limit that falls when it refuses and rises again slowly
 * (additive increase, multiplicative decrease: Chiu and Jain 1989; up to where it last held it rises with each good reply, as
 * TCP's slow start does: RFC 5681). Owns the figure alone. Time is given.
 *
 * 1. Never above the ceiling, never below one.
 * 2. One burst of refusals lowers the limit once: calls that were in flight together say the same thing. When the burst is over
 *    those of them that were taken are known, and the limit is no more than that.
 * 3. A refusal now and then among good replies is the business of the lane that met it: it changes nothing here, unless the
 *    limit had just been raised by one to see whether it holds: then that is taken back, and tried again much later.
 */
const DECREASE = 0.7;
/** Refusals within so many milliseconds are one burst. */
const BURST_MS = 1000;
/** Refusals that are at most this share of the newest answers say nothing of the limit. */
const TOLERATED_SHARE = 0.1;
/** The newest answers are as many as two rounds of calls, and at least so many; older ones count half, and half again. */
const LEAST_WINDOW = 40;
/** Rounds of good replies before one more is tried: so many times more after each try that failed. */
const PATIENCE_FACTOR = 4;
const MOST_PATIENCE = 64;

/** `passed`: nothing follows from it. `backed`: a trial was taken back. `lowered`: a burst begins. `counted`: part of a burst. */
export type Refused = "passed" | "backed" | "lowered" | "counted";

export class ConcurrencyLimit {
  #ceiling: number;
  #value: number;
  /** The limit that last held: below it a good reply is enough to rise. */
  #held: number;
  #goodReplies = 0;
  /** The limit is one above what has held, to see whether that holds too. */
  #isTrying = false;
  #patience = 1;
  #recent = { good: 0, refused: 0 };
  #loweredAt = -Infinity;
  #burst: { inFlight: number; refused: number } | undefined;

  constructor(ceiling: number) {
    this.#ceiling = ceiling;
    this.#value = ceiling;
    this.#held = ceiling;
  }

  get value(): number {
    return this.#value;
  }

  /** The ceiling of one that shares the endpoint, or what the endpoint has named: the lowest of all holds. True: the limit fell. */
  lowerCeiling(ceiling: number): boolean {
    this.#ceiling = Math.max(1, Math.min(this.#ceiling, ceiling));
    this.#held = Math.min(this.#held, this.#ceiling);
    this.#isTrying &&= this.#value <= this.#ceiling;
    if (this.#value <= this.#ceiling) return false;
    this.#value = this.#ceiling;
    return true;
  }

  /** True: the limit rose. */
  answered(): boolean {
    this.#count("good");
    this.#goodReplies += 1;
    if (this.#value >= this.#ceiling || this.#burst !== undefined) return false;
    if (this.#value >= this.#held) {
      if (this.#goodReplies < this.#value * this.#patience) return false;
      this.#held = this.#value;
      this.#isTrying = true;
    }
    this.#goodReplies = 0;
    this.#value += 1;
    return true;
  }

  /** `inFlight`: calls in flight, the refused one included. */
  refused(now: number, inFlight: number): Refused {
    this.#count("refused");
    if (this.#burst !== undefined) this.#burst.refused += 1;
    if (this.#takeBack()) return "backed";
    const { good, refused } = this.#recent;
    if (refused <= TOLERATED_SHARE * (good + refused)) return "passed";
    if (now - this.#loweredAt < BURST_MS) return "counted";
    this.#loweredAt = now;
    this.#isTrying = false;
    this.#burst = { inFlight, refused: 1 };
    const lower = Math.max(1, Math.floor(this.#value * DECREASE));
    // Where nothing at all is answered the refusals tell nothing of how much is too much.
    if (this.#goodReplies > 0) this.#held = lower;
    this.#goodReplies = 0;
    this.#value = lower;
    return "lowered";
  }

  /** The burst is over: no call of it is still to be refused. True: the limit fell to those that were taken. */
  endBurst(): boolean {
    const burst = this.#burst;
    this.#burst = undefined;
    // What is said has been heard.
    if (burst !== undefined) this.#recent = { good: 0, refused: 0 };
    const taken = burst === undefined ? 0 : burst.inFlight - burst.refused;
    if (taken <= 0 || taken >= this.#value) return false;
    this.#goodReplies = 0;
    this.#held = taken;
    this.#value = taken;
    return true;
  }

  #takeBack(): boolean {
    if (!this.#isTrying) return false;
    this.#isTrying = false;
    this.#value = this.#held;
    this.#goodReplies = 0;
    this.#patience = Math.min(MOST_PATIENCE, this.#patience * PATIENCE_FACTOR);
    return true;
  }

  #count(what: "good" | "refused"): void {
    this.#recent[what] += 1;
    const { good, refused } = this.#recent;
    if (good + refused > Math.max(LEAST_WINDOW, 2 * this.#value))
      this.#recent = { good: good / 2, refused: refused / 2 };
  }
}
