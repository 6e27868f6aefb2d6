/**
 * How many calls an endpoint takes at once, learned from its answers: a limit that falls when it refuses and rises again slowly
 * (additive increase, multiplicative decrease: Chiu and Jain 1989; up to where it last held it rises with each good reply, as
 * TCP's slow start does: RFC 5681). Owns the figure alone. Time is given.
 *
 * 1. Never above the ceiling, never below one.
 * 2. A refusal tells how many calls the endpoint had taken and not yet answered: where that is near the limit, the limit becomes it.
 *    Where it is far below, calls were refused in one burst: that lowers the limit once, and when it is over, to what was taken.
 * 3. A refusal now and then among good replies is the business of the lane that met it: it changes nothing here, unless the
 *    limit had just been raised to see whether more holds: then that is taken back, and tried again much later.
 * 4. An endpoint that refuses with far fewer calls in flight than it has answered before does not refuse for their number: that is a
 *    rate, and the limit stays.
 */
const DECREASE = 0.7;
/** Refusals within so many milliseconds are one burst. */
const BURST_MS = 1000;
/** Refusals that are at most this share of the newest answers say nothing of the limit. */
const TOLERATED_SHARE = 0.1;
/** The newest answers are as many as two rounds of calls, and at least so many; older ones count half, and half again. */
const LEAST_WINDOW = 40;
/** Rounds of good replies before more is tried: so many times more after each try that failed. */
const PATIENCE_FACTOR = 4;
const MOST_PATIENCE = 64;
/** Of the limit, or of what has been answered at once: within this share of it is near it. */
const NEAR = 0.9;

/**
 * `passed`: nothing follows from it. `below`: nor from this one, unless a rate is known to be what is refused. `backed`: a trial was taken back. `set`: the limit became what is taken. `lowered`: a burst
 * begins. `counted`: part of a burst. `rate`: not the number of calls was refused but their rate.
 */
export type Refused = "passed" | "below" | "backed" | "set" | "lowered" | "counted" | "rate";

export class ConcurrencyLimit {
  #ceiling: number;
  #value: number;
  /** The limit that last held: below it a good reply is enough to rise. */
  #held: number;
  /** By how much the next trial goes above what has held: twice as much after each that held. */
  #step = 1;
  #goodReplies = 0;
  /** The limit is above what has held, to see whether that holds too. */
  #isTrying = false;
  #patience = 1;
  #recent = { good: 0, refused: 0 };
  #loweredAt = -Infinity;
  #burst: { taken: number } | undefined;
  #answeredAtOnce = 0;

  constructor(ceiling: number) {
    this.#ceiling = ceiling;
    this.#value = ceiling;
    this.#held = ceiling;
  }

  get value(): number {
    return this.#value;
  }

  /** The most calls that the endpoint had in flight at once and answered, as far as it has answered. */
  get answeredAtOnce(): number {
    return this.#answeredAtOnce;
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

  /** `atOnce`: calls that were in flight when the answered one went out, itself included. True: the limit rose. */
  answered(atOnce: number): boolean {
    this.#count("good");
    this.#answeredAtOnce = Math.max(this.#answeredAtOnce, atOnce);
    this.#goodReplies += 1;
    if (this.#value >= this.#ceiling || this.#burst !== undefined) return false;
    if (this.#value < this.#held) return this.#rise(1);
    if (this.#goodReplies < this.#value * this.#patience) return false;
    if (this.#isTrying) this.#step *= 2;
    this.#held = this.#value;
    this.#isTrying = true;
    return this.#rise(this.#step);
  }

  /** `taken`: calls that were in flight when the refused one went out, without those that were refused themselves. */
  refused(now: number, taken: number): Refused {
    this.#count("refused");
    if (this.#burst !== undefined) this.#burst.taken = Math.min(this.#burst.taken, taken);
    if (this.#takeBack()) return "backed";
    const { good, refused } = this.#recent;
    const isBelow = taken > 0 && taken < NEAR * this.#answeredAtOnce;
    if (refused <= TOLERATED_SHARE * (good + refused)) return isBelow ? "below" : "passed";
    if (now - this.#loweredAt < BURST_MS) return "counted";
    if (isBelow) return this.#blameRate();
    if (taken >= NEAR * this.#value) return this.#setTo(taken);
    return this.#lower(now, taken);
  }

  /** The burst is over: no call of it is still to be refused. True: the limit fell to those that were taken. */
  endBurst(): boolean {
    const burst = this.#burst;
    this.#burst = undefined;
    // What is said has been heard.
    if (burst !== undefined) this.#recent = { good: 0, refused: 0 };
    const taken = burst?.taken ?? 0;
    if (taken <= 0 || taken >= this.#value) return false;
    this.#fallTo(taken);
    return true;
  }

  #rise(by: number): true {
    this.#goodReplies = 0;
    this.#value = Math.min(this.#ceiling, this.#value + by);
    return true;
  }

  #lower(now: number, taken: number): "lowered" {
    this.#loweredAt = now;
    this.#burst = { taken };
    const lower = Math.max(1, Math.floor(this.#value * DECREASE));
    // Where nothing at all is answered the refusals tell nothing of how much is too much.
    const held = this.#goodReplies > 0 ? lower : this.#held;
    this.#fallTo(lower);
    this.#held = held;
    return "lowered";
  }

  #setTo(taken: number): Refused {
    if (taken >= this.#value) return "passed";
    this.#fallTo(Math.max(1, taken));
    return "set";
  }

  #fallTo(value: number): void {
    this.#value = value;
    this.#held = value;
    this.#isTrying = false;
    this.#step = 1;
    this.#goodReplies = 0;
  }

  /** What was tried in vain before may have been refused for the rate. */
  #blameRate(): "rate" {
    this.#patience = 1;
    return "rate";
  }

  #takeBack(): boolean {
    if (!this.#isTrying) return false;
    this.#fallTo(this.#held);
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
