import { afterEach, expect, it, vi } from "vitest";
import { SYSTEM_CLOCK } from "../../../adapters/clock/system-clock.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it("sleeps as long as it is told, also for longer than a timer of Node's can", async () => {
  vi.useFakeTimers();
  const days = 60 * 24 * 3_600_000;
  let isAwake = false;
  const sleep = SYSTEM_CLOCK.sleep(days).then(() => (isAwake = true));
  await vi.advanceTimersByTimeAsync(days - 1);
  expect(isAwake).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await sleep;
  const stop = new AbortController();
  const left = SYSTEM_CLOCK.sleep(Number.MAX_SAFE_INTEGER, stop.signal).catch((error: unknown) => error);
  stop.abort("enough");
  expect(await left).toBe("enough");
  expect(vi.getTimerCount()).toBe(0);
});

it("a clock that is set back takes no time away, and one that is set forward is followed", () => {
  const begun = SYSTEM_CLOCK.now();
  expect(Math.abs(begun - Date.now())).toBeLessThan(1000);
  vi.spyOn(Date, "now").mockReturnValue(begun - 3_600_000);
  const elapsed = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 5000);
  const later = SYSTEM_CLOCK.now();
  expect(later - begun).toBeGreaterThanOrEqual(4999);
  expect(later - begun).toBeLessThan(60_000);
  elapsed.mockRestore();
  vi.spyOn(Date, "now").mockReturnValue(begun + 7_200_000);
  expect(SYSTEM_CLOCK.now()).toBeGreaterThanOrEqual(begun + 7_199_999);
});
