import { describe, expect, it } from "vitest";
import { LimiterPool } from "../../../../app/runs/limiter-pool.ts";
import type { AdaptiveLimiter } from "../../../../engine/runtime/limits/adaptive-limiter.ts";
import type { ResolvedModel } from "../../../../engine/ports/models.ts";
import { HandClock } from "../../engine/policy/recovery/hand-clock.ts";

const modelAt = (key: string, concurrency: number): ResolvedModel =>
  ({ endpoint: { key, concurrency } }) as unknown as ResolvedModel;

function scene() {
  const pool = new LimiterPool(new HandClock(), () => undefined);
  const join = (user: object, concurrency: number, key = "endpoint"): AdaptiveLimiter =>
    pool.limiterFor(modelAt(key, concurrency), user) as AdaptiveLimiter;
  return { pool, join };
}

describe("the limiter that runs share", () => {
  it("has the lowest ceiling of those that use it, while they do", () => {
    const { pool, join } = scene();
    const [small, large] = [{}, {}];
    const limiter = join(small, 2);
    expect(join(large, 50)).toBe(limiter);
    expect(limiter.limit).toBe(2);
    pool.leave(small);
    expect(limiter.limit).toBe(50);
  });

  it("has the ceiling of a run that comes after a smaller one is over", () => {
    const { pool, join } = scene();
    const small = {};
    join(small, 2);
    pool.leave(small);
    expect(join({}, 50).limit).toBe(50);
  });

  it("remembers of endpoints that nobody uses only the newest ones", () => {
    const { pool, join } = scene();
    const stays = {};
    const used = join(stays, 5, "used");
    const limiters = Array.from({ length: 100 }, (_, n) => {
      const user = {};
      const limiter = join(user, 5, `endpoint ${n}`);
      pool.leave(user);
      return limiter;
    });
    const isKept = limiters.map((limiter, n) => join({}, 5, `endpoint ${n}`) === limiter);
    expect(isKept.filter(Boolean)).toHaveLength(20);
    expect(isKept.slice(-20)).toEqual(Array(20).fill(true));
    expect(join({}, 5, "used")).toBe(used);
  });

  it("is not raised above what the endpoint has named", async () => {
    const { pool, join } = scene();
    const small = {};
    const limiter = join(small, 10);
    const permit = await limiter.acquire({ run: "r", priority: 0, isUrgent: false }, new AbortController().signal);
    permit.report({ signal: undefined, limits: { concurrency: 4 }, tokens: undefined });
    pool.leave(small);
    expect(join({}, 50).limit).toBe(4);
  });
});
