import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STAYS_WARM_MS, PromptWarmUp, type Lead } from "../../../../../engine/runtime/turns/prompt-warm-up.ts";
import { HandClock, settled } from "../../policy/recovery/hand-clock.ts";

const WAIT_MS = 2000;
const NEVER = new AbortController().signal;

/** Siblings that come to one warm-up; who went, in order, and the lead of those that went ahead. */
function crowd(waitMs = WAIT_MS) {
  const clock = new HandClock();
  const warmUp = new PromptWarmUp(clock, waitMs);
  const went: string[] = [];
  const leads = new Map<string, Lead>();
  const come = (name: string, key = "k", signal: AbortSignal = NEVER): void => {
    warmUp.enter(key, signal).then(
      (lead) => {
        went.push(name);
        if (lead !== undefined) leads.set(name, lead);
      },
      () => went.push(`${name} stopped`),
    );
  };
  return { clock, went, leads, come };
}

describe("siblings of one prefix", () => {
  it("let the first go ahead, and follow at its first token", async () => {
    const { went, leads, come, clock } = crowd();
    for (const name of ["a", "b", "c"]) come(name);
    await settled();
    expect(went).toEqual(["a"]);
    leads.get("a")?.arrived();
    await settled();
    expect(went).toEqual(["a", "b", "c"]);
    come("d");
    await settled();
    expect(went.at(-1)).toBe("d");
    expect(leads.size).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  it("do not wait longer than they may, and the late token still warms", async () => {
    const { went, leads, come, clock } = crowd();
    come("a");
    await clock.pass(500);
    come("b");
    await clock.pass(WAIT_MS - 501);
    expect(went).toEqual(["a"]);
    await clock.pass(1);
    expect(went).toEqual(["a", "b"]);
    come("c");
    await settled();
    expect(went).toEqual(["a", "b", "c"]);
    leads.get("a")?.arrived();
    leads.get("a")?.ended();
    come("d");
    await settled();
    expect(leads.size).toBe(1);
  });

  it("go at once where the first one fails; the next that comes goes ahead anew", async () => {
    const { went, leads, come, clock } = crowd();
    for (const name of ["a", "b"]) come(name);
    await settled();
    leads.get("a")?.ended();
    await settled();
    expect(went).toEqual(["a", "b"]);
    come("c");
    await settled();
    expect([...leads.keys()]).toEqual(["a", "c"]);
    // The end of the first, told again, says nothing of the second.
    leads.get("a")?.ended();
    come("d");
    await settled();
    expect(went).toEqual(["a", "b", "c"]);
    leads.get("c")?.arrived();
    await settled();
    expect(went.at(-1)).toBe("d");
    expect(clock.sleeping).toBe(0);
  });

  it("stop waiting when they are stopped", async () => {
    const { went, come, clock } = crowd();
    const stop = new AbortController();
    come("a");
    come("b", "k", stop.signal);
    stop.abort();
    await settled();
    expect(went).toEqual(["a", "b stopped"]);
    expect(clock.sleeping).toBe(0);
  });

  it("go ahead again once the prefix has gone cold", async () => {
    const { leads, come, clock } = crowd();
    come("a");
    await settled();
    leads.get("a")?.arrived();
    await clock.pass(STAYS_WARM_MS);
    come("b");
    await clock.pass(STAYS_WARM_MS + 1);
    come("c");
    await settled();
    expect([...leads.keys()]).toEqual(["a", "c"]);
  });
});

it("other prefixes wait for nobody, and nobody waits where it is switched off", async () => {
  const { went, come } = crowd();
  come("a", "one");
  come("b", "two");
  await settled();
  expect(went).toEqual(["a", "b"]);
  const off = crowd(0);
  for (const name of ["a", "b", "c"]) off.come(name);
  await settled();
  expect(off.went).toEqual(["a", "b", "c"]);
  expect(off.leads.size).toBe(0);
});

/** Whatever the leads do, and even if they never end, nobody waits longer than he may. */
it("never holds anybody longer than it may, whatever becomes of those that went ahead", async () => {
  const event = fc.record({
    afterMs: fc.integer({ min: 0, max: 1500 }),
    what: fc.constantFrom("come", "come", "come", "arrived", "ended"),
    key: fc.constantFrom("k", "l"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      const clock = new HandClock();
      const warmUp = new PromptWarmUp(clock, WAIT_MS);
      const leads = new Map<string, Lead>();
      const open = { k: 0, l: 0 };
      let waiting = 0;
      const waits: number[] = [];
      for (const { afterMs, what, key } of events as { afterMs: number; what: string; key: "k" | "l" }[]) {
        await clock.pass(afterMs);
        if (what === "come") {
          const since = clock.now();
          waiting += 1;
          void warmUp.enter(key, NEVER).then((lead) => {
            waiting -= 1;
            waits.push(clock.now() - since);
            if (lead === undefined) return;
            open[key] += 1;
            leads.set(key, lead);
          });
        } else if (leads.has(key)) {
          leads.get(key)?.[what === "arrived" ? "arrived" : "ended"]();
          leads.delete(key);
          open[key] -= 1;
        }
        await settled();
        for (const each of [open.k, open.l]) expect(each).toBeLessThanOrEqual(1);
      }
      await clock.pass(WAIT_MS);
      expect(waiting).toBe(0);
      expect(Math.max(0, ...waits)).toBeLessThanOrEqual(WAIT_MS);
      expect(clock.sleeping).toBe(0);
    }),
    { numRuns: 60 },
  );
});
