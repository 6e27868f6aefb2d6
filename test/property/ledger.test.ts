import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Amounts } from "../../state/usage.ts";
import type { SubBudget } from "../../state/run-options.ts";
import { capsOf, usageOf } from "../unit/engine/builders.ts";
import { holds } from "./law.ts";
import { ACCOUNTS, commands, LedgerWorld } from "./ledger-world.ts";

/** Rounding of sums of money. */
const CENT = 1e-9;

const caps = fc.record({
  maxSteps: fc.integer({ min: 1, max: 30 }),
  maxTokens: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined }),
  maxUsd: fc.option(
    fc.integer({ min: 1, max: 8000 }).map((permil) => permil / 1000),
    { nil: undefined },
  ),
});
const held = fc.record({
  steps: fc.integer({ min: 0, max: 3 }),
  tokens: fc.integer({ min: 0, max: 500 }),
  usd: fc.integer({ min: 0, max: 500 }).map((permil) => permil / 1000),
});
/** Reports within what was asked for; and reports up to four times as large. */
const honest = commands(1000);
const anything = commands(4000);

function isWithin({ steps, tokens, usd }: Amounts, { maxSteps, maxTokens, maxUsd }: SubBudget): boolean {
  return steps <= (maxSteps ?? Infinity) && tokens <= (maxTokens ?? Infinity) && usd <= (maxUsd ?? Infinity) + CENT;
}

describe("the ledger, over reservations, reports, failures, lost calls and crashes", () => {
  it("never passes a cap of the run or of a sub-budget while reports keep to what was asked, at any concurrency", () => {
    holds(
      fc.property(caps, held, honest, (limits, heldBack, list) => {
        const world = new LedgerWorld(capsOf(limits), heldBack);
        for (const command of list) {
          world.run(command);
          const { spent, accounts } = world.ledger;
          const { reserved } = accounts.standing("run");
          const tokens = spent.inputTokens + spent.outputTokens + reserved.tokens;
          expect(isWithin({ steps: spent.steps + reserved.steps, tokens, usd: spent.usd + reserved.usd }, limits)).toBe(
            true,
          );
          for (const { name, budget } of ACCOUNTS) expect(isWithin(world.spentOn(name), budget)).toBe(true);
        }
      }),
      500,
    );
  });

  it("passes a cap, whatever is reported, by no more than reports passed what was reserved for them", () => {
    holds(
      fc.property(caps, held, anything, (limits, heldBack, list) => {
        const world = new LedgerWorld(capsOf(limits), heldBack);
        for (const command of list) {
          world.run(command);
          const { steps, tokens, usd } = world.spentOn("run");
          const { excess } = world;
          expect(isWithin({ steps, tokens: tokens - excess.tokens, usd: usd - excess.usd }, limits)).toBe(true);
        }
      }),
      500,
    );
  });

  it("passes no cap but by the first call of a model, where a provider always counts the same multiple", () => {
    const multiple = fc.integer({ min: 1001, max: 5000 });
    holds(
      fc.property(caps, held, honest, multiple, (limits, heldBack, list, times) => {
        const world = new LedgerWorld(capsOf(limits), heldBack);
        const seen = new Set<string>();
        let first = { tokens: 0, usd: 0 };
        for (const command of list) {
          const before = world.spentOn("run");
          const report = command.do === "settle" ? world.open[command.which % world.open.length] : undefined;
          world.run(command.do === "settle" ? { ...command, input: times, output: times } : command);
          const after = world.spentOn("run");
          if (report !== undefined && !seen.has(report.model)) {
            first = { tokens: first.tokens + after.tokens - before.tokens, usd: first.usd + after.usd - before.usd };
            seen.add(report.model);
          }
          expect(
            isWithin({ steps: after.steps, tokens: after.tokens - first.tokens, usd: after.usd - first.usd }, limits),
          ).toBe(true);
        }
      }),
      500,
    );
  });

  it("grants nothing beyond what is left, waits only for who holds it and refuses only alone, whatever is reported", () => {
    holds(
      fc.property(caps, held, anything, (limits, heldBack, list) => {
        const world = new LedgerWorld(capsOf(limits), heldBack);
        for (const command of list) world.run(command);
        expect(world.wrong).toEqual([]);
      }),
      500,
    );
  });

  it("holds exactly what is open, and nothing when all is settled or lost with its process", () => {
    holds(
      fc.property(caps, held, anything, (limits, heldBack, list) => {
        const world = new LedgerWorld(capsOf(limits), heldBack);
        for (const command of list) {
          world.run(command);
          const { reserved, open } = world.ledger.accounts.standing("run");
          const steps = world.open.reduce((sum, each) => sum + each.steps, 0);
          expect([open, reserved.steps]).toEqual([world.open.length, steps]);
          // What is learned of a provider enlarges what is held for calls in flight; it never shrinks it.
          const granted = world.open.reduce((sum, each) => sum + each.inputTokens + each.outputTokens, 0);
          expect(reserved.tokens).toBeGreaterThanOrEqual(granted);
          for (const { name } of ACCOUNTS) {
            const own = world.open.filter(({ accounts }) => accounts.includes(name));
            expect(world.ledger.accounts.standing(name).open).toBe(own.length);
          }
        }
        for (const { id } of world.open) world.ledger.settle(id, usageOf());
        expect(world.ledger.accounts.standing("run").reserved).toEqual({ steps: 0, tokens: 0, usd: 0 });
        for (const { name } of ACCOUNTS)
          expect(world.ledger.accounts.standing(name).reserved).toEqual({ steps: 0, tokens: 0, usd: 0 });
      }),
    );
  });

  it("has after a crash what our own account has: every settlement once, what was in flight at its full estimate", () => {
    holds(
      fc.property(caps, held, anything, (limits, heldBack, list) => {
        const world = new LedgerWorld(capsOf(limits), heldBack);
        for (const command of [...list, { do: "crash" as const }]) world.run(command);
        const { spent, accounts } = world.ledger;
        const booked = world.spentOn("run");
        expect(accounts.standing("run").open).toBe(0);
        expect([spent.steps, spent.inputTokens + spent.outputTokens]).toEqual([booked.steps, booked.tokens]);
        expect(spent.usd).toBeCloseTo(booked.usd, 9);
        for (const { name } of ACCOUNTS) {
          const standing = world.ledger.accounts.standing(name).spent;
          expect([standing.steps, standing.tokens]).toEqual([world.spentOn(name).steps, world.spentOn(name).tokens]);
          expect(standing.usd).toBeCloseTo(world.spentOn(name).usd, 9);
        }
      }),
      500,
    );
  });

  it("knows after a crash how a provider counts", () => {
    holds(
      fc.property(held, anything, (heldBack, list) => {
        const live = new LedgerWorld(capsOf({ maxTokens: 1_000_000 }), heldBack);
        for (const command of list) live.run(command);
        for (let open = live.open.length; open > 0; open -= 1) live.run({ do: "fail", which: 0 });
        const request = { share: "coordinator" as const, model: "m", inputTokens: 100, outputTokens: 40 };
        const ask = () =>
          live.ledger.reserve({ ...request, id: "x", leastOutputTokens: 1, price: { input: 0, output: 0 } });
        const before = ask();
        live.ledger.settle("x", usageOf(), false);
        live.run({ do: "crash" });
        expect(ask()).toEqual(before);
      }),
    );
  });

  it("keeps what is held back out of the lanes' reach, as long as the coordinator has not used it", () => {
    const lanesOnly = honest.map((list) =>
      list.map((command) => (command.do === "reserve" ? { ...command, share: "lanes" as const } : command)),
    );
    holds(
      fc.property(caps, held, lanesOnly, (limits, heldBack, list) => {
        const world = new LedgerWorld(capsOf(limits), heldBack);
        const start = world.ledger.left("coordinator");
        for (const command of list) world.run(command);
        const left = world.ledger.left("coordinator");
        for (const amount of ["steps", "tokens", "usd"] as const)
          expect(left[amount]).toBeGreaterThanOrEqual(Math.min(start[amount], heldBack[amount]) - CENT);
      }),
    );
  });
});
