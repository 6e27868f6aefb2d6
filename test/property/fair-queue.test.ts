import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FairQueue, TURNS_BY_AGE, type Asking } from "../../engine/runtime/limits/fair-queue.ts";
import { holds } from "./law.ts";

const asking = (run: string, priority = 0, isUrgent = false): Asking => ({ run, priority, isUrgent });

describe("a fair queue", () => {
  it("gives each of two runs its turn, however many of the other wait", () => {
    const queue = new FairQueue<string>();
    for (let n = 0; n < 300; n += 1) queue.add(asking("large", 9), `large ${n}`);
    for (let n = 0; n < 3; n += 1) queue.add(asking("small"), `small ${n}`);
    const first = Array.from({ length: 8 }, () => queue.take());
    expect(first.filter((name) => name?.startsWith("small"))).toHaveLength(3);
  });

  it("serves coordinators first, then the longest path, then who came first", () => {
    const queue = new FairQueue<string>();
    queue.add(asking("r", 1), "short");
    queue.add(asking("r", 5), "long");
    queue.add(asking("r", 5), "long, later");
    queue.add(asking("r", 0, true), "coordinator");
    expect([queue.peek(), ...Array.from({ length: 5 }, () => queue.take())]).toEqual([
      ...["coordinator", "coordinator", "long", "long, later", "short", undefined],
    ]);
  });

  it("lets nobody starve: who waits is served within a bounded number of turns, whoever comes after", () => {
    const arrivals = fc.array(
      fc.record({
        run: fc.constantFrom("a", "b", "c"),
        priority: fc.integer({ min: 1, max: 9 }),
        isUrgent: fc.boolean(),
      }),
      { minLength: 2, maxLength: 4 },
    );
    holds(
      fc.property(fc.nat(12), arrivals, (ahead, each) => {
        const queue = new FairQueue<string>();
        for (let n = 0; n < ahead; n += 1) queue.add(asking("a", 5), "ahead");
        queue.add(asking("a", 0), "low");
        let turns = 0;
        for (let served: string | undefined; served !== "low"; turns += 1) {
          // More come than are served, all of them better.
          for (const better of each) queue.add(better, "better");
          served = queue.take();
          if (turns > (ahead + 2) * TURNS_BY_AGE) break;
        }
        expect(turns).toBeLessThanOrEqual((ahead + 1) * TURNS_BY_AGE);
      }),
    );
  });

  it("loses nobody and serves nobody twice, whoever leaves in between", () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant("add" as const),
        run: fc.constantFrom("a", "b"),
        priority: fc.nat(3),
        isUrgent: fc.boolean(),
      }),
      fc.record({ do: fc.constant("leave" as const), which: fc.nat(30) }),
      fc.record({ do: fc.constant("take" as const) }),
    );
    holds(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const queue = new FairQueue<number>();
        const waiting = new Map<number, () => void>();
        const expectTaken = (): void => {
          const next = queue.peek();
          expect(queue.take()).toBe(next);
          expect(next === undefined ? waiting.size === 0 : waiting.delete(next)).toBe(true);
        };
        for (const [n, given] of steps.entries()) {
          if (given.do === "add") waiting.set(n, queue.add(given, n));
          else if (given.do === "take") expectTaken();
          else {
            const [id, leave] = [...waiting][given.which % Math.max(1, waiting.size)] ?? [];
            leave?.();
            leave?.();
            if (id !== undefined) waiting.delete(id);
          }
          expect(queue.size).toBe(waiting.size);
        }
        while (queue.size > 0) expectTaken();
        expect(waiting.size).toBe(0);
      }),
    );
  });
});
