import { describe, expect, it } from "vitest";
import { until } from "../../../../../engine/runtime/waiting/waits.ts";

describe("waiting that can be called off", () => {
  it("settles as what it waits for", async () => {
    const { signal } = new AbortController();
    await expect(until(Promise.resolve(7), signal)).resolves.toBe(7);
    await expect(until(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  });

  it("rejects with the signal's reason as soon as it aborts", async () => {
    const stop = new AbortController();
    const waiting = until(new Promise<never>(() => undefined), stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });

  it("rejects at once where the signal has aborted, and swallows what comes later", async () => {
    let fail: (reason: Error) => void = () => undefined;
    const late = new Promise<never>((_, reject) => (fail = reject));
    await expect(until(late, AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
    fail(new Error("nobody listens"));
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("leaves no listener behind", async () => {
    const { signal } = new AbortController();
    const held = new Set<unknown>();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      held.add(given[1]);
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      held.delete(given[1]);
      remove(...given);
    };
    await until(Promise.resolve(), signal);
    await until(Promise.reject(new Error("no")), signal).catch(() => undefined);
    expect(held.size).toBe(0);
  });
});
