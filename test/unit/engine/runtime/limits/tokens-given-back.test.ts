/** What calls leave of a rate in tokens that did not use it. */
import { describe, expect, it } from "vitest";
import type { CallPermit } from "../../../../../engine/ports/limits.ts";
import { AdaptiveLimiter } from "../../../../../engine/runtime/limits/adaptive-limiter.ts";
import type { Signal } from "../../../../../state/signal.ts";
import { HandClock, settled } from "../../policy/recovery/hand-clock.ts";

/** 600 tokens a minute. */
function tokensWorld() {
  const clock = new HandClock();
  const limiter = new AdaptiveLimiter(10, clock);
  limiter.allow(10, { tokensPerMinute: 600 });
  /** Undefined: it has to wait, and is called off. */
  const next = async (tokens: number): Promise<CallPermit | undefined> => {
    const stop = new AbortController();
    let permit: CallPermit | undefined;
    const asking = limiter.acquire({ run: "r", priority: 0, isUrgent: false, tokens: () => tokens }, stop.signal);
    asking.then(
      (given) => (permit = given),
      () => undefined,
    );
    await settled();
    stop.abort(new Error("called off"));
    return permit;
  };
  return { clock, next };
}

describe("leave that is given back unused", () => {
  it("has given its tokens back once, where the call is reported too", async () => {
    const { clock, next } = tokensWorld();
    const unused = (await next(150)) as CallPermit;
    await clock.pass(16_000);
    ((await next(300)) as CallPermit).sent();
    const signal: Signal = { kind: "network", evidence: "x" };
    unused.report({ signal, limits: undefined, tokens: 0 });
    unused.release();
    // 300 are out, and 150 of them are paid for by what was given back.
    await clock.pass(14_000);
    expect(await next(300)).toBeUndefined();
    await clock.pass(2000);
    expect(await next(300)).toBeDefined();
  });
});

describe("a call that failed", () => {
  it.each([
    { what: "may have used all that it was let through as", tokens: undefined, waits: true },
    { what: "has used nothing where it was refused", tokens: 0, waits: false },
  ])("$what", async ({ tokens, waits }) => {
    const { clock, next } = tokensWorld();
    const out = (await next(300)) as CallPermit;
    out.sent();
    const signal: Signal = { kind: "idle", evidence: "no token" };
    out.report({ signal, limits: undefined, tokens });
    out.release();
    expect((await next(300)) === undefined).toBe(waits);
    await clock.pass(31_000);
    expect(await next(300)).toBeDefined();
  });
});
