import { describe, expect, it } from "vitest";
import { Semaphore, type Asking } from "../../../../../engine/runtime/waiting/semaphore.ts";

/** Lets every promise that can go on do so. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

const asking = (priority = 0): Asking => ({ run: "r", priority, isUrgent: false });

/** Slots that write down who was served. */
function watched(capacity: number): {
  slots: Semaphore;
  served: string[];
  ask: (name: string, priority?: number, signal?: AbortSignal) => Promise<void>;
} {
  const slots = new Semaphore(capacity);
  const served: string[] = [];
  const ask = async (name: string, priority = 0, signal?: AbortSignal): Promise<void> => {
    await slots.acquire(asking(priority), signal);
    served.push(name);
  };
  return { slots, served, ask };
}

describe("slots", () => {
  it("are given at once while there are free ones, then make wait", async () => {
    const { slots, served, ask } = watched(2);
    const all = [ask("a"), ask("b"), ask("c")];
    await settle();
    expect([served, slots.held, slots.waiting]).toEqual([["a", "b"], 2, 1]);
    slots.release();
    await Promise.all(all);
    expect([served, slots.held, slots.waiting]).toEqual([["a", "b", "c"], 2, 0]);
  });

  it("go to the higher priority first, and among equals to who came first", async () => {
    const { slots, served, ask } = watched(1);
    const all = [
      ask("holder"),
      ask("low", -1),
      ask("first", 1),
      ask("high", 9),
      ask("second", 1),
      ask("third", 1),
      ask("later-high", 9),
    ];
    for (let count = 0; count < 6; count += 1) {
      await settle();
      slots.release();
    }
    await Promise.all(all);
    expect(served).toEqual(["holder", "high", "later-high", "first", "second", "third", "low"]);
  });

  it("come back to zero when all are released", async () => {
    const { slots, ask } = watched(3);
    await Promise.all([ask("a"), ask("b"), ask("c")]);
    for (let count = 0; count < 3; count += 1) slots.release();
    expect([slots.held, slots.waiting]).toEqual([0, 0]);
  });
});

describe("a wait that is called off", () => {
  it("rejects with the signal's reason, holds nothing and leaves no trace", async () => {
    const { slots, served, ask } = watched(1);
    await ask("holder");
    const stop = new AbortController();
    const called = ask("called-off", 5, stop.signal);
    const next = ask("next");
    stop.abort(new Error("enough"));
    await expect(called).rejects.toThrow("enough");
    expect([slots.held, slots.waiting]).toEqual([1, 1]);
    slots.release();
    await next;
    expect([served, slots.held]).toEqual([["holder", "next"], 1]);
  });

  it("is refused at once where the signal has aborted, even with slots free", async () => {
    const slots = new Semaphore(1);
    await expect(slots.acquire(asking(), AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
    expect([slots.held, slots.waiting]).toEqual([0, 0]);
  });

  it("after the slot was given changes nothing", async () => {
    const slots = new Semaphore(1);
    const stop = new AbortController();
    await slots.acquire(asking());
    const served = slots.acquire(asking(), stop.signal);
    slots.release();
    stop.abort(new Error("too late"));
    await expect(served).resolves.toBeUndefined();
    expect([slots.held, slots.waiting]).toEqual([1, 0]);
  });

  it("leaves no listener on the signal, served or not", async () => {
    const slots = new Semaphore(1);
    const stop = new AbortController();
    let listeners = 0;
    const { signal } = stop;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...given);
    };
    await slots.acquire(asking(), signal);
    const waiting = slots.acquire(asking(), signal);
    expect(listeners).toBe(1);
    slots.release();
    await waiting;
    expect(listeners).toBe(0);
  });

  it("turns a reason that is no error into one", async () => {
    const slots = new Semaphore(0);
    const stop = new AbortController();
    const waiting = slots.acquire(asking(), stop.signal);
    stop.abort("words");
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("a new capacity", () => {
  it("that is higher serves who waits, by priority", async () => {
    const { slots, served, ask } = watched(1);
    const all = [ask("a"), ask("low", 0), ask("high", 1), ask("last", -1)];
    await settle();
    slots.resize(3);
    await settle();
    expect(served).toEqual(["a", "high", "low"]);
    slots.resize(4);
    await Promise.all(all);
    expect([slots.held, slots.waiting]).toEqual([4, 0]);
  });

  it("that is lower takes nothing back, and gives none until enough came back", async () => {
    const { slots, served, ask } = watched(3);
    await Promise.all([ask("a"), ask("b"), ask("c")]);
    slots.resize(1);
    const waiting = ask("d");
    slots.release();
    slots.release();
    await settle();
    expect([served.includes("d"), slots.held]).toEqual([false, 1]);
    slots.release();
    await waiting;
    expect(slots.held).toBe(1);
  });
});
