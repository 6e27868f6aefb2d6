import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ledger, type Amounts, type Purse, type Reservation } from "../../engine/budget/ledger.ts";
import type { Usage } from "../../state/usage.ts";
import { capsOf, usageOf } from "../unit/engine/builders.ts";
import { holds } from "./law.ts";

/** Rounding of sums of money. */
const CENT = 1e-9;
const PRICE = { input: 0.001, output: 0.003 };

/** Amounts in permille of what was reserved; above 1000 the provider counted more input than our bound. */
type Command =
  | { do: "reserve"; purse: Purse; input: number; output: number; least: number }
  | { do: "settle"; which: number; input: number; output: number; steps: 0 | 1 }
  | { do: "restore"; steps: number; tokens: number };

const permille = fc.integer({ min: 0, max: 1000 });
const reserveCommand = fc.record({
  do: fc.constant("reserve" as const),
  purse: fc.constantFrom<Purse>("lanes", "coordinator"),
  input: fc.integer({ min: 0, max: 400 }),
  output: fc.integer({ min: 1, max: 300 }),
  least: fc.integer({ min: 1, max: 50 }),
});
const settleCommand = (input: fc.Arbitrary<number>): fc.Arbitrary<Command> =>
  fc.record({
    do: fc.constant("settle" as const),
    which: fc.nat(50),
    input,
    output: permille,
    steps: fc.constantFrom<0 | 1>(0, 1),
  });
const restoreCommand = fc.record({
  do: fc.constant("restore" as const),
  steps: fc.integer({ min: 0, max: 1 }),
  tokens: fc.integer({ min: 0, max: 50 }),
});
const honest = fc.array(fc.oneof(reserveCommand, settleCommand(permille)), { maxLength: 120 });
const anything = fc.array(fc.oneof(reserveCommand, settleCommand(fc.integer({ min: 0, max: 3000 })), restoreCommand), {
  maxLength: 120,
});
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

function usageFor(reservation: Reservation, command: Command & { do: "settle" }): Usage {
  const inputTokens = Math.floor((reservation.inputTokens * command.input) / 1000);
  const outputTokens = Math.floor((reservation.outputTokens * command.output) / 1000);
  const usd = inputTokens * PRICE.input + outputTokens * PRICE.output;
  return usageOf({ steps: command.steps, modelCalls: 1, inputTokens, outputTokens, usd });
}

/** Runs commands against a ledger, with a plain account beside it of what is open and of what should not have happened. */
class World {
  readonly open: Reservation[] = [];
  readonly wrong: string[] = [];
  #ids = 0;
  readonly ledger: Ledger;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  run(command: Command): void {
    if (command.do === "restore") this.ledger.restore(usageOf({ steps: command.steps, inputTokens: command.tokens }));
    else if (command.do === "reserve") this.#reserve(command);
    else if (this.open.length > 0) {
      const [reservation] = this.open.splice(command.which % this.open.length, 1) as [Reservation];
      if (!this.ledger.settle(reservation.id, usageFor(reservation, command))) this.wrong.push("settled twice");
    }
  }

  #reserve(command: Command & { do: "reserve" }): void {
    const left = this.ledger.left(command.purse);
    const leastOutputTokens = Math.min(command.least, command.output);
    const grant = this.ledger.reserve({
      id: `r${(this.#ids += 1)}`,
      purse: command.purse,
      inputTokens: command.input,
      outputTokens: command.output,
      leastOutputTokens,
      price: PRICE,
    });
    if (grant.kind === "wait" && this.open.length === 0) this.wrong.push("waits for nobody");
    if (grant.kind === "refused" && this.open.length > 0) this.wrong.push("refused while another may free something");
    if (grant.kind !== "granted") return;
    const { inputTokens, outputTokens, usd } = grant.reservation;
    if (outputTokens > command.output || outputTokens < leastOutputTokens) this.wrong.push("output out of range");
    if (inputTokens < command.input) this.wrong.push("less input than asked for");
    if (left.steps < 1 || inputTokens + outputTokens > left.tokens || usd > left.usd + CENT)
      this.wrong.push("granted beyond what is left");
    this.open.push(grant.reservation);
  }

  total(): Amounts {
    const { spent, reserved } = this.ledger;
    return {
      steps: spent.steps + reserved.steps,
      tokens: spent.inputTokens + spent.outputTokens + reserved.tokens,
      usd: spent.usd + reserved.usd,
    };
  }
}

describe("the ledger", () => {
  it("never passes a cap while the provider keeps to what was granted, at any concurrency", () => {
    holds(
      fc.property(caps, held, honest, (limits, heldBack, commands) => {
        const world = new World(new Ledger(capsOf(limits), heldBack));
        for (const command of commands) {
          world.run(command);
          const { steps, tokens, usd } = world.total();
          expect(steps).toBeLessThanOrEqual(limits.maxSteps);
          expect(tokens).toBeLessThanOrEqual(limits.maxTokens ?? Infinity);
          expect(usd).toBeLessThanOrEqual((limits.maxUsd ?? Infinity) + CENT);
        }
      }),
      500,
    );
  });

  it("grants nothing beyond what is left, waits only for another and refuses only alone, whatever the provider does", () => {
    holds(
      fc.property(caps, held, anything, (limits, heldBack, commands) => {
        const world = new World(new Ledger(capsOf(limits), heldBack));
        for (const command of commands) world.run(command);
        expect(world.wrong).toEqual([]);
      }),
      500,
    );
  });

  it("holds exactly what is open, and nothing when all is settled", () => {
    holds(
      fc.property(caps, held, anything, (limits, heldBack, commands) => {
        const world = new World(new Ledger(capsOf(limits), heldBack));
        for (const command of commands) {
          world.run(command);
          const { reserved, openReservations } = world.ledger;
          expect([openReservations, reserved.steps]).toEqual([world.open.length, world.open.length]);
          expect(reserved.tokens).toBe(world.open.reduce((sum, each) => sum + each.inputTokens + each.outputTokens, 0));
          expect(reserved.usd).toBeCloseTo(
            world.open.reduce((sum, each) => sum + each.usd, 0),
            9,
          );
        }
        for (const { id } of world.open) world.ledger.settle(id, usageOf());
        expect(world.ledger.reserved).toEqual({ steps: 0, tokens: 0, usd: 0 });
      }),
    );
  });

  it("keeps what is held back out of the lanes' reach, as long as the coordinator has not used it", () => {
    const lanesOnly = honest.map((commands) =>
      commands.map((command) => (command.do === "reserve" ? { ...command, purse: "lanes" as const } : command)),
    );
    holds(
      fc.property(caps, held, lanesOnly, (limits, heldBack, commands) => {
        const ledger = new Ledger(capsOf(limits), heldBack);
        const world = new World(ledger);
        const start = ledger.left("coordinator");
        for (const command of commands) world.run(command);
        const left = ledger.left("coordinator");
        for (const amount of ["steps", "tokens", "usd"] as const)
          expect(left[amount]).toBeGreaterThanOrEqual(Math.min(start[amount], heldBack[amount]) - CENT);
      }),
    );
  });

  it("gives the same grants to the same calls", () => {
    holds(
      fc.property(caps, held, anything, (limits, heldBack, commands) => {
        const totals = [0, 1].map(() => {
          const world = new World(new Ledger(capsOf(limits), heldBack));
          for (const command of commands) world.run(command);
          return world.total();
        });
        expect(totals[0]).toEqual(totals[1]);
      }),
      100,
    );
  });
});
