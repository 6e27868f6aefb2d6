import { describe, expect, it } from "vitest";
import { LearnedRate } from "../../../../../engine/policy/limits/rate-gate.ts";

const START_MS = 1_000_000;

/** Calls that go out evenly for so long, of which every so-manyth is refused; returns the time after them. */
function send(
  rate: LearnedRate,
  { from, ms, everyMs, refuseEvery = 0 }: Record<"from" | "ms" | "everyMs", number> & { refuseEvery?: number },
): number {
  for (let at = from, n = 1; at < from + ms; at += everyMs, n += 1) {
    const call = rate.spend(at);
    if (refuseEvery > 0 && n % refuseEvery === 0) rate.refused(call, false, at);
  }
  return from + ms;
}

/** One more call is refused, for a rate. */
const refuse = (rate: LearnedRate, now: number): boolean => rate.refused(rate.spend(now), true, now);

describe("a rate that is learned from refusals", () => {
  it("makes nobody wait before a rate was refused", () => {
    const rate = new LearnedRate();
    const now = send(rate, { from: START_MS, ms: 5000, everyMs: 1, refuseEvery: 2 });
    expect([rate.waitMs(now), rate.perMinute, rate.answered(now)]).toEqual([0, undefined, false]);
  });

  it("is what was taken in the last seconds, and a little less", () => {
    const rate = new LearnedRate();
    // Fifty a second went out, of which half were taken; long before, a burst of which the rate says nothing.
    let now = send(rate, { from: START_MS, ms: 1000, everyMs: 1 });
    now = send(rate, { from: now + 5000, ms: 5000, everyMs: 20, refuseEvery: 2 });
    expect(refuse(rate, now)).toBe(true);
    expect(rate.perMinute).toBeGreaterThanOrEqual(0.95 * 1500);
    expect(rate.perMinute).toBeLessThanOrEqual(1500);
  });

  it("says nothing after less than a second", () => {
    const rate = new LearnedRate();
    const now = send(rate, { from: START_MS, ms: 900, everyMs: 10, refuseEvery: 2 });
    expect([refuse(rate, now), rate.perMinute]).toEqual([false, undefined]);
  });

  it("lets calls through at its pace, a tenth of a second's worth at once", () => {
    const rate = new LearnedRate();
    let now = send(rate, { from: START_MS, ms: 5000, everyMs: 10, refuseEvery: 2 });
    refuse(rate, now);
    const perMinute = rate.perMinute as number;
    now += 10_000;
    let calls = 0;
    for (const until = now + 60_000; now < until; now += 5) {
      if (rate.waitMs(now) > 0) continue;
      rate.spend(now);
      calls += 1;
    }
    expect(Math.abs(calls - perMinute)).toBeLessThanOrEqual(perMinute / 600 + 1);
  });

  it("rises by little, and only where it made somebody wait; later after each fall", () => {
    const rate = new LearnedRate();
    let now = send(rate, { from: START_MS, ms: 5000, everyMs: 10, refuseEvery: 2 });
    refuse(rate, now);
    const first = rate.perMinute as number;
    expect(rate.answered(now + 5000)).toBe(false);
    const wait = (): void => {
      while (rate.waitMs(now) === 0) rate.spend(now);
    };
    wait();
    expect([rate.answered(now + 999), rate.answered(now + 1000)]).toEqual([false, true]);
    expect(rate.perMinute).toBeGreaterThan(first);
    expect(rate.perMinute).toBeLessThanOrEqual(1.02 * first);
    now = send(rate, { from: now + 1000, ms: 2000, everyMs: 20 });
    expect(refuse(rate, now)).toBe(true);
    wait();
    expect([rate.answered(now + 1500), rate.answered(now + 2000)]).toEqual([false, true]);
  });

  it("is forgotten where whatever comes is refused", () => {
    const rate = new LearnedRate();
    let now = START_MS;
    let known = 0;
    for (let second = 0; second < 40; second += 1) {
      now = send(rate, { from: now, ms: 1100, everyMs: 10, refuseEvery: 4 });
      refuse(rate, now);
      if (rate.perMinute !== undefined) known += 1;
    }
    expect(known).toBeGreaterThan(0);
    expect(known).toBeLessThan(10);
    expect(rate.waitMs(now)).toBe(0);
  });
});
