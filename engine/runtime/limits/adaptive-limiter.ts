/**
 * Who may call an endpoint next, how many at once and how many a minute: the model slots of one endpoint and key, shared by all
 * runs that use it. What is learned of its limits is the policy's (`policy/limits`), the order `semaphore.ts`'s; this owns when
 * somebody is let through.
 *
 * 1. Never more calls in flight than the ceiling, and no more a minute than the user allows.
 * 2. What a provider asks for by `retry-after` is kept: nothing is let through before.
 * 3. A refusal of which the provider says that a rate is used up says nothing of how many calls may be in flight.
 * 4. Where the account is refused (quota, key, address) nothing is let through for a moment: a run that pauses itself has time to.
 * 5. With more calls in flight than an endpoint has answered at once before, leave is given no faster than calls go out, which takes
 *    this process some milliseconds each: where it refuses the hundredth, a few dozen more are under way, not all.
 * 6. A call that had leave and was never on its way has used up nothing of a rate.
 * 7. It has a timer only while somebody waits for time to pass: one that is paused keeps no process alive.
 */
import type { Signal, SignalKind } from "../../../state/signal.ts";
import type { Clock } from "../../ports/clock.ts";
import type {
  CallAsking,
  CallReport,
  CallPermit,
  LimitChange,
  ModelLimiter,
  RateCaps,
  RateLimits,
} from "../../ports/limits.ts";
import { CallsUnderWay, CallUnderWay } from "../../policy/limits/calls-under-way.ts";
import { ConcurrencyLimit, type Refused } from "../../policy/limits/concurrency-limit.ts";
import type { PausingKind } from "../../policy/recovery/policy.ts";
import { RateGate, type GatedCall } from "../../policy/limits/rate-gate.ts";
import { Semaphore } from "../waiting/semaphore.ts";

/** So many calls at most have leave and are not on their way yet, while there are more than ever before. */
const MOST_UNSENT = 20;
/** A call that never says that it is on its way does not hold up the rest for longer. */
const RAMP_STEP_MS = 10;
/** A refusal without `retry-after` pauses the endpoint for so long. */
const DEFAULT_PAUSE_MS = 500;
/** After these nothing is let through for a moment. */
const PAUSING: ReadonlySet<Refused> = new Set(["burst", "silent"]);
/** Whether no call of this endpoint and key fares better. */
const ENDING: Partial<Record<SignalKind, boolean>> & Record<PausingKind, boolean> = {
  quota: true,
  auth: true,
  endpoint: true,
  model: false,
};
const LONGEST_PAUSE_MS = 60_000;
const NOBODY_WAITS = new DOMException("nobody waits for the endpoint", "AbortError");

/** A call that has leave, or waits for it. */
type Call = CallAsking & CallUnderWay & GatedCall;

export class AdaptiveLimiter implements ModelLimiter {
  readonly #clock: Clock;
  readonly #slots: Semaphore<Call>;
  readonly #concurrency: ConcurrencyLimit;
  readonly #gate = new RateGate();
  readonly #underWay = new CallsUnderWay();
  readonly #onChange: (change: LimitChange) => void;
  #pausedUntil = -Infinity;
  /** Calls that have leave and are not on their way. */
  #unsent = 0;
  /** When leave was last given. */
  #passedAt = -Infinity;
  /** Runs while somebody waits for time to pass. */
  #timer: { stop: AbortController; at: number } | undefined;

  constructor(ceiling: number, clock: Clock, onChange: (change: LimitChange) => void = () => undefined) {
    this.#clock = clock;
    this.#concurrency = new ConcurrencyLimit(ceiling);
    this.#onChange = onChange;
    this.#slots = new Semaphore<Call>(ceiling, {
      waitMs: (call) => this.#waitMs(call),
      onWait: (ms) => this.#wakeIn(ms),
      onGrant: (call) => this.#pass(call),
    });
  }

  get limit(): number {
    return this.#concurrency.value;
  }

  get inFlight(): number {
    return this.#slots.held;
  }

  /** The ceiling and the rates that those who share this endpoint allow now. */
  allow(ceiling: number, rates: RateCaps = {}): void {
    this.#gate.allow(rates, this.#clock.now());
    this.#concurrency.allow(ceiling);
    this.#slots.resize(this.limit);
  }

  async acquire(asking: CallAsking, signal: AbortSignal): Promise<CallPermit> {
    const call: Call = Object.assign(new CallUnderWay(), asking);
    await this.#slots.acquire(call, signal);
    return {
      sent: () => this.#sent(call),
      heard: () => this.#underWay.heard(call, this.#clock.now()),
      waitedUntil: () => call.waitedUntil,
      report: (outcome) => this.#report(call, outcome, this.#clock.now()),
      release: () => this.#release(call),
    };
  }

  #sent(call: Call): void {
    if (call.isSent) return;
    this.#underWay.sent(call, this.#clock.now());
    this.#unsent -= 1;
    if (this.#isRamping()) this.#slots.serve();
  }

  #report(call: Call, { signal, limits, tokens }: CallReport, now: number): void {
    const isNamed = this.#gate.report(call, { limits, tokens }, now);
    if (isNamed) this.#tell("the endpoint names its limits");
    const { concurrency: named } = limits ?? {};
    if (named !== undefined)
      this.#learn(`the endpoint takes ${named} calls at once`, () => this.#concurrency.name(named));
    if (signal === undefined) this.#answered(call, now);
    else if (signal.kind === "rate-limit") this.#refused(call, { signal, isRate: isUsedUp(call, limits), now });
    else if (ENDING[signal.kind] === true) this.#hold(now + DEFAULT_PAUSE_MS);
    this.#slots.serve();
  }

  #release(call: Call): void {
    if (call.isSent) this.#underWay.ended(call);
    else {
      this.#gate.takeBack(call, this.#clock.now());
      this.#unsent -= 1;
    }
    this.#slots.release();
  }

  #answered(call: Call, now: number): void {
    this.#learn("good replies", () => {
      this.#concurrency.answered(call.isSent ? call.ahead + 1 : 0);
      return this.#gate.answered(now);
    });
    const atOnce = call.isSent ? this.#underWay.answered(call, now) : undefined;
    if (atOnce === undefined) return;
    const reason = `the endpoint works on ${Math.round(atOnce)} calls at once and keeps the others waiting`;
    this.#learn(reason, () => this.#concurrency.keptWaiting(atOnce));
  }

  #refused(call: Call, { signal, isRate, now }: { signal: Signal; isRate: boolean; now: number }): void {
    const { retryAfterMs, evidence } = signal;
    this.#underWay.refused(call);
    let pauses = isRate;
    if (!isRate) {
      const { place, isSent, ahead } = call;
      this.#learn(evidence, () => {
        const taken = isSent ? ahead : 0;
        const what = this.#concurrency.refused(now, { place, taken, mayBeRate: this.#gate.canLearn(now) });
        pauses = PAUSING.has(what);
        return this.#gate.refused(call, what, now);
      });
    }
    if (retryAfterMs !== undefined) this.#hold(now + Math.min(LONGEST_PAUSE_MS, retryAfterMs));
    else if (pauses) this.#hold(now + DEFAULT_PAUSE_MS);
  }

  /** `act` may change the limit; true: it has changed a rate. */
  #learn(reason: string, act: () => boolean | void): void {
    const before = this.limit;
    const hasRate = act() === true;
    if (this.limit !== before) this.#slots.resize(this.limit);
    if (this.limit !== before || hasRate) this.#tell(reason);
  }

  #tell(reason: string): void {
    this.#onChange({ limit: this.limit, reason, ...this.#gate.told() });
  }

  #hold(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  /** Milliseconds until the call may go, were there a slot; 0: now. */
  #waitMs(call: Call): number {
    const now = this.#clock.now();
    return Math.max(0, Math.ceil(this.#pausedUntil - now), this.#rampMs(now), this.#gate.waitMs(call, now));
  }

  #pass(call: Call): void {
    const now = this.#clock.now();
    this.#unsent += 1;
    this.#passedAt = now;
    this.#gate.pass(call, now);
  }

  #rampMs(now: number): number {
    if (this.#unsent < MOST_UNSENT || !this.#isRamping()) return 0;
    return Math.max(0, this.#passedAt + RAMP_STEP_MS - now);
  }

  #isRamping(): boolean {
    return this.#slots.held >= this.#concurrency.answeredAtOnce;
  }

  /** A timer for the one who is next and waits for nothing but time; none where there is no such one. */
  #wakeIn(ms: number | undefined): void {
    const at = ms === undefined ? Infinity : this.#clock.now() + ms;
    if (this.#timer !== undefined && this.#timer.at <= at && ms !== undefined) return;
    this.#timer?.stop.abort(NOBODY_WAITS);
    this.#timer = undefined;
    if (ms === undefined) return;
    const stop = new AbortController();
    this.#timer = { stop, at };
    const wake = (): void => {
      this.#timer = undefined;
      this.#slots.serve();
    };
    // Aborted: nobody waits any more, or somebody for less.
    this.#clock.sleep(ms, stop.signal).then(wake, () => undefined);
  }
}

/** Whether a refusal says that a rate is used up: nothing of it is left, or less than the call would have taken. */
function isUsedUp({ tokens, spent }: Call, limits: RateLimits | undefined): boolean {
  if (limits?.isUsedUp === true) return true;
  const remaining = limits?.tokens?.remaining;
  return remaining !== undefined && remaining < (spent?.tokens.amount || (tokens?.() ?? 0));
}
