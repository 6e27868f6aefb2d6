/**
 * How many calls an endpoint takes at once, learned from its answers: additive increase, multiplicative decrease (Chiu and Jain 1989),
 * but a refusal says more here than a lost packet: so many were in flight when it went out, and were taken. The limit falls to that
 * where it can, by a factor where it cannot. Owns the figure alone. Time is given.
 *
 * 1. Never above the ceiling, never below one.
 * 2. Refusals near the limit, or many one after the other beyond what was ever answered at once, make the limit what was taken.
 *    Rare ones say nothing.
 * 3. A refusal with fewer in flight than have been answered at once is not for their number: it is for a rate, or the business of
 *    the lane that met it. The limit stays.
 * 4. Where next to nothing is answered the limit falls step by step, and is soon up again when the first replies come.
 * 5. After a round of good replies more is tried, twice as much after each try that held. A try that is refused is taken back, and
 *    made again much later.
 * 6. An endpoint that keeps calls waiting is given as many as it works on, and a few that are there when one ends.
 */
const DECREASE = 0.7;
/** Where nothing is answered the limit falls so often. */
const OUTAGE_STEP_MS = 1000;
const OUTAGE_REFUSALS = 3;
/** So many refused of so many calls that went out one after the other, beyond what was answered at once, are for their number. */
const BURST = { refused: 8, of: 15 } as const;
/** More than this share refused, and the endpoint may take nothing, or less than it did. */
const MOST = 0.5;
/** Refusals that are at most this share of the newest answers say nothing. */
const TOLERATED_SHARE = 0.1;
/** The newest answers are as many as two rounds of calls, and at least so many; older ones count half, and half again. */
const LEAST_WINDOW = 40;
/** Of the limit, or of what has been answered at once: within this share of it is near it. */
const NEAR = 0.9;
/** Rounds of good replies before more is tried: so many times more after each try that failed. */
const PATIENCE_FACTOR = 4;
const MOST_PATIENCE = 16;
/** Of what an endpoint works on at once so much is sent, and one more: a figure that is learned is not exact. */
const SURPLUS = 1.2;
/** It keeps calls waiting where it works on less than this share of the limit. */
const WAITING_SHARE = 0.5;

/**
 * What a refusal was for, as it seems. `number`: the calls in flight; `burst`: these, in a burst that begins. `silent`: the endpoint
 * takes nothing. `rate`: a rate. `stray`: nothing that is known.
 */
export type Refused = "number" | "burst" | "silent" | "rate" | "stray";

export interface RefusedCall {
  /** Its place among all that went out. */
  place: number;
  /** Calls that were in flight when it went out, without those that were refused themselves. */
  taken: number;
  /** Falling below a rate has not been tried in vain. */
  mayBeRate: boolean;
}

export class ConcurrencyLimit {
  /** The user's, what the endpoint has named, and the lower of them. */
  #allowed: number;
  #named = Infinity;
  #ceiling: number;
  #value: number;
  /** The limit that last held: below it a good reply is enough to rise. */
  #held: number;
  #step = 1;
  #goodReplies = 0;
  /** The limit is above what has held, to see whether that holds too. */
  #isTrying = false;
  #patience = 1;
  #recent = { good: 0, refused: 0 };
  #silentAt = -Infinity;
  /** The places of the newest refusals beyond what was answered at once. */
  readonly #beyond: number[] = [];
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

  /** What those who share the endpoint allow now. */
  allow(ceiling: number): void {
    this.#allowed = ceiling;
    this.#bound();
  }

  /** The endpoint has named how many it takes; the lowest that it ever named holds. */
  name(ceiling: number): void {
    this.#named = Math.min(this.#named, ceiling);
    this.#bound();
  }

  /** A ceiling that falls takes the limit along; one that rises does where nothing else has lowered it. */
  #bound(): void {
    const before = this.#ceiling;
    this.#ceiling = Math.max(1, Math.min(this.#allowed, this.#named));
    const bounded = (value: number): number => (value === before ? this.#ceiling : Math.min(value, this.#ceiling));
    this.#held = this.#value === before ? this.#ceiling : Math.min(this.#held, this.#ceiling);
    this.#value = bounded(this.#value);
  }

  /** The endpoint works on so many calls at once and lets the others wait. */
  keptWaiting(atOnce: number): void {
    const value = Math.ceil(SURPLUS * atOnce) + 1;
    if (atOnce >= WAITING_SHARE * this.#value || value >= this.#value) return;
    this.#fallTo(value);
    this.#loseHeart();
  }

  /** `atOnce`: calls that were in flight when the answered one went out, itself included. */
  answered(atOnce: number): void {
    this.#count("good");
    this.#answeredAtOnce = Math.max(this.#answeredAtOnce, atOnce);
    this.#goodReplies += 1;
    if (this.#value >= this.#ceiling) return;
    if (this.#value < this.#held) return this.#rise(1);
    if (this.#goodReplies < this.#value * this.#patience) return;
    if (this.#isTrying) {
      this.#step *= 2;
      this.#patience = 1;
    }
    this.#held = this.#value;
    this.#isTrying = true;
    this.#rise(this.#step);
  }

  refused(now: number, { place, taken, mayBeRate }: RefusedCall): Refused {
    this.#count("refused");
    const { good, refused } = this.#recent;
    const share = refused / (good + refused);
    if (this.#isTrying && taken >= NEAR * this.#held) {
      this.#fallTo(this.#held);
      this.#loseHeart();
      return "number";
    }
    if (taken === 0) return share > MOST ? this.#fallSilent(now) : "stray";
    if (taken < NEAR * this.#answeredAtOnce) {
      if (share <= TOLERATED_SHARE) return "stray";
      if (mayBeRate || share <= MOST) return "rate";
      // It takes less than it once did.
      this.#answeredAtOnce = taken;
    } else if (taken < NEAR * this.#value) {
      if (!this.#isBurst(place)) return "number";
      this.#fallTo(taken);
      return "burst";
    }
    if (share > TOLERATED_SHARE && taken < this.#value) this.#fallTo(taken);
    return "number";
  }

  /** Refusals do not come back in the order of their calls. */
  #isBurst(place: number): boolean {
    this.#beyond.push(place);
    if (this.#beyond.length > 2 * BURST.of) this.#beyond.shift();
    return this.#beyond.filter((other) => other <= place && other > place - BURST.of).length >= BURST.refused;
  }

  #fallSilent(now: number): Refused {
    if (this.#recent.refused >= OUTAGE_REFUSALS && now - this.#silentAt >= OUTAGE_STEP_MS) {
      this.#silentAt = now;
      // What held before the endpoint fell silent tells more than what does now.
      const held = this.#held;
      this.#fallTo(Math.max(1, Math.floor(this.#value * DECREASE)));
      this.#held = held;
    }
    return "silent";
  }

  #rise(by: number): void {
    this.#goodReplies = 0;
    this.#value = Math.min(this.#ceiling, this.#value + by);
  }

  #fallTo(value: number): void {
    this.#value = value;
    this.#held = value;
    this.#isTrying = false;
    this.#step = 1;
    this.#goodReplies = 0;
  }

  #loseHeart(): void {
    this.#patience = Math.min(MOST_PATIENCE, this.#patience * PATIENCE_FACTOR);
  }

  #count(what: "good" | "refused"): void {
    this.#recent[what] += 1;
    const { good, refused } = this.#recent;
    if (good + refused > Math.max(LEAST_WINDOW, 2 * this.#value))
      this.#recent = { good: good / 2, refused: refused / 2 };
  }
}
