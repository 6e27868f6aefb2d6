/**
 * Who may call an endpoint next, how many at once and how many a minute: the model slots of one endpoint and key, shared by all
 * runs that use it. What is learned of its limits is `concurrency-limit.ts`'s and `told-quota.ts`'s, the order
 * `semaphore.ts`'s; this owns when somebody is let through.
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
import type { Signal } from "../../../state/signal.ts";
import type { Clock } from "../../ports/clock.ts";
import type {
  CallAsking,
  CallOutcome,
  CallPermit,
  LimitChange,
  ModelLimiter,
  RateCaps,
  RateLimits,
} from "../../ports/limits.ts";
import { Semaphore } from "./semaphore.ts";
import { CallsUnderWay, CallUnderWay } from "../../policy/limits/calls-under-way.ts";
import { ConcurrencyLimit, type Refused } from "../../policy/limits/concurrency-limit.ts";
import { KeptWaiting } from "../../policy/limits/kept-waiting.ts";
import { RateGate, type GateMark } from "../../policy/limits/rate-gate.ts";

/** So many calls at most have leave and are not on their way yet, while there are more than ever before. */
const MOST_UNSENT = 20;
/** A call that never says that it is on its way does not hold up the rest for longer. */
const RAMP_STEP_MS = 10;
/** A refusal without `retry-after` pauses the endpoint for so long. */
const DEFAULT_PAUSE_MS = 500;
/** After these nothing is let through for a moment; by these the limit has changed. */
const PAUSING: ReadonlySet<Refused> = new Set(["lowered", "counted", "silent", "waiting"]);
const CHANGING: ReadonlySet<Refused> = new Set(["backed", "set", "lowered", "silent"]);
/** No call of this endpoint and key fares better. */
const ENDING: ReadonlySet<Signal["kind"]> = new Set(["quota", "auth", "endpoint"]);
const LONGEST_PAUSE_MS = 60_000;
const NOBODY_WAITS = new DOMException("nobody waits for the endpoint", "AbortError");

class Permit extends CallUnderWay implements CallPermit {
  readonly run: string;
  readonly priority: number;
  readonly isUrgent: boolean;
  readonly tokens: (() => number) | undefined;
  mark: GateMark | undefined;

  constructor({ run, priority, isUrgent, tokens }: CallAsking) {
    super();
    this.run = run;
    this.priority = priority;
    this.isUrgent = isUrgent;
    this.tokens = tokens;
  }
}

export class AdaptiveLimiter implements ModelLimiter {
  readonly #clock: Clock;
  readonly #slots: Semaphore<Permit>;
  readonly #concurrency: ConcurrencyLimit;
  readonly #gate: RateGate;
  readonly #waiting = new KeptWaiting();
  readonly #onChange: (change: LimitChange) => void;
  #pausedUntil = -Infinity;
  /** Calls that have leave and are not on their way. */
  #unsent = 0;
  readonly #underWay = new CallsUnderWay();
  /** When leave was last given. */
  #passedAt = -Infinity;
  /** Runs while somebody waits for time to pass. */
  #timer: { stop: AbortController; at: number } | undefined;

  constructor(ceiling: number, clock: Clock, onChange: (change: LimitChange) => void = () => undefined) {
    this.#clock = clock;
    this.#concurrency = new ConcurrencyLimit(ceiling);
    this.#gate = new RateGate();
    this.#onChange = onChange;
    this.#slots = new Semaphore<Permit>(ceiling, {
      mayGo: (permit) => this.#waitMs(permit) === 0,
      onGrant: (permit) => this.#pass(permit),
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
    if (!this.#concurrency.allow(ceiling)) return;
    this.#slots.resize(this.limit);
    this.#watch();
  }

  async acquire(asking: CallAsking, signal: AbortSignal): Promise<CallPermit> {
    this.#endPause();
    const permit = new Permit(asking);
    const slot = this.#slots.acquire(permit, signal);
    this.#watch();
    try {
      await slot;
      return permit;
    } catch (error) {
      this.#watch();
      throw error;
    }
  }

  sent(permit: CallPermit): void {
    const sent = permit as Permit;
    if (!sent.isSent) this.#underWay.sent(sent, this.#clock.now());
    this.#noteSent(sent);
    if (!this.#isRamping()) return;
    this.#slots.serve();
    this.#watch();
  }

  heard(permit: CallPermit, now: number): void {
    this.#underWay.heard(permit as Permit, now);
  }

  waitedUntil(permit: CallPermit): number {
    return (permit as Permit).waitedUntil;
  }

  release(permit: CallPermit): void {
    const { isSent, mark } = permit as Permit;
    if (isSent) this.#underWay.ended(permit as Permit);
    else if (mark !== undefined) this.#gate.takeBack(mark, this.#clock.now());
    this.#noteSent(permit as Permit);
    this.#endPause();
    this.#slots.release();
    this.#watch();
  }

  report(permit: CallPermit, { signal, limits, tokens }: CallOutcome, now: number): void {
    const { mark } = permit as Permit;
    this.#endPause();
    if (mark !== undefined && this.#gate.report(mark, { limits, tokens, isRefused: signal !== undefined }, now))
      this.#changed("the endpoint names its limits");
    if (limits?.concurrency !== undefined && this.#concurrency.name(limits.concurrency))
      this.#resized(limits.concurrency);
    if (signal === undefined) this.#answered(permit as Permit, now);
    else if (signal.kind === "rate-limit")
      this.#refused(signal, { permit: permit as Permit, isRate: isUsedUp(permit as Permit, limits), now });
    else if (ENDING.has(signal.kind)) this.#hold(now + DEFAULT_PAUSE_MS);
    this.#watch();
  }

  #resized(named: number): void {
    this.#slots.resize(this.limit);
    this.#changed(`the endpoint takes ${named} calls at once`);
  }

  #answered(permit: Permit, now: number): void {
    const { isSent, ahead } = permit;
    if (isSent) this.heard(permit, now);
    const isHigher = this.#concurrency.answered(isSent ? ahead + 1 : 0);
    if (isHigher) this.#slots.resize(this.limit);
    if (this.#gate.answered(now) || isHigher) this.#changed("good replies");
    if (isSent) this.#learnSlots(permit, now);
  }

  #learnSlots({ ahead, overtakenBy, sentAt, begunAt = sentAt }: Permit, now: number): void {
    const times = { firstMs: begunAt - sentAt, totalMs: now - sentAt };
    const atOnce = this.#waiting.answered({ ahead, overtakenBy, ...times });
    if (atOnce === undefined || !this.#concurrency.keptWaiting(atOnce)) return;
    this.#slots.resize(this.limit);
    this.#changed(`the endpoint works on ${Math.round(atOnce)} calls at once and keeps the others waiting`);
  }

  #refused(signal: Signal, { permit, isRate, now }: { permit: Permit; isRate: boolean; now: number }): void {
    if (signal.retryAfterMs !== undefined) this.#hold(now + Math.min(LONGEST_PAUSE_MS, signal.retryAfterMs));
    this.#underWay.refused(permit);
    if (isRate) {
      if (signal.retryAfterMs === undefined) this.#hold(now + DEFAULT_PAUSE_MS);
      return;
    }
    const what = this.#concurrency.refused(now, {
      place: permit.place,
      taken: permit.isSent ? permit.ahead : 0,
      mayBeRate: this.#gate.canLearn(now),
    });
    if (this.#gate.refused(what, now)) this.#changed(`refused for a rate: ${signal.evidence}`);
    if (PAUSING.has(what) && signal.retryAfterMs === undefined) this.#hold(now + DEFAULT_PAUSE_MS);
    if (!CHANGING.has(what)) return;
    this.#slots.resize(this.limit);
    this.#changed(signal.evidence);
  }

  #changed(reason: string): void {
    this.#onChange({ limit: this.limit, reason, ...this.#gate.told() });
  }

  #hold(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  #endPause(): void {
    if (this.#clock.now() < this.#pausedUntil || !this.#concurrency.endBurst()) return;
    this.#slots.resize(this.limit);
    this.#changed("those of a burst that were taken");
  }

  /** Milliseconds until the call may go, were there a slot; 0: now. */
  #waitMs(permit: Permit): number {
    const now = this.#clock.now();
    return Math.max(0, Math.ceil(this.#pausedUntil - now), this.#rampMs(now), this.#gate.waitMs(permit, now));
  }

  #pass(permit: Permit): void {
    const now = this.#clock.now();
    this.#unsent += 1;
    this.#passedAt = now;
    permit.mark = this.#gate.pass(permit, now);
  }

  #rampMs(now: number): number {
    if (this.#unsent < MOST_UNSENT || !this.#isRamping()) return 0;
    return Math.max(0, this.#passedAt + RAMP_STEP_MS - now);
  }

  #isRamping(): boolean {
    return this.#slots.held >= this.#concurrency.answeredAtOnce;
  }

  #noteSent(permit: Permit): void {
    if (permit.isSent) return;
    permit.isSent = true;
    this.#unsent -= 1;
  }

  /** A timer for the one who is next and waits for nothing but time; none where there is no such one. */
  #watch(): void {
    const next = this.#slots.next();
    if (next === undefined) return this.#stopTimer();
    const at = this.#clock.now() + this.#waitMs(next);
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#stopTimer();
    void this.#serveAt(at);
  }

  async #serveAt(at: number): Promise<void> {
    const stop = new AbortController();
    this.#timer = { stop, at };
    try {
      await this.#clock.sleep(Math.max(0, at - this.#clock.now()), stop.signal);
    } catch {
      // Nobody waits any more, or somebody for less.
      return;
    }
    this.#timer = undefined;
    this.#endPause();
    this.#slots.serve();
    this.#watch();
  }

  #stopTimer(): void {
    this.#timer?.stop.abort(NOBODY_WAITS);
    this.#timer = undefined;
  }
}

/** Whether a refusal says that a rate is used up: nothing of it is left, or less than the call would have taken. */
function isUsedUp({ tokens, mark }: Permit, limits: RateLimits | undefined): boolean {
  if (limits?.isUsedUp === true) return true;
  const remaining = limits?.tokens?.remaining;
  return remaining !== undefined && remaining < (mark?.spent || (tokens?.() ?? 0));
}
