import { describe, expect, it } from "vitest";
import { AdaptiveLimiter } from "../../../../../engine/runtime/limits/adaptive-limiter.ts";
import type { RateCaps, RateLimits } from "../../../../../engine/ports/limits.ts";
import { rateLimitsIn } from "../../../../../adapters/models/openai/rate-limits.ts";
import { RateLimiter, type RateLimitOptions } from "../../../../support/model-server/rate-limiter.ts";
import type { ModelCall } from "../../../../support/model-server/call.ts";
import { delayMs } from "../../../../support/model-server/index.ts";
import { seededRandom } from "../../../../support/seeded-random.ts";
import { HandClock } from "../recovery/hand-clock.ts";

interface Shape {
  ceiling?: number;
  lanes?: number;
  calls?: number;
  rates?: RateCaps;
  tokens?: number;
  /** Milliseconds after which a lane asks again where the provider names no time. */
  backoffMs?: number;
  /** What this process needs to send one call: one after another. */
  sendMs?: number;
  /** Of the time of a call, which is lognormal then; its median is a second. */
  sigma?: number;
  /** The way to the endpoint, and back, takes up to so long: calls and answers overtake each other. */
  wayMs?: number;
}

type Provider = Pick<RateLimiter, "arrive">;

const CALL_MS = 1000;
const never = new AbortController().signal;

/** Lanes that make one call after another through one limiter, against a provider with limits; all on a clock of the test's. */
async function drive(limits: RateLimitOptions | ((now: number) => Provider), shape: Shape = {}) {
  const {
    ceiling = 300,
    lanes = 300,
    calls = 10,
    rates,
    tokens = 100,
    backoffMs = 1000,
    sendMs = 3,
    sigma = 0,
    wayMs = 0,
  } = shape;
  const times = { kind: "lognormal" as const, seed: 1, medianMs: CALL_MS, sigma };
  const way = seededRandom("ways");
  const clock = new HandClock();
  const changes: string[] = [];
  const limiter = new AdaptiveLimiter(ceiling, clock, ({ limit, reason }) => changes.push(`${limit}: ${reason}`));
  limiter.allow(ceiling, rates);
  const arrivals: number[] = [];
  let refused = 0;
  let sendingUntil = 0;
  const progress = { left: lanes };
  let endedAt = 0;
  const began = clock.now();
  const server: Provider = typeof limits === "function" ? limits(began) : new RateLimiter(limits);
  const call = async (ms: number): Promise<number | undefined> => {
    const asking = { run: "r", priority: 0, isUrgent: false };
    const permit = await limiter.acquire({ ...asking, tokens: () => tokens }, never);
    sendingUntil = Math.max(sendingUntil, clock.now()) + sendMs;
    await clock.sleep(sendingUntil - clock.now());
    permit.sent();
    if (wayMs > 0) await clock.sleep(wayMs * way());
    const arrived = clock.now();
    const { refusal, release, headers } = server.arrive({ inputTokens: tokens } as ModelCall, arrived);
    await clock.sleep(refusal === undefined ? ms : 5);
    release();
    if (wayMs > 0) await clock.sleep(wayMs * way());
    const told: RateLimits | undefined = rateLimitsIn(
      (name) => headers[name],
      clock.now(),
      refusal === undefined ? undefined : "",
    );
    const wait = headers["retry-after-ms"];
    const retryAfter = wait === undefined ? {} : { retryAfterMs: Number(wait) };
    const signal = refusal === undefined ? undefined : { kind: "rate-limit" as const, evidence: "429", ...retryAfter };
    permit.report({ signal, limits: told, tokens: refusal === undefined ? tokens : 0 });
    permit.release();
    if (refusal === undefined) {
      arrivals.push(arrived - began);
      return undefined;
    }
    refused += 1;
    return wait === undefined ? backoffMs : Number(wait);
  };
  const lane = async (id: string): Promise<void> => {
    for (let done = 0; done < calls;) {
      const waitMs = await call(delayMs(times, id, done));
      if (waitMs === undefined) done += 1;
      else await clock.sleep(waitMs);
    }
    progress.left -= 1;
    endedAt = clock.now() - began;
  };
  for (let n = 0; n < lanes; n += 1) void lane(`s${n}`);
  for (let s = 0; progress.left > 0 && s < 4000; s += 1) await clock.pass(100);
  expect(progress.left).toBe(0);
  return { refused, endedMs: endedAt, arrivals, changes, served: arrivals.length };
}

/** Takes so many at once, from each of these moments on, and of those that it could take refuses a share by chance; says no more. */
function unsteady(takes: readonly (readonly [fromMs: number, atOnce: number])[], chance = 0) {
  return (began: number): Provider => {
    const random = seededRandom("unsteady endpoint");
    let inFlight = 0;
    const arrive = (_call: ModelCall, now: number) => {
      const atOnce = takes.filter(([fromMs]) => now - began >= fromMs).at(-1)?.[1] ?? 0;
      const isRefused = inFlight >= atOnce || random() < chance;
      if (isRefused) return { headers: {}, release: () => undefined, refusal: { status: 429 } };
      inFlight += 1;
      return { headers: {}, release: () => void (inFlight -= 1) };
    };
    return { arrive };
  };
}

const AT_ONCE = { concurrency: 100 };
const RATE = { ...AT_ONCE, requestsPerMinute: 3000, burstMs: 1000 };
const SILENT = { headers: false, retryAfter: false };
const TOKENS = { ...AT_ONCE, tokensPerMinute: 300_000, burstMs: 1000 };

describe("against an endpoint with limits, a run that asks for 300 calls at once", () => {
  // Least: what the endpoint allows, in milliseconds, until the last of the calls can be answered.
  it.each<[string, RateLimitOptions, Shape, { leastMs: number; refused: number; share?: number }]>([
    ["takes 100 at once, and says no more", { ...AT_ONCE, retryAfter: false }, {}, { leastMs: 30_000, refused: 40 }],
    ["takes 100 at once, and says when to come again", AT_ONCE, { calls: 20 }, { leastMs: 60_000, refused: 40 }],
    ["takes 3,000 requests a minute", RATE, { calls: 6 }, { leastMs: 36_000, refused: 40 }],
    [
      "takes 3,000 a minute in any order",
      { ...RATE, burstMs: 60_000 },
      { calls: 20 },
      { leastMs: 60_000, refused: 40 },
    ],
    [
      "takes 3,000 a minute, and says nothing of it",
      { ...RATE, ...SILENT },
      { calls: 6 },
      { leastMs: 36_000, refused: 130 },
    ],
    ["takes 300,000 tokens a minute", TOKENS, { calls: 6 }, { leastMs: 36_000, refused: 40 }],
    [
      "takes 1,000 in each window of 20 s",
      { ...AT_ONCE, requestsPerMinute: 1000, returns: "window", windowMs: 20_000 },
      {},
      { leastMs: 50_000, refused: 40 },
    ],
    [
      "takes 3,000 a minute, as the user has said",
      { ...RATE, ...SILENT },
      { calls: 6, rates: { requestsPerMinute: 3000 } },
      { leastMs: 36_000, refused: 0 },
    ],
    [
      "takes 300,000 tokens a minute, as the user has said",
      { ...TOKENS, ...SILENT },
      { calls: 6, rates: { tokensPerMinute: 300_000 } },
      { leastMs: 36_000, refused: 0 },
    ],
    ["takes whatever comes", {}, { sendMs: 0 }, { leastMs: 10_000, refused: 0 }],
  ])("reaches 95 %% of what it allows, with few refusals: one that %s", async (_, limits, shape, expected) => {
    const { refused, endedMs } = await drive(limits, shape);
    expect(endedMs).toBeGreaterThanOrEqual(expected.leastMs);
    expect(expected.leastMs / endedMs).toBeGreaterThanOrEqual(expected.share ?? 0.95);
    expect(refused).toBeLessThanOrEqual(expected.refused);
  });

  // The last lanes' longest calls would tell more of chance than of the limiter: nine tenths of the calls are looked at.
  it.each<[string, RateLimitOptions, number, { perSecond: number; calls: number; share?: number }]>([
    ["100 at once", { concurrency: 100, ...SILENT }, 0.5, { perSecond: 100 / Math.exp(0.5 ** 2 / 2), calls: 20 }],
    ["100 at once", { concurrency: 100, ...SILENT }, 1, { perSecond: 100 / Math.exp(1 / 2), calls: 20 }],
    ["3,000 a minute", { requestsPerMinute: 3000, burstMs: 1000, ...SILENT }, 0.5, { perSecond: 50, calls: 20 }],
    ["3,000 a minute", { requestsPerMinute: 3000, burstMs: 1000, ...SILENT }, 1, { perSecond: 50, calls: 20 }],
    ["both", { ...RATE, ...SILENT }, 1, { perSecond: 50, calls: 20 }],
    // So few calls a second tell less.
    ["600 a minute", { requestsPerMinute: 600, burstMs: 1000, ...SILENT }, 1, { perSecond: 10, calls: 4, share: 0.85 }],
    ["9,000 a minute", { requestsPerMinute: 9000, burstMs: 1000, ...SILENT }, 1, { perSecond: 150, calls: 20 }],
  ])(
    "learns from refusals alone, whose calls take unequal times, that it takes %s",
    async (_, limits, sigma, { perSecond, calls, share = 0.95 }) => {
      const { refused, arrivals, served } = await drive(limits, { calls, sigma });
      const inTime = arrivals.toSorted((one, other) => one - other).slice(0, 0.9 * served);
      expect(inTime.length / (perSecond * (inTime.at(-1)! / 1000))).toBeGreaterThanOrEqual(share);
      expect(refused / (served + refused)).toBeLessThanOrEqual(0.06);
    },
  );

  it.each<[string, RateLimitOptions]>([
    ["100 at once", { ...AT_ONCE, ...SILENT }],
    ["100 at once, and a minute's worth of requests", { ...RATE, burstMs: 60_000 }],
  ])("is refused little where calls and answers overtake each other on their way: %s", async (_, limits) => {
    const { refused, arrivals, served } = await drive(limits, { calls: 20, wayMs: 100 });
    expect(refused / (served + refused)).toBeLessThanOrEqual(0.04);
    const half = arrivals.toSorted((one, other) => one - other)[served / 2] as number;
    // A call takes a second, and a tenth of it for its way there and back.
    expect(served / 2 / (100 * (half / 1100))).toBeGreaterThanOrEqual(0.9);
  });

  it.each([
    [0.08, 0],
    [0.15, 0],
    [0.15, 1],
  ])("keeps on where %d of all calls are refused by chance (sigma %d)", async (chance, sigma) => {
    const { arrivals, served } = await drive(unsteady([[0, Infinity]], chance), { calls: 20, sigma });
    // A lane that is refused waits a second, and asks again.
    const secondsALane = 20 * (Math.exp(sigma ** 2 / 2) + chance / (1 - chance));
    const half = arrivals.toSorted((one, other) => one - other)[served / 2] as number;
    expect(half / 1000).toBeLessThanOrEqual((1.4 * secondsALane) / 2);
  });

  it("finds what is taken when that becomes less, and again when it becomes more", async () => {
    const takes = [
      [0, 100],
      [20_000, 20],
      [60_000, 100],
    ] as const;
    for (const sigma of [0, 1]) {
      const { arrivals, refused, served } = await drive(unsteady(takes), { calls: 20, sigma });
      const perSecond = (fromMs: number, toMs: number): number =>
        arrivals.filter((at) => at >= fromMs && at < toMs).length / ((toMs - fromMs) / 1000);
      const whole = Math.exp(sigma ** 2 / 2);
      expect(perSecond(45_000, 60_000)).toBeGreaterThanOrEqual((0.7 * 20) / whole);
      // It was at one place for long: it asks for more only now and then.
      expect(perSecond(85_000, 95_000)).toBeGreaterThanOrEqual((0.7 * 100) / whole);
      expect(refused / (served + refused)).toBeLessThanOrEqual(0.06);
    }
  });

  it("is back soon after an endpoint that took nothing for 20 s", async () => {
    const takes = [
      [0, 300],
      [20_000, 0],
      [40_000, 300],
    ] as const;
    const { arrivals } = await drive(unsteady(takes), { calls: 40 });
    const perSecond = (fromMs: number, toMs: number): number =>
      arrivals.filter((at) => at >= fromMs && at < toMs).length / ((toMs - fromMs) / 1000);
    expect(perSecond(10_000, 20_000)).toBeGreaterThanOrEqual(0.9 * 300);
    expect(perSecond(50_000, 55_000)).toBeGreaterThanOrEqual(0.8 * 300);
  });

  it("goes out to one without limits within a fraction of the first round", async () => {
    const { arrivals } = await drive({}, { calls: 1 });
    expect(Math.max(...arrivals)).toBeLessThanOrEqual(300 * 3);
    const atOnce = await drive({}, { calls: 1, sendMs: 0 });
    expect(Math.max(...atOnce.arrivals)).toBeLessThanOrEqual(20);
  });

  it("sends no more in any minute than the user allows", async () => {
    const { arrivals } = await drive({}, { calls: 20, rates: { requestsPerMinute: 1500 } });
    for (const from of arrivals) {
      const within = arrivals.filter((at) => at >= from && at < from + 60_000);
      expect(within.length).toBeLessThanOrEqual(1500);
    }
  });

  it("is held to the figure that a refusal names", async () => {
    const clock = new HandClock();
    const known = new AdaptiveLimiter(50, clock);
    const permit = await known.acquire({ run: "r", priority: 0, isUrgent: false }, never);
    const told = rateLimitsIn(
      () => undefined,
      clock.now(),
      "request reached max organization concurrency: 3, please try again after 1 seconds",
    );
    const signal = { kind: "rate-limit" as const, evidence: "429", retryAfterMs: 1000 };
    permit.report({ signal, limits: told, tokens: undefined });
    expect(known.limit).toBeLessThanOrEqual(3);
  });
});
