import { describe, expect, it } from "vitest";
import { holdBack } from "../../../../../engine/policy/budget/accounts.ts";
import { Ledger, type Grant, type ReservationRequest } from "../../../../../engine/policy/budget/ledger.ts";
import type { SubBudget } from "../../../../../state/run-options.ts";
import type { Caps } from "../../../../../state/usage.ts";
import { capsOf, usageOf } from "../../builders.ts";

const NOTHING = { steps: 0, tokens: 0, usd: 0 };
const FREE = { input: 0, output: 0 };

function request(id: string, given: Partial<ReservationRequest> = {}): ReservationRequest {
  return {
    id,
    share: "lanes",
    model: "m",
    inputTokens: 100,
    outputTokens: 50,
    leastOutputTokens: 10,
    price: FREE,
    ...given,
  };
}
const ledgerOf = (caps: Partial<Caps>, heldBack = NOTHING): Ledger => new Ledger(capsOf(caps), heldBack);
function granted(grant: Grant): number {
  if (grant.kind !== "granted") throw new Error(`${grant.kind}: ${grant.cap}`);
  return grant.reservation.asked.outputTokens;
}
/** One call has shown how the provider counts, so that calls may run side by side. */
function calibrated(caps: Partial<Caps>, heldBack = NOTHING): Ledger {
  const ledger = ledgerOf(caps, heldBack);
  ledger.reserve(request("first", { inputTokens: 1, outputTokens: 10 }));
  ledger.settle("first", usageOf({ inputTokens: 1 }));
  return ledger;
}

describe("a reservation", () => {
  it("takes one step, the tokens and the price of its call", () => {
    const ledger = ledgerOf({ maxSteps: 10, maxTokens: 1000, maxUsd: 1 });
    const grant = ledger.reserve(request("a", { price: { input: 0.001, output: 0.002 } }));
    expect(grant).toEqual({
      kind: "granted",
      reservation: {
        ...{ id: "a", share: "lanes", model: "m", steps: 1, inputTokens: 100, outputTokens: 50, usd: 0.2 },
        ...{ asked: { inputTokens: 100, outputTokens: 50 }, isCapped: true, accounts: [] },
      },
    });
    expect(ledger.accounts.standing("run").reserved).toEqual({ steps: 1, tokens: 150, usd: 0.2 });
    expect(ledger.left("lanes")).toEqual({ steps: 9, tokens: 850, usd: 0.8 });
  });

  it("is settled by what was used, and the rest is free again", () => {
    const ledger = ledgerOf({ maxSteps: 10, maxTokens: 1000, maxUsd: 1 });
    ledger.reserve(request("a", { price: { input: 0.001, output: 0.002 } }));
    expect(ledger.settle("a", usageOf({ steps: 1, modelCalls: 1, inputTokens: 40, outputTokens: 5, usd: 0.05 }))).toBe(
      true,
    );
    expect(ledger.accounts.standing("run")).toMatchObject({ reserved: NOTHING, open: 0 });
    expect(ledger.left("lanes")).toEqual({ steps: 9, tokens: 955, usd: 0.95 });
  });

  it("is settled once: a second settlement and an unknown one change nothing and say so", () => {
    const ledger = ledgerOf({});
    ledger.reserve(request("a"));
    ledger.settle("a", usageOf({ steps: 1 }));
    const before = ledger.spent;
    expect(ledger.settle("a", usageOf({ steps: 1 }))).toBe(false);
    expect(ledger.settle("ghost", usageOf({ steps: 1 }))).toBe(false);
    expect(ledger.spent).toEqual(before);
  });

  it("of an id that is open already is a broken promise", () => {
    const ledger = ledgerOf({});
    ledger.reserve(request("a"));
    expect(() => ledger.reserve(request("a"))).toThrow("reservation a is open already");
    expect(ledger.accounts.standing("run").open).toBe(1);
  });

  it("frees its step where the call took none", () => {
    const ledger = ledgerOf({ maxSteps: 1 });
    ledger.reserve(request("a"));
    expect(ledger.reserve(request("b"))).toEqual({ kind: "wait", cap: "steps" });
    ledger.settle("a", usageOf({ modelCalls: 1 }));
    expect(ledger.reserve(request("b")).kind).toBe("granted");
  });
});

describe("at a cap", () => {
  it("the step after the last is refused, and waits while another is open", () => {
    const ledger = ledgerOf({ maxSteps: 2 });
    ledger.reserve(request("a"));
    ledger.reserve(request("b"));
    expect(ledger.reserve(request("c"))).toEqual({ kind: "wait", cap: "steps" });
    ledger.settle("a", usageOf({ steps: 1 }));
    expect(ledger.reserve(request("c"))).toEqual({ kind: "wait", cap: "steps" });
    ledger.settle("b", usageOf({ steps: 1 }));
    expect(ledger.reserve(request("c"))).toEqual({ kind: "refused", cap: "steps" });
  });

  it("the last call is granted the output that still fits, not less than is worth calling for", () => {
    const fits = (maxTokens: number): Grant => ledgerOf({ maxTokens }).reserve(request("a"));
    expect(granted(fits(150))).toBe(50);
    expect(granted(fits(130))).toBe(30);
    expect(granted(fits(110))).toBe(10);
    expect(fits(109)).toEqual({ kind: "refused", cap: "tokens" });
    expect(fits(50)).toEqual({ kind: "refused", cap: "tokens" });
  });

  it("the output that fits is measured in money too", () => {
    const price = { input: 0.001, output: 0.01 };
    const fits = (maxUsd: number): Grant => ledgerOf({ maxUsd }).reserve(request("a", { price }));
    expect(granted(fits(0.6))).toBe(50);
    expect(granted(fits(0.3005))).toBe(20);
    expect(fits(0.19)).toEqual({ kind: "refused", cap: "usd" });
  });

  it("money does not limit what costs nothing, and limits input that alone is too dear", () => {
    expect(granted(ledgerOf({ maxUsd: 0.01 }).reserve(request("a")))).toBe(50);
    const dear = request("a", { price: { input: 1, output: 0 } });
    expect(ledgerOf({ maxUsd: 1 }).reserve(dear)).toEqual({ kind: "refused", cap: "usd" });
  });

  it("a smaller output is not granted while an open reservation may still free the whole", () => {
    const ledger = calibrated({ maxTokens: 301 });
    ledger.reserve(request("a"));
    expect(ledger.reserve(request("b", { outputTokens: 60 }))).toEqual({ kind: "wait", cap: "tokens" });
    ledger.settle("a", usageOf({ inputTokens: 50, outputTokens: 20 }));
    expect(granted(ledger.reserve(request("b", { outputTokens: 60 })))).toBe(60);
  });
});

describe("before the provider has shown how it counts", () => {
  it("a model that replies and never says what that cost is worked by its bounds, not one call at a time", () => {
    const ledger = ledgerOf({ maxTokens: 1000 });
    granted(ledger.reserve(request("a")));
    expect(ledger.reserve(request("b")).kind).toBe("wait");
    ledger.settle("a", usageOf({ inputTokens: 100, outputTokens: 50 }), false);
    expect([ledger.noteUnreported("m"), ledger.noteUnreported("m")]).toEqual([true, false]);
    for (const id of ["b", "c", "d", "e", "f"]) granted(ledger.reserve(request(id)));
    expect(ledger.reserve(request("g")).kind).toBe("wait");
  });

  it("calls under a cap on tokens or money go one by one", () => {
    const tokens = ledgerOf({ maxTokens: 1_000_000 });
    tokens.reserve(request("a"));
    expect(tokens.reserve(request("b"))).toEqual({ kind: "wait", cap: "tokens" });
    tokens.settle("a", usageOf({ inputTokens: 5 }));
    expect(tokens.reserve(request("b")).kind).toBe("granted");
    expect(tokens.reserve(request("c")).kind).toBe("granted");

    const usd = ledgerOf({ maxUsd: 100 });
    const price = { input: 0, output: 0.0001 };
    usd.reserve(request("a", { price }));
    expect(usd.reserve(request("b", { price }))).toEqual({ kind: "wait", cap: "usd" });
  });

  it("a call that reported nothing proves nothing", () => {
    const ledger = ledgerOf({ maxTokens: 1_000_000 });
    ledger.reserve(request("a"));
    ledger.settle("a", usageOf({ modelCalls: 1 }));
    ledger.reserve(request("b"));
    expect(ledger.reserve(request("c")).kind).toBe("wait");
  });

  it("calls that no cap counts run side by side", () => {
    const free = ledgerOf({ maxUsd: 1 });
    const steps = ledgerOf({ maxSteps: 5 });
    for (const ledger of [free, steps]) {
      ledger.reserve(request("a"));
      expect(ledger.reserve(request("b")).kind).toBe("granted");
    }
  });
});

describe("a provider that counts more than was reserved", () => {
  it("makes every later reservation of its model larger by twice the excess, and of no other model", () => {
    const ledger = ledgerOf({ maxTokens: 10_000 });
    ledger.reserve(request("a"));
    ledger.settle("a", usageOf({ inputTokens: 130, outputTokens: 60 }));
    const grant = ledger.reserve(request("b"));
    const asked = { inputTokens: 100, outputTokens: 50 };
    expect(grant).toMatchObject({ kind: "granted", reservation: { inputTokens: 160, outputTokens: 70, asked } });
    ledger.settle("b", usageOf({ inputTokens: 100, outputTokens: 50 }));
    expect(ledger.reserve(request("c"))).toMatchObject({ reservation: { inputTokens: 160 } });
    expect(ledger.reserve(request("d", { model: "other" }))).toMatchObject({ reservation: { inputTokens: 100 } });
  });

  it("is taken to count as much more of a longer prompt in proportion", () => {
    const ledger = ledgerOf({ maxTokens: 10_000 });
    ledger.reserve(request("a"));
    ledger.settle("a", usageOf({ inputTokens: 150 }));
    expect(ledger.reserve(request("b", { inputTokens: 1000 }))).toMatchObject({ reservation: { inputTokens: 2000 } });
  });

  it("is expected to pass the bounds of the calls in flight too: nothing more is granted until it fits again", () => {
    const ledger = calibrated({ maxTokens: 1000 });
    for (const id of ["a", "b", "c"]) ledger.reserve(request(id));
    ledger.settle("a", usageOf({ inputTokens: 300, outputTokens: 50 }));
    expect(ledger.accounts.standing("run").reserved.tokens).toBe(2 * (500 + 50));
    expect(ledger.reserve(request("d"))).toEqual({ kind: "wait", cap: "tokens" });
    for (const id of ["b", "c"]) ledger.settle(id, usageOf({ inputTokens: 310, outputTokens: 50 }));
    expect(ledger.reserve(request("d"))).toEqual({ kind: "refused", cap: "tokens" });
    expect(ledger.accounts.standing("run").reserved).toEqual(NOTHING);
  });

  it("is not blamed for a usage that we have only estimated", () => {
    const ledger = ledgerOf({ maxTokens: 10_000 });
    ledger.reserve(request("a"));
    ledger.settle("a", usageOf({ inputTokens: 900, outputTokens: 50 }), false);
    ledger.reserve(request("b"));
    expect(ledger.reserve(request("c")).kind).toBe("wait");
  });
});

describe("a sub-budget", () => {
  const account = (name: string, budget: SubBudget) => ({ name, budget });
  const price = { input: 0.001, output: 0.001 };

  it("is charged beside the run's caps, and its refusal names it", () => {
    const ledger = ledgerOf({ maxSteps: 100 });
    const accounts = [account("agent a", { maxSteps: 2 })];
    for (const id of ["1", "2"]) expect(ledger.reserve(request(id, { accounts })).kind).toBe("granted");
    expect(ledger.reserve(request("3", { accounts }))).toEqual({ kind: "wait", cap: "steps", account: "agent a" });
    expect(ledger.reserve(request("4")).kind).toBe("granted");
    for (const id of ["1", "2"]) ledger.settle(id, usageOf({ steps: 1 }));
    expect(ledger.reserve(request("3", { accounts }))).toEqual({ kind: "refused", cap: "steps", account: "agent a" });
    expect(ledger.left("lanes").steps).toBe(97);
  });

  it("is refused at once where only others hold what is open", () => {
    const ledger = calibrated({ maxTokens: 100_000 });
    ledger.reserve(request("other"));
    const accounts = [account("subtask s1", { maxTokens: 90 })];
    expect(ledger.reserve(request("a", { accounts }))).toEqual({
      kind: "refused",
      cap: "tokens",
      account: "subtask s1",
    });
  });

  it("grants the output that still fits it, and makes the call carry its limit", () => {
    const ledger = ledgerOf({});
    const accounts = [account("subtask s1", { maxUsd: 0.13 }), account("agent a", { maxTokens: 140 })];
    const grant = ledger.reserve(request("a", { accounts, price }));
    expect(granted(grant)).toBe(30);
    expect(grant).toMatchObject({ reservation: { isCapped: true, accounts: ["subtask s1", "agent a"] } });
    expect(ledger.accounts.standing("agent a")).toEqual({
      ...{ spent: NOTHING, open: 1 },
      reserved: { steps: 1, tokens: 130, usd: 0.13 },
    });
  });
});

describe("what is held back", () => {
  const heldBack = { steps: 3, tokens: 200, usd: 0.5 };

  it("is out of reach of the lanes and within reach of the coordinator", () => {
    const ledger = ledgerOf({ maxSteps: 4 }, heldBack);
    ledger.reserve(request("a"));
    ledger.settle("a", usageOf({ steps: 1 }));
    expect(ledger.reserve(request("b"))).toEqual({ kind: "refused", cap: "steps" });
    for (const id of ["c", "d", "e"])
      expect(ledger.reserve(request(id, { share: "coordinator" })).kind).toBe("granted");
    expect(ledger.reserve(request("f", { share: "coordinator" })).kind).toBe("wait");
  });

  it("counts for tokens and money alike", () => {
    const ledger = ledgerOf({ maxTokens: 1000, maxUsd: 2 }, heldBack);
    expect(ledger.left("lanes")).toMatchObject({ tokens: 800, usd: 1.5 });
    expect(ledger.left("coordinator")).toMatchObject({ tokens: 1000, usd: 2 });
    expect(granted(ledgerOf({ maxTokens: 320 }, heldBack).reserve(request("a")))).toBe(20);
  });

  it("is at most a tenth of the steps and a fifth of tokens and money", () => {
    expect(holdBack(capsOf({ maxSteps: 4000, maxTokens: 1001, maxUsd: 10 }), 12)).toEqual({
      steps: 12,
      tokens: 200,
      usd: 2,
    });
    expect(holdBack(capsOf({ maxSteps: 55 }), 12)).toEqual({ steps: 5, tokens: 0, usd: 0 });
  });
});

describe("an earlier process's spending", () => {
  it("counts against the caps as if it were our own", () => {
    const ledger = ledgerOf({ maxSteps: 3, maxTokens: 1000 });
    ledger.book({ usage: usageOf({ steps: 2, inputTokens: 700, outputTokens: 160 }) });
    expect(ledger.left("coordinator")).toMatchObject({ steps: 1, tokens: 140 });
    expect(granted(ledger.reserve(request("a")))).toBe(40);
  });
});

describe("who waits for a change", () => {
  it("is woken by the next settlement, and by nothing else", async () => {
    const ledger = ledgerOf({});
    let woken = 0;
    const waits = [1, 2].map(async () => {
      await ledger.changed();
      woken += 1;
    });
    ledger.reserve(request("a"));
    ledger.settle("ghost", usageOf());
    await Promise.resolve();
    expect(woken).toBe(0);
    ledger.settle("a", usageOf());
    await Promise.all(waits);
    expect(woken).toBe(2);
  });
});

it("without a cap nothing is short", () => {
  expect(ledgerOf({}).left("lanes")).toEqual({ steps: 4000, tokens: Infinity, usd: Infinity });
});
