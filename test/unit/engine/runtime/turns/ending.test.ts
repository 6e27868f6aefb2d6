import { isGraphDrained } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { Ended, Ending, waitInRun, within, type Limits } from "../../../../../engine/runtime/turns/ending.ts";
import { stoppable } from "../../../../../engine/runtime/waiting/waits.ts";
import type { Signal } from "../../../../../state/signal.ts";
import { HandClock } from "../../policy/recovery/hand-clock.ts";

const OWN: Limits = { what: "the call", stops: [], idleMs: 100, mostMs: 100 };

function watching(given: Partial<Limits> = {}) {
  const clock = new HandClock();
  const watch = new Ending(clock, { what: "the call", stops: [], idleMs: 100, mostMs: 1000, ...given });
  return { clock, watch };
}

describe("the ending of a call", () => {
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

  it("counts neither silence nor time while it waits for others", async () => {
    let waitedUntil = -Infinity;
    const { clock, watch } = watching({ mostMs: 150, waitedUntil: () => waitedUntil });
    for (let turn = 0; turn < 20; turn += 1) {
      await clock.pass(90);
      waitedUntil = clock.now();
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
    const watch = new Ending(clock, { ...OWN, endsAt: clock.now() + 100 });
    await clock.pass(100);
    expect(watch.verdict()).toEqual({ kind: "deadline", evidence: "the subtask's time is over" });
  });

  it("of a subtask whose time is over already ends at once", () => {
    const clock = new HandClock();
    const watch = new Ending(clock, { ...OWN, endsAt: clock.now() });
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

  it("comes from outside too; the first reason stays, whatever comes after it", async () => {
    const caller = new AbortController();
    const race = new AbortController();
    const { clock, watch } = watching({ stops: [caller.signal, race.signal] });
    race.abort(new Ended({ kind: "cancelled", evidence: "a second attempt was faster" }));
    caller.abort();
    await clock.pass(5000);
    expect(watch.verdict()).toEqual({ kind: "cancelled", evidence: "a second attempt was faster" });
    const { watch: called } = watching({ stops: [caller.signal] });
    expect(called.verdict()).toEqual({ kind: "cancelled", evidence: "the caller stopped the run" });
  });

  it("comes in time also where so much comes that no timer has its turn", () => {
    const clock = { now: () => 0, sleep: () => new Promise<void>(() => undefined) };
    const watch = new Ending(clock, { what: "the call", stops: [], mostMs: 100 });
    clock.now = () => 99;
    watch.touch(1);
    expect(watch.verdict()).toBeUndefined();
    clock.now = () => 100;
    watch.touch(1);
    expect(watch.verdict()).toEqual({ kind: "timeout", evidence: "the call took more than 0.1 s" });
  });

  it("comes where too much comes", () => {
    const { watch } = watching({ mostCharacters: 10 });
    watch.touch(10);
    expect(watch.verdict()).toBeUndefined();
    watch.touch(1);
    expect(watch.verdict()).toEqual({ kind: "malformed-answer", evidence: "the call brought more than 10 characters" });
  });
});

describe("work within limits", () => {
  it("that never returns and does not listen is left behind when its time is over; its sibling goes on", async () => {
    const clock = new HandClock();
    const never = within(clock, { what: "the tool", stops: [], mostMs: 100 }, () => new Promise(() => undefined));
    const sibling = within(clock, { what: "the tool", stops: [], mostMs: 500 }, () =>
      clock.sleep(200).then(() => "done"),
    );
    const ended = never.catch((error: unknown) => error);
    await clock.pass(100);
    expect(await ended).toMatchObject({
      why: { kind: "timeout", evidence: "the tool took more than 0.1 s" },
    });
    await clock.pass(100);
    expect(await sibling).toBe("done");
    expect(clock.sleeping).toBe(0);
  });

  it("is told to stop, and may fail later without anybody hearing it", async () => {
    const clock = new HandClock();
    const heard: unknown[] = [];
    const work = within(clock, { what: "the tool", stops: [], mostMs: 100 }, async ({ signal }) => {
      signal.addEventListener("abort", () => heard.push(signal.reason));
      await clock.sleep(1000);
      throw new Error("too late");
    });
    const ended = work.catch((error: unknown) => error);
    await clock.pass(2000);
    expect(await ended).toBeInstanceOf(Ended);
    expect(heard).toHaveLength(1);
  });

  it("is not begun where it has ended already, and costs no timer where no time is to be kept", async () => {
    const clock = new HandClock();
    let begun = 0;
    const work = async (): Promise<void> => void (begun += 1);
    await expect(within(clock, { what: "it", stops: [AbortSignal.abort()] }, work)).rejects.toThrow();
    expect(begun).toBe(0);
    await within(clock, { what: "it", stops: [] }, async () => expect(clock.sleeping).toBe(0));
  });
});

describe("a wait that several may stop", () => {
  /** Signals of the run, and how many listen to them. */
  function stops() {
    const listeners = new Set<unknown>();
    const controllers = [new AbortController(), new AbortController()] as const;
    for (const { signal } of controllers) {
      const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
      signal.addEventListener = (...given: Parameters<typeof add>) => {
        listeners.add(given[1]);
        add(...given);
      };
      signal.removeEventListener = (...given: Parameters<typeof remove>) => {
        listeners.delete(given[1]);
        remove(...given);
      };
    }
    const [one, other] = controllers;
    return { one, other, signals: [one.signal, other.signal], listeners };
  }

  it("ends with the reason of the first, and leaves no listener with them", async () => {
    const { one, other, signals, listeners } = stops();
    const clock = new HandClock();
    const wait = () => stoppable(signals, (signal) => clock.sleep(1000, signal)).catch((error: unknown) => error);
    const [waiting, second] = [wait(), wait()];
    // One for each signal, however many wait.
    expect(listeners.size).toBe(2);
    other.abort(new Error("the deadline"));
    one.abort(new Error("a drain"));
    expect(await waiting).toMatchObject({ message: "the deadline" });
    expect(await second).toMatchObject({ message: "the deadline" });
    expect([listeners.size, clock.sleeping]).toEqual([0, 0]);
  });

  it("gives what comes of it, and leaves no listener with them", async () => {
    const { signals, listeners } = stops();
    expect(await stoppable(signals, async () => 7)).toBe(7);
    expect(listeners.size).toBe(0);
  });

  it("is not begun where one has stopped already", async () => {
    const { one, signals, listeners } = stops();
    one.abort(new Error("a drain"));
    let begun = 0;
    await expect(stoppable(signals, async () => void (begun += 1))).rejects.toThrow("a drain");
    expect([begun, listeners.size]).toEqual([0, 0]);
  });
});

describe("a wait in a run", () => {
  const LATE = new Ended({ kind: "deadline", evidence: "the run's deadline passed" });
  /** Stopped by these, in their order; `failure`: what the wait fails with by itself as soon as it is stopped. */
  const stopped = (stops: readonly ("caller" | "drain" | "deadline")[], failure?: Error) => {
    const [caller, drain, deadline] = [new AbortController(), new AbortController(), new AbortController()];
    const reasons = {
      caller: () => caller.abort(new Error("called off")),
      drain: () => drain.abort(new Ended({ kind: "cancelled", evidence: "Ctrl-C" })),
      deadline: () => deadline.abort(LATE),
    };
    const passed = ({ evidence }: Signal): string => evidence;
    const ended = waitInRun<string>(
      {
        what: "it waited",
        draining: drain.signal,
        caller: caller.signal,
        deadline: { signal: deadline.signal, passed },
      },
      (signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(failure ?? (signal.reason as Error)))),
    );
    for (const stop of stops) reasons[stop]();
    return ended;
  };

  it("throws GraphDrained for a drain, says what a deadline comes to, and throws the caller's abort as it is", async () => {
    await expect(stopped(["drain"])).rejects.toSatisfy(isGraphDrained);
    await expect(stopped(["drain", "deadline"])).rejects.toThrow("drained while it waited");
    expect(await stopped(["deadline"])).toBe("the run's deadline passed");
    await expect(stopped(["caller"])).rejects.toThrow("called off");
  });

  it.each(["caller", "drain", "deadline"] as const)("that fails by itself beside %s has failed", async (stop) => {
    await expect(stopped([stop], new Error("the disk is full"))).rejects.toThrow("the disk is full");
  });
});
