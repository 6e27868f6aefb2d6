import { describe, expect, it } from "vitest";
import { AdaptiveLimiter } from "../../../../../engine/runtime/limits/adaptive-limiter.ts";
import { delayMs } from "../../../../support/model-server/index.ts";
import { HandClock } from "../recovery/hand-clock.ts";

interface Shape {
  lanes: number;
  calls: number;
  ceiling: number;
  /** What the server works on at once; the rest waits there without a word. */
  slots: number;
  /** Until its first token, and from there to its end. */
  firstMs: number;
  restMs: number;
  /** Of both: lognormal around them. */
  sigma?: number;
}

const never = new AbortController().signal;

/** Lanes that make one call after another through a limiter, at a server that refuses nothing; on a clock of the test's. */
async function drive({ lanes, calls, ceiling, slots, firstMs, restMs, sigma = 0 }: Shape) {
  const clock = new HandClock();
  const changes: string[] = [];
  const limiter = new AdaptiveLimiter(ceiling, clock, ({ limit, reason }) => changes.push(`${limit}: ${reason}`));
  const times = { kind: "lognormal" as const, seed: 3, medianMs: 1, sigma };
  const began = clock.now();
  const queue: (() => void)[] = [];
  const progress = { left: lanes };
  let [busy, longestQueue, longestSilence, endedMs] = [0, 0, 0, 0];
  const slot = async (): Promise<void> => {
    if (busy >= slots) await new Promise<void>((resolve) => queue.push(resolve));
    else busy += 1;
  };
  const call = async (factor: number): Promise<void> => {
    const permit = await limiter.acquire({ run: "r", priority: 0, isUrgent: false }, never);
    permit.sent();
    const sentAt = clock.now();
    if (sentAt - began > 30 * (firstMs + restMs)) longestQueue = Math.max(longestQueue, queue.length);
    await slot();
    await clock.sleep(factor * firstMs);
    // What an idle clock of this call would show at the worst moment.
    longestSilence = Math.max(longestSilence, clock.now() - Math.max(sentAt, permit.waitedUntil()));
    permit.heard();
    await clock.sleep(factor * restMs);
    const next = queue.shift();
    if (next === undefined) busy -= 1;
    else next();
    permit.report({ signal: undefined, limits: undefined, tokens: 1 });
    permit.release();
  };
  const lane = async (id: string): Promise<void> => {
    for (let n = 0; n < calls; n += 1) await call(delayMs(times, id, n));
    progress.left -= 1;
    endedMs = clock.now() - began;
  };
  for (let n = 0; n < lanes; n += 1) void lane(`s${n}`);
  for (let n = 0; progress.left > 0 && n < 10_000; n += 1) await clock.pass(1000);
  expect(progress.left).toBe(0);
  return { endedMs, changes, longestQueue, longestSilence };
}

describe("an endpoint that keeps calls waiting without a word", () => {
  it("of one slot is given one call and one more, with nothing lost; a call in its queue is not silent", async () => {
    const shape = { lanes: 20, calls: 4, ceiling: 50, slots: 1, firstMs: 2000, restMs: 0 };
    const { endedMs, changes, longestQueue, longestSilence } = await drive(shape);
    expect(endedMs).toBe(80 * 2000);
    expect(changes[0]).toMatch(/^3: the endpoint works on 1 calls at once and keeps the others waiting$/);
    expect(longestQueue).toBeLessThan(20);
    expect(longestSilence).toBeLessThanOrEqual(2000);
  });

  it("of four slots is given enough for all four", async () => {
    const shape = { lanes: 40, calls: 5, ceiling: 50, slots: 4, firstMs: 500, restMs: 5000 };
    const { endedMs, changes, longestSilence } = await drive(shape);
    expect(changes[0]).toMatch(/^[67]: the endpoint works on [45] calls at once/);
    expect(endedMs).toBeLessThanOrEqual(1.05 * ((40 * 5) / 4) * 5500);
    expect(longestSilence).toBeLessThanOrEqual(5500);
  });

  it.each([0, 0.5, 1])("is told from one whose calls are slow and take unequal times (sigma %d)", async (sigma) => {
    const shape = { lanes: 60, calls: 10, ceiling: 50, slots: Infinity, firstMs: 5000, restMs: 5000, sigma };
    expect((await drive(shape)).changes).toEqual([]);
  });
});

describe("a call that nothing comes of", () => {
  it("waits its turn while those before it are answered, and is silent once later ones overtake it", async () => {
    const clock = new HandClock();
    const limiter = new AdaptiveLimiter(50, clock);
    const send = async () => {
      const permit = await limiter.acquire({ run: "r", priority: 0, isUrgent: false }, never);
      permit.sent();
      return permit;
    };
    const before = await send();
    const silent = await send();
    expect(silent.waitedUntil()).toBe(-Infinity);
    await clock.pass(5000);
    before.heard();
    expect(silent.waitedUntil()).toBe(clock.now());
    expect(before.waitedUntil()).toBe(-Infinity);
    const later = await Promise.all(Array.from({ length: 10 }, send));
    for (const permit of later) permit.heard();
    expect(silent.waitedUntil()).toBe(-Infinity);
  });
});
