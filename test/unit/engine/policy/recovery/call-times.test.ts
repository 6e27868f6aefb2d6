import { describe, expect, it } from "vitest";
import { CallTimes } from "../../../../../engine/policy/recovery/stalls.ts";
import { Detection } from "../../../../../state/recovery-policy.ts";

const limits = Detection.parse({
  straggler: { factor: 4, leastCalls: 3, leastMs: 100, mostExtraCalls: 0.1 },
}).straggler;
const timesOf = (...durations: number[]): CallTimes => {
  const times = new CallTimes();
  for (const ms of durations) times.record("group", ms);
  return times;
};

describe("the threshold of a straggler", () => {
  it("is unknown until enough siblings have ended", () => {
    expect(timesOf(50, 60).threshold("group", limits)).toBeUndefined();
    expect(timesOf(50, 60, 70).threshold("group", limits)).toEqual({ afterMs: 240, medianMs: 60, calls: 3 });
    expect(timesOf(50, 60, 70).threshold("others", limits)).toBeUndefined();
  });

  it("is a multiple of the median, whatever the slowest took, but never below the least", () => {
    expect(timesOf(50, 60, 1_000_000).threshold("group", limits)?.afterMs).toBe(240);
    expect(timesOf(1, 2, 3).threshold("group", limits)?.afterMs).toBe(100);
  });

  it("follows the newest 200 calls", () => {
    const times = timesOf(...Array.from({ length: 200 }, () => 1000));
    for (let call = 0; call < 150; call += 1) times.record("group", 100);
    expect(times.threshold("group", limits)).toEqual({ afterMs: 400, medianMs: 100, calls: 200 });
  });
});

describe("the allowance of second attempts", () => {
  it("is a share of all calls, and one at least", () => {
    const times = timesOf();
    expect([times.takeExtra(limits), times.takeExtra(limits)]).toEqual([true, false]);
    for (let call = 0; call < 25; call += 1) times.record("group", 1);
    // 25 calls: two and a half are allowed, one is taken.
    expect([times.takeExtra(limits), times.takeExtra(limits)]).toEqual([true, false]);
  });

  it("counts calls of all groups", () => {
    const times = timesOf(...Array.from({ length: 10 }, () => 1));
    for (let call = 0; call < 10; call += 1) times.record("another", 1);
    expect([1, 2, 3].map(() => times.takeExtra(limits))).toEqual([true, true, false]);
  });
});
