import { AIMessage } from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { raceSlow, type Hedge, type TurnEnd } from "../../../../../engine/runtime/turns/hedging.ts";
import { NO_USAGE } from "../../../../../state/usage.ts";
import { HandClock, settled } from "../../policy/recovery/hand-clock.ts";

const good: TurnEnd = {
  kind: "reply",
  message: new AIMessage("second"),
  usage: NO_USAGE,
  waitedForSlotMs: 0,
  recorded: Promise.resolve(),
};
const bad: TurnEnd = {
  kind: "signal",
  signal: { kind: "server", evidence: "500" },
  usage: NO_USAGE,
  waitedForSlotMs: 0,
};

/** A call that is slow after 100 ms, with an allowance of attempts that the test answers by hand. */
interface Racing {
  allowed?: number;
  afterMs?: Hedge["afterMs"];
  waitedUntil?: (began: number) => number;
}

function racing({ allowed = 9, afterMs = () => 100, waitedUntil = () => -Infinity }: Racing = {}) {
  const clock = new HandClock();
  const own = Promise.withResolvers<boolean>();
  const attempts: { signal: AbortSignal; end: (reply: TurnEnd) => void; startedMs: number }[] = [];
  const began = clock.now();
  const stop = new AbortController();
  const begun: number[] = [];
  const race = raceSlow({
    clock,
    isStopped: () => stop.signal.aborted,
    own: own.promise,
    won: new AbortController().signal,
    waitedUntil: () => waitedUntil(began),
    hedge: {
      afterMs,
      lookEveryMs: 50,
      begin: (ms) => (begun.push(ms) > 0 && attempts.length < allowed ? [] : undefined),
    },
    again: (signal) => {
      const { promise, resolve } = Promise.withResolvers<TurnEnd>();
      attempts.push({ signal, end: resolve, startedMs: clock.now() - began });
      return promise;
    },
  });
  return { clock, end: own.resolve, attempts, begun, race, stop };
}

describe("a race beside a slow call", () => {
  it("does not begin while the call waits for its turn at the endpoint: another would wait as well", async () => {
    const { clock, end, attempts, race } = racing({ waitedUntil: (began) => began + 1000 });
    await clock.pass(1099);
    expect(attempts).toHaveLength(0);
    await clock.pass(60);
    expect(attempts).toHaveLength(1);
    end(true);
    attempts[0]?.end(bad);
    expect(await race).toBeUndefined();
  });

  it("does not begin while the call is in time", async () => {
    const { clock, end, attempts, race } = racing();
    await clock.pass(99);
    end(true);
    expect(await race).toBeUndefined();
    expect([attempts.length, clock.sleeping]).toEqual([0, 0]);
  });

  it("is won by the second attempt that answers well first", async () => {
    const { clock, attempts, race } = racing();
    await clock.pass(100);
    expect(attempts).toHaveLength(1);
    attempts[0]!.end(good);
    expect(await race).toBe(good);
  });

  it("is won by the call itself where that answers well first: the other is told to stop, and waited for", async () => {
    const { clock, end, attempts, race } = racing();
    await clock.pass(100);
    end(true);
    await settled();
    expect(attempts[0]!.signal.aborted).toBe(true);
    attempts[0]!.end(bad);
    expect(await race).toBeUndefined();
    expect(attempts).toHaveLength(1);
  });

  it("rests with the other where one fails", async () => {
    const { clock, end, attempts, race } = racing();
    await clock.pass(100);
    end(false);
    await settled();
    expect(attempts[0]!.signal.aborted).toBe(false);
    attempts[0]!.end(good);
    expect(await race).toBe(good);
    const both = racing();
    await both.clock.pass(100);
    both.end(false);
    both.attempts[0]!.end(bad);
    expect(await both.race).toBeUndefined();
  });

  it("begins anew where an attempt fails and the call still hangs", async () => {
    const { clock, attempts, race } = racing();
    await clock.pass(100);
    attempts[0]!.end(bad);
    await clock.pass(100);
    expect(attempts.map(({ startedMs }) => startedMs)).toEqual([100, 200]);
    attempts[1]!.end(good);
    expect(await race).toBe(good);
  });

  it("waits until it is known what slow means, and until an attempt is free", async () => {
    const known: number[] = [];
    const unknown = racing({ afterMs: () => known[0] });
    await unknown.clock.pass(1000);
    expect(unknown.attempts).toHaveLength(0);
    known.push(100);
    await unknown.clock.pass(50);
    expect(unknown.attempts).toHaveLength(1);
    const refused = racing({ allowed: 0 });
    await refused.clock.pass(1000);
    expect(refused.attempts).toHaveLength(0);
    refused.end(true);
    expect(await refused.race).toBeUndefined();
    expect(refused.clock.sleeping).toBe(0);
  });

  it("begins none once the run drains or stops", async () => {
    const { clock, attempts, race } = racing();
    await clock.pass(100);
    attempts[0]!.end({ kind: "drained" });
    expect(await race).toBeUndefined();
    const stopped = racing();
    stopped.stop.abort(new Error("over"));
    await stopped.clock.pass(100);
    expect(await stopped.race).toBeUndefined();
    expect([stopped.attempts, stopped.begun]).toEqual([[], []]);
  });
});
