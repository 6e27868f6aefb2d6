/**
 * How many calls an endpoint takes at once, learned from its answers: a limit that falls when it refuses and rises again slowly
 * (additive increase, multiplicative decrease: Chiu and Jain 1989; up to where it last held it rises with each good reply, as
 * TCP's slow start does: RFC 5681). Owns the figure alone. Time is given.
 *
 * 1. Never above the ceiling, never below one.
 * 2. Calls that are refused one after the other, with more in flight than were ever answered at once, are a burst: it lowers the limit
 *    once, and when it is over, to what was taken of it.
 * 3. A refusal with as many in flight as the limit allows, or nearly, makes the limit what was taken, unless refusals are rare.
 * 4. A refusal with fewer in flight than have been answered at once is not for their number: it is for a rate, or the business of
 *    the lane that met it. The limit stays.
 * 5. Where next to nothing is answered the limit falls step by step, and is soon up again when the first replies come.
 * 6. A raise that is refused is taken back, and tried again much later.
 * 7. An endpoint that keeps calls waiting is given as many as it works on, and a few that are there when one ends.
 */
const DECREASE = 0.7;
/** Refusals within so many milliseconds lower the limit once. */
const BURST_MS = 1000;
/** So many refusals, and more than this share of all calls that went out since the first of them, are a burst. */
const BURST_REFUSALS = 8;
const BURST_SHARE = 0.5;
/** Refusals that are at most this share of the newest answers say nothing. */
const TOLERATED_SHARE = 0.1;
/** More than this share refused, of so many at least, and nothing in flight: the endpoint takes nothing. */
const OUTAGE_SHARE = 0.5;
const OUTAGE_REFUSALS = 3;
/** The newest answers are as many as two rounds of calls, and at least so many; older ones count half, and half again. */
const LEAST_WINDOW = 40;
/** Of the limit, or of what has been answered at once: within this share of it is near it. */
const NEAR = 0.9;
/** Rounds of good replies before more is tried: so many times more after each try that failed. */
const PATIENCE_FACTOR = 4;
const MOST_PATIENCE = 16;

/**
 * `passed`: nothing follows from it. `backed`: a trial was taken back. `set`: the limit became what is taken. `lowered`: it fell, for a
 * burst begins; `counted`: it has fallen for this just now. `silent`: it fell, for the endpoint takes nothing; `waiting`: nor here, but it
 * has fallen just now, or this is one of the first. `rate`: not the number of calls was refused but, it seems, their rate; `stray`: or
 * this one alone, for all that is known.
 */
export type Refused = "passed" | "backed" | "set" | "lowered" | "counted" | "silent" | "waiting" | "rate" | "stray";

export interface RefusedCall {
  /** Its place among all that went out. */
  place: number;
  /** Calls that were in flight when it went out, without those that were refused themselves. */
  taken: number;
  /** Falling below a rate has not been tried in vain. */
  mayBeRate: boolean;
}

/** Of what an endpoint works on at once so much is sent, and one more: a figure that is learned is not exact. */
const SURPLUS = 1.2;
/** It keeps calls waiting where it works on less than this share of the limit. */
const WAITING_SHARE = 0.5;

export class ConcurrencyLimit {
  #ceiling: number;
  /** The user's, and what the endpoint has named. */
  #allowed: number;
  #named = Infinity;
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
  /** Refusals beyond what was answered at once, since the first that may be a burst. */
  #beyond = { from: -Infinity, refused: 0 };
  /** A burst that is not over: what was taken of it, as far as is known. */
  #burst: { taken: number } | undefined;
  #answeredAtOnce = 0;

  constructor(ceiling: number) {
    this.#allowed = ceiling;
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

  /** What those who share the endpoint allow now. True: the limit is another. */
  allow(ceiling: number): boolean {
    this.#allowed = ceiling;
    return this.#bound();
  }

  /** The endpoint has named how many it takes; the lowest that it ever named holds. True: the limit fell. */
  name(ceiling: number): boolean {
    this.#named = Math.min(this.#named, ceiling);
    return this.#bound();
  }

  /** A ceiling that falls takes the limit along; one that rises does where nothing else has lowered it. */
  #bound(): boolean {
    const [before, wasAtCeiling] = [this.#value, this.#value === this.#ceiling];
    this.#ceiling = Math.max(1, Math.min(this.#allowed, this.#named));
    this.#value = wasAtCeiling ? this.#ceiling : Math.min(this.#value, this.#ceiling);
    this.#held = wasAtCeiling ? this.#ceiling : Math.min(this.#held, this.#ceiling);
    this.#isTrying &&= before <= this.#ceiling;
    return this.#value !== before;
  }

  /** The endpoint works on so many calls at once and lets the others wait. True: the limit fell. */
  keptWaiting(atOnce: number): boolean {
    if (atOnce >= WAITING_SHARE * this.#value) return false;
    const value = Math.ceil(SURPLUS * atOnce) + 1;
    if (value >= this.#value) return false;
    this.#fallTo(value);
    this.#patience = Math.min(MOST_PATIENCE, this.#patience * PATIENCE_FACTOR);
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
    if (this.#isTrying) {
      this.#step *= 2;
      this.#patience = 1;
    }
    this.#held = this.#value;
    this.#isTrying = true;
    return this.#rise(this.#step);
  }

  refused(now: number, { place, taken, mayBeRate }: RefusedCall): Refused {
    this.#count("refused");
    if (this.#burst !== undefined) this.#burst.taken = Math.min(this.#burst.taken, taken);
    if (this.#isTrying && taken >= NEAR * this.#held) return this.#takeBack();
    const { good, refused } = this.#recent;
    const share = refused / (good + refused);
    if (taken === 0) return share > OUTAGE_SHARE ? this.#fallSilent(now) : "stray";
    if (taken < NEAR * this.#answeredAtOnce) {
      if (share <= TOLERATED_SHARE) return "stray";
      if (mayBeRate || share <= OUTAGE_SHARE) return "rate";
      // It takes less than it once did.
      this.#answeredAtOnce = taken;
      return this.#setTo(taken);
    }
    if (now - this.#loweredAt < BURST_MS) return "counted";
    if (taken < NEAR * this.#value) return this.#isBurst(place) ? this.#lower(now, taken) : "passed";
    return share <= TOLERATED_SHARE ? "passed" : this.#setTo(taken);
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

  #setTo(taken: number): "set" | "passed" {
    if (taken >= this.#value) return "passed";
    this.#fallTo(taken);
    return "set";
  }

  #isBurst(place: number): boolean {
    const { from, refused } = this.#beyond;
    const goesOn = (refused + 1) / (place - from + 1) > BURST_SHARE;
    this.#beyond = goesOn ? { from, refused: refused + 1 } : { from: place, refused: 1 };
    return this.#beyond.refused >= BURST_REFUSALS;
  }

  #rise(by: number): true {
    this.#goodReplies = 0;
    this.#value = Math.min(this.#ceiling, this.#value + by);
    return true;
  }

  #lower(now: number, taken: number): "lowered" {
    this.#loweredAt = now;
    this.#burst = { taken };
    this.#beyond = { from: -Infinity, refused: 0 };
    this.#fallTo(Math.max(1, Math.floor(this.#value * DECREASE)));
    return "lowered";
  }

  #fallSilent(now: number): "silent" | "waiting" {
    if (this.#recent.refused < OUTAGE_REFUSALS || now - this.#loweredAt < BURST_MS) return "waiting";
    this.#loweredAt = now;
    // What held before the endpoint fell silent tells more than what does now.
    const held = this.#held;
    this.#fallTo(Math.max(1, Math.floor(this.#value * DECREASE)));
    this.#held = held;
    return "silent";
  }

  #fallTo(value: number): void {
    this.#value = value;
    this.#held = value;
    this.#isTrying = false;
    this.#step = 1;
    this.#goodReplies = 0;
  }

  #takeBack(): "backed" {
    this.#fallTo(this.#held);
    this.#patience = Math.min(MOST_PATIENCE, this.#patience * PATIENCE_FACTOR);
    return "backed";
  }

  #count(what: "good" | "refused"): void {
    this.#recent[what] += 1;
    const { good, refused } = this.#recent;
    if (good + refused > Math.max(LEAST_WINDOW, 2 * this.#value))
      this.#recent = { good: good / 2, refused: refused / 2 };
  }
}
