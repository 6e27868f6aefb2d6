import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Admission } from "../../engine/policy/budget/admission.ts";
import type { Amounts } from "../../state/usage.ts";
import { holds } from "./law.ts";

interface PlannedLane {
  /** What the plan says that it takes; absent: nothing is known. */
  planned: number | undefined;
  /** What it really takes, one after another. */
  takes: number;
  useful: boolean;
}

const lane: fc.Arbitrary<PlannedLane> = fc.record({
  planned: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  takes: fc.integer({ min: 0, max: 12 }),
  useful: fc.boolean(),
});
const lanes = fc.array(lane, { minLength: 1, maxLength: 25 });
const budget = fc.integer({ min: 0, max: 120 });

type Ending = "finished" | "cut short" | "refused";

const GUESS = { steps: 4, tokens: 400, usd: 0.4 };
const amountsOf = (steps: number): Amounts => ({ steps, tokens: steps * 100, usd: steps / 10 });

/** Lanes at an admission, with a plain account beside it of what should not have happened. */
class World {
  readonly endings = new Map<number, Ending>();
  readonly wrong: string[] = [];
  readonly #admission = new Admission();
  readonly #given: readonly PlannedLane[];
  readonly #waiting: Set<number>;
  /** What each working lane still takes. */
  readonly #working = new Map<number, number>();
  #left: number;

  constructor(given: readonly PlannedLane[], steps: number) {
    this.#given = given;
    this.#left = steps;
    this.#waiting = new Set(given.keys());
  }

  /** Runs all lanes to their ends in an order that `turns` decides; gives up where none can go on. */
  run(turns: readonly number[]): void {
    for (let turn = 0; this.endings.size < this.#given.length && this.wrong.length === 0; turn += 1) {
      for (const index of [...this.#waiting]) this.#ask(index);
      const working = [...this.#working];
      const next = working[(turns[turn % turns.length] ?? 0) % Math.max(1, working.length)];
      if (next !== undefined) this.#step(...next);
    }
    if (this.#admission.committed().steps > 0) this.wrong.push("a lane that left is still committed");
  }

  #ask(index: number): void {
    const { planned, takes } = this.#given[index] as PlannedLane;
    const { kind } = this.#admission.admit(String(index), {
      left: amountsOf(this.#left),
      steps: planned,
      guess: GUESS,
    });
    if (kind === "wait") {
      if (this.#working.size === 0) this.wrong.push(`lane ${index} waits for nobody`);
      return;
    }
    this.#waiting.delete(index);
    if (kind === "admitted") this.#working.set(index, takes);
    else {
      if (this.#left >= 1) this.wrong.push(`lane ${index} was refused while something was left`);
      if (this.#working.size > 0) this.wrong.push(`lane ${index} was refused while another may leave something`);
      this.endings.set(index, "refused");
    }
  }

  #step(index: number, need: number): void {
    if (need > 0 && this.#left >= 1) {
      this.#left -= 1;
      this.#admission.spend(String(index), amountsOf(1));
      this.#working.set(index, need - 1);
      return;
    }
    this.#working.delete(index);
    this.#admission.leave(String(index), need === 0 && this.#given[index]?.useful === true);
    this.endings.set(index, need === 0 ? "finished" : "cut short");
  }
}

function simulate(given: readonly PlannedLane[], steps: number, turns: readonly number[]): World {
  const world = new World(given, steps);
  world.run(turns);
  return world;
}

describe("the admission admission", () => {
  const turns = fc.array(fc.nat(30), { minLength: 1, maxLength: 40 });

  it("lets every lane come to an end, makes one wait only while another is in, and refuses only when all is spent", () => {
    holds(
      fc.property(lanes, budget, turns, (given, steps, order) => {
        const world = simulate(given, steps, order);
        expect(world.wrong).toEqual([]);
        expect(world.endings.size).toBe(given.length);
      }),
      500,
    );
  });

  it("refuses nobody and cuts nobody short where the budget covers all", () => {
    holds(
      fc.property(lanes, turns, (given, order) => {
        expect(new Set(simulate(given, 1000, order).endings.values())).toEqual(new Set(["finished"]));
      }),
    );
  });

  it("finishes whole lanes under a scarce budget where the plan knows what they take", () => {
    const known = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 25 });
    holds(
      fc.property(known, budget, turns, (takes, steps, order) => {
        const given = takes.map((count) => ({ planned: count, takes: count, useful: true }));
        const endings = [...simulate(given, steps, order).endings.values()];
        expect(endings.filter((ending) => ending === "cut short").length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("has never more committed than what is left, but for one lane that may always try", () => {
    holds(
      fc.property(lanes, budget, (given, steps) => {
        const admission = new Admission();
        const left = { steps, tokens: Infinity, usd: Infinity };
        let admitted = 0;
        for (const [index, { planned }] of given.entries()) {
          const { kind } = admission.admit(String(index), {
            left,
            steps: planned,
            guess: { steps: 4, tokens: 0, usd: 0 },
          });
          if (kind === "admitted") admitted += 1;
        }
        expect(admitted > 1 ? admission.committed().steps : 0).toBeLessThanOrEqual(steps);
      }),
    );
  });
});
