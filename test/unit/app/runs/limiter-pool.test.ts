import { describe, expect, it } from "vitest";
import { LimiterPool } from "../../../../app/runs/limiter-pool.ts";
import type { AdaptiveLimiter } from "../../../../engine/runtime/limits/adaptive-limiter.ts";
import type { ResolvedModel } from "../../../../engine/ports/models.ts";
import { HandClock } from "../../engine/policy/recovery/hand-clock.ts";

const modelAt = (key: string, concurrency: number): ResolvedModel =>
  ({ endpoint: { key, concurrency } }) as unknown as ResolvedModel;

/** One more uses the limiter of an endpoint, until it leaves. */
function scene() {
  const pool = new LimiterPool(new HandClock(), () => undefined);
  return (concurrency: number, key = "endpoint") => {
    const joined = pool.join();
    return { limiter: joined.of(modelAt(key, concurrency)) as AdaptiveLimiter, leave: () => joined.close() };
  };
}

describe("the limiter that runs share", () => {
  it("has the lowest ceiling of those that use it, while they do", () => {
    const join = scene();
    const { limiter, leave } = join(2);
    expect(join(50).limiter).toBe(limiter);
    expect(limiter.limit).toBe(2);
    leave();
    expect(limiter.limit).toBe(50);
  });

  it("has the ceiling of a run that comes after a smaller one is over", () => {
    const join = scene();
    join(2).leave();
    expect(join(50).limiter.limit).toBe(50);
  });

  it("remembers of endpoints that nobody uses only the newest ones", () => {
    const join = scene();
    const used = join(5, "used").limiter;
    const limiters = Array.from({ length: 100 }, (_, n) => {
      const { limiter, leave } = join(5, `endpoint ${n}`);
      leave();
      return limiter;
    });
    const isKept = limiters.map((limiter, n) => join(5, `endpoint ${n}`).limiter === limiter);
    expect(isKept.filter(Boolean)).toHaveLength(20);
    expect(isKept.slice(-20)).toEqual(Array(20).fill(true));
    expect(join(5, "used").limiter).toBe(used);
  });

  it("is not raised above what the endpoint has named", async () => {
    const join = scene();
    const { limiter, leave } = join(10);
    const permit = await limiter.acquire({ run: "r", priority: 0, isUrgent: false }, new AbortController().signal);
    permit.report({ signal: undefined, limits: { concurrency: 4 }, tokens: undefined });
    leave();
    expect(join(50).limiter.limit).toBe(4);
  });
});
