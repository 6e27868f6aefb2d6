import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdaptiveLimiter } from "../../../../../engine/runtime/limits/adaptive-limiter.ts";
import type { CallReport, CallPermit } from "../../../../../engine/ports/limits.ts";
import type { Signal } from "../../../../../state/signal.ts";
import { holdsInTime } from "../../../../property/law.ts";
import { HandClock, settled } from "../../policy/recovery/hand-clock.ts";

const refusal = (retryAfterMs?: number): Signal => ({
  ...{ kind: "rate-limit", evidence: "429" },
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const never = new AbortController().signal;
const ASKING = { run: "r", priority: 0, isUrgent: false };
/** A limiter, and callers of it of whom each waits for his slot. */
class World {
  readonly clock = new HandClock();
  readonly limiter: AdaptiveLimiter;
  readonly changes: number[] = [];
  readonly permits: CallPermit[] = [];
  waiting = 0;
  /** Of a call of which nothing is known but what came of it: its leave was given back. */
  stray: CallPermit | undefined;

  constructor(ceiling: number) {
    this.limiter = new AdaptiveLimiter(ceiling, this.clock, ({ limit }) => this.changes.push(limit));
  }

  ask(): void {
    this.waiting += 1;
    void this.limiter.acquire(ASKING, never).then((permit) => {
      this.waiting -= 1;
      this.permits.push(permit);
    });
  }

  get holding(): number {
    return this.permits.length;
  }

  report(signal?: Signal): void {
    this.stray?.report({ signal, limits: undefined, tokens: undefined });
  }

  /** A caller who holds a slot has had his answer. */
  answer(signal: Signal | undefined, more: Partial<CallReport> = {}): void {
    const permit = this.permits.shift() as CallPermit;
    permit.report({ signal, limits: undefined, tokens: undefined, ...more });
    permit.release();
  }
}

async function asked(world: World): Promise<CallPermit | undefined> {
  world.ask();
  await settled();
  return world.permits.pop();
}

async function busy(ceiling: number, callers: number): Promise<World> {
  const world = new World(ceiling);
  world.stray = await asked(world);
  world.stray?.release();
  for (let caller = 0; caller < callers; caller += 1) world.ask();
  await settled();
  return world;
}

describe("the limiter of an endpoint", () => {
  it("lets through as many as its ceiling", async () => {
    const world = await busy(10, 25);
    expect([world.holding, world.waiting]).toEqual([10, 15]);
    world.answer(undefined);
    await settled();
    expect([world.holding, world.waiting, world.limiter.limit]).toEqual([10, 14, 10]);
  });

  it("falls once for a burst of refusals, and again for the next", async () => {
    const world = await busy(10, 10);
    for (let refused = 0; refused < 10; refused += 1) world.answer(refusal());
    expect([world.limiter.limit, world.changes]).toEqual([7, [7]]);
    await world.clock.pass(1000);
    for (let caller = 0; caller < 7; caller += 1) world.ask();
    await settled();
    world.answer(refusal());
    expect(world.limiter.limit).toBe(4);
  });

  it("holds everybody for a moment after a refusal that names no time", async () => {
    const world = await busy(4, 8);
    for (let refused = 0; refused < 4; refused += 1) world.answer(refusal());
    await settled();
    expect([world.holding, world.waiting]).toEqual([0, 4]);
    await world.clock.pass(499);
    expect(world.holding).toBe(0);
    await world.clock.pass(1);
    // The limit has fallen to 2.
    expect([world.holding, world.waiting]).toEqual([2, 2]);
  });

  it("keeps what the provider asks for by retry-after, the longest of all, and no more than a minute", async () => {
    const world = await busy(4, 8);
    for (const ms of [3000, 100, 5000, 200]) world.answer(refusal(ms));
    await world.clock.pass(4999);
    expect(world.holding).toBe(0);
    await world.clock.pass(1);
    expect(world.holding).toBe(2);
    world.answer(refusal(86_400_000));
    world.answer(undefined);
    await world.clock.pass(59_999);
    expect(world.holding).toBe(0);
    await world.clock.pass(1);
    expect([world.holding, world.waiting, world.limiter.limit]).toEqual([2, 0, 2]);
  });

  it("falls where nothing is taken, and is soon where it was when good replies come, never above the ceiling", async () => {
    const world = await busy(10, 10);
    world.answer(undefined);
    for (let refused = 0; refused < 3; refused += 1) world.answer(refusal());
    for (let burst = 0; burst < 3; burst += 1) {
      await world.clock.pass(1000);
      world.answer(refusal());
    }
    expect(world.changes).toEqual([7, 4, 2, 1]);
    await world.clock.pass(1000);
    for (let reply = 0; reply < 9; reply += 1) world.report();
    expect(world.limiter.limit).toBe(10);
    for (let reply = 0; reply < 100; reply += 1) world.report();
    expect(world.limiter.limit).toBe(10);
  });

  it("becomes what the endpoint took when all calls beyond were refused; then tries one more, then two", async () => {
    const world = await busy(20, 20);
    for (const permit of world.permits) permit.sent();
    const taken = world.permits.splice(0, 5);
    for (let refused = 0; refused < 7; refused += 1) world.answer(refusal());
    expect(world.limiter.limit).toBe(20);
    world.answer(refusal());
    expect(world.limiter.limit).toBeLessThan(20);
    // Those that were under way are refused too: then it is known what was taken.
    while (world.holding > 0) world.answer(refusal());
    await world.clock.pass(500);
    world.report({ kind: "server", evidence: "500" });
    expect(world.limiter.limit).toBe(5);
    world.permits.push(...taken);
    const repliesTo = (limit: number): number => {
      let replies = 0;
      for (; world.limiter.limit < limit && replies < 1000; replies += 1) world.report();
      return replies;
    };
    expect([6, 8, 12].map(repliesTo)).toEqual([5, 6, 8]);
  });

  it("takes a raise back that is refused, and tries it again much later", async () => {
    const world = await busy(20, 20);
    for (const permit of world.permits) permit.sent();
    const taken = world.permits.splice(0, 5);
    while (world.holding > 0) world.answer(refusal());
    await world.clock.pass(500);
    world.report({ kind: "server", evidence: "500" });
    expect(world.limiter.limit).toBe(5);
    world.permits.push(...taken);
    for (let reply = 0; reply < 5; reply += 1) world.report();
    expect(world.limiter.limit).toBe(6);
    const raised = (await asked(world)) as CallPermit;
    raised.sent();
    world.permits.unshift(raised);
    world.answer(refusal());
    expect(world.limiter.limit).toBe(5);
    for (let reply = 0; reply < 19; reply += 1) world.report();
    expect(world.limiter.limit).toBe(5);
    world.report();
    expect(world.limiter.limit).toBe(6);
  });

  it("stays where others were taken with as many in flight: a refusal then is not for the number of calls", async () => {
    const world = await busy(20, 20);
    for (const permit of world.permits) permit.sent();
    // The first five come back, and five more go out with 15 ahead of them and more: as the last five of the 20 did.
    for (let reply = 0; reply < 5; reply += 1) world.answer(undefined);
    for (let call = 0; call < 5; call += 1) {
      const permit = (await asked(world)) as CallPermit;
      permit.sent();
      world.permits.unshift(permit);
      world.answer(refusal());
    }
    expect([world.changes, world.limiter.limit]).toEqual([[], 20]);
  });

  it("is not moved by a refusal now and then among many good replies", async () => {
    const world = await busy(10, 0);
    for (let reply = 0; reply < 400; reply += 1) {
      if (reply % 25 === 24) await world.clock.pass(1000);
      world.report(reply % 25 === 24 ? refusal() : undefined);
    }
    expect([world.changes, world.limiter.limit]).toEqual([[], 10]);
    expect(world.clock.sleeping).toBe(0);
    // Unless the provider says how long: that is kept.
    world.report(refusal(700));
    world.ask();
    await world.clock.pass(699);
    expect(world.holding).toBe(0);
    await world.clock.pass(1);
    expect(world.holding).toBe(1);
  });

  it.each(["quota", "auth"] as const)(
    "lets nobody through for a moment after a refusal of the account: %s",
    async (kind) => {
      const world = await busy(4, 8);
      world.answer({ kind, evidence: "403" });
      await settled();
      expect([world.holding, world.waiting]).toEqual([3, 4]);
      await world.clock.pass(500);
      expect([world.holding, world.waiting, world.limiter.limit]).toEqual([4, 3, 4]);
    },
  );

  it("is not moved by what is not about its rate", async () => {
    const world = await busy(4, 4);
    for (const kind of ["server", "network", "idle"] as const) world.report({ kind, evidence: "x" });
    expect([world.limiter.limit, world.changes]).toEqual([4, []]);
  });

  it("has a timer only while somebody waits", async () => {
    const world = await busy(2, 2);
    world.answer(refusal(60_000));
    world.answer(undefined);
    await settled();
    expect(world.clock.sleeping).toBe(0);
    const stop = new AbortController();
    const asked = world.limiter.acquire(ASKING, stop.signal).catch((error: unknown) => error);
    await settled();
    expect(world.clock.sleeping).toBe(1);
    stop.abort(new Error("called off"));
    expect(await asked).toEqual(new Error("called off"));
    expect(world.clock.sleeping).toBe(0);
    // Who comes later waits for the rest of it; who comes after it does not wait at all.
    world.ask();
    await world.clock.pass(59_999);
    expect(world.holding).toBe(0);
    await world.clock.pass(1);
    expect([world.holding, world.clock.sleeping]).toEqual([1, 0]);
    world.answer(refusal(1000));
    await world.clock.pass(1000);
    world.ask();
    await settled();
    expect(world.holding).toBe(1);
  });

  it("takes the ceiling that it is given, lower or higher", async () => {
    const world = await busy(10, 10);
    world.limiter.allow(20);
    expect(world.limiter.limit).toBe(20);
    world.limiter.allow(3);
    world.ask();
    for (let reply = 0; reply < 7; reply += 1) world.answer(undefined);
    await settled();
    expect([world.holding, world.waiting, world.limiter.limit]).toEqual([3, 1, 3]);
  });
});

type Command = { do: "ask" | "good" | "refused" | "other" } | { do: "retry-after" | "pass"; ms: number };
const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant({ do: "ask" as const }) },
    { weight: 4, arbitrary: fc.constant({ do: "good" as const }) },
    { weight: 2, arbitrary: fc.constant({ do: "refused" as const }) },
    { weight: 1, arbitrary: fc.constant({ do: "other" as const }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("retry-after" as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 3000 }) }) },
  ),
  { maxLength: 80 },
);

describe("whatever happens, the limiter", () => {
  it("never passes its ceiling nor falls below one, keeps each retry-after, and loses no slot and no caller", async () => {
    await holdsInTime(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), commands, async (ceiling, given) => {
        const world = new World(ceiling);
        let heldUntil = 0;
        for (const command of given) {
          const before = world.holding;
          if (command.do === "ask") world.ask();
          else if (command.do === "pass") await world.clock.pass(command.ms);
          else if (world.holding > 0) {
            const ms = command.do === "retry-after" ? command.ms : undefined;
            if (ms !== undefined) heldUntil = Math.max(heldUntil, world.clock.now() + Math.min(60_000, ms));
            if (command.do === "good") world.answer(undefined);
            else if (command.do === "other") world.answer({ kind: "server", evidence: "500" });
            else world.answer(refusal(ms));
          }
          await settled();
          expect(world.limiter.limit).toBeGreaterThanOrEqual(1);
          expect(world.limiter.limit).toBeLessThanOrEqual(ceiling);
          expect(world.limiter.inFlight).toBe(world.holding);
          expect(world.holding).toBeLessThanOrEqual(ceiling);
          expect(world.holding).toBeLessThanOrEqual(world.clock.now() < heldUntil ? before : ceiling);
        }
        for (let round = 0; world.holding + world.waiting > 0; round += 1) {
          expect(round).toBeLessThan(200);
          await world.clock.pass(60_000);
          while (world.holding > 0) world.answer(undefined);
        }
        expect([world.limiter.inFlight, world.clock.sleeping]).toEqual([0, 0]);
      }),
      150,
    );
  });
});

describe("leave that is given back unused", () => {
  it("has used up nothing of a rate; a call that went out has", async () => {
    const world = new World(10);
    // One a second, of which the first goes at once.
    world.limiter.allow(10, { requestsPerMinute: 60 });
    const unused = await asked(world);
    expect(unused).toBeDefined();
    unused?.release();
    const used = await asked(world);
    expect(used).toBeDefined();
    used?.sent();
    used?.release();
    expect(await asked(world)).toBeUndefined();
  });
});
