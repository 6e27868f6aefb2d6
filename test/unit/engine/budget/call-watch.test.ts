import { describe, expect, it } from "vitest";
import { watchCall, type CallLimits } from "../../../../engine/budget/call-watch.ts";
import { HandClock } from "../recovery/hand-clock.ts";

function watching(given: Partial<CallLimits> = {}) {
  const clock = new HandClock();
  const watch = watchCall(clock, { idleMs: 100, callMs: 1000, endsAt: undefined, ...given });
  return { clock, watch };
}

describe("the watch of a call", () => {
  it("ends one in which nothing comes for too long: idle", async () => {
    const { clock, watch } = watching();
    await clock.pass(99);
    expect([watch.signal.aborted, watch.verdict()]).toEqual([false, undefined]);
    await clock.pass(1);
    expect(watch.signal.aborted).toBe(true);
    expect(watch.verdict()).toEqual({ kind: "idle", evidence: "no token and no event for 0.1 s" });
    expect(clock.sleeping).toBe(0);
  });

  it("counts the silence from the last sign of life", async () => {
    const { clock, watch } = watching();
    for (let touch = 0; touch < 5; touch += 1) {
      await clock.pass(90);
      watch.touch();
    }
    await clock.pass(99);
    expect(watch.verdict()).toBeUndefined();
    await clock.pass(1);
    expect(watch.verdict()?.kind).toBe("idle");
  });

  it("ends one that takes too long in all, however much comes: timeout", async () => {
    const { clock, watch } = watching();
    for (let touch = 0; touch < 19; touch += 1) {
      await clock.pass(50);
      watch.touch();
    }
    expect(watch.verdict()).toBeUndefined();
    await clock.pass(50);
    expect(watch.verdict()).toEqual({ kind: "timeout", evidence: "the call took more than 1.0 s" });
  });

  it("ends one past the time of its subtask: deadline, before all else", async () => {
    const clock = new HandClock();
    const watch = watchCall(clock, { idleMs: 100, callMs: 100, endsAt: clock.now() + 100 });
    await clock.pass(100);
    expect(watch.verdict()).toEqual({ kind: "deadline", evidence: "the subtask's time is over" });
  });

  it("of a subtask whose time is over already ends at once", () => {
    const clock = new HandClock();
    const watch = watchCall(clock, { idleMs: 100, callMs: 100, endsAt: clock.now() });
    expect([watch.signal.aborted, watch.verdict()?.kind]).toEqual([true, "deadline"]);
  });

  it("leaves no timer behind, and says nothing more, once the call has ended", async () => {
    const { clock, watch } = watching();
    expect(clock.sleeping).toBe(1);
    watch.dispose();
    expect(clock.sleeping).toBe(0);
    await clock.pass(5000);
    expect([watch.signal.aborted, watch.verdict()]).toEqual([false, undefined]);
  });

  it("has one timer, however often something comes", async () => {
    const { clock, watch } = watching();
    for (let touch = 0; touch < 1000; touch += 1) watch.touch();
    expect(clock.sleeping).toBe(1);
    await clock.pass(50);
    watch.touch();
    await clock.pass(50);
    expect([clock.sleeping, watch.verdict()]).toEqual([1, undefined]);
  });

  it("knows the longest silence, the present one included", async () => {
    const { clock, watch } = watching();
    await clock.pass(70);
    watch.touch();
    await clock.pass(20);
    watch.touch();
    expect(watch.longestGapMs()).toBe(70);
    await clock.pass(80);
    expect(watch.longestGapMs()).toBe(80);
  });
});
