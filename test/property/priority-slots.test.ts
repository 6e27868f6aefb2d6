import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PrioritySlots } from "../../engine/runtime/limits/priority-slots.ts";
import { holdsInTime } from "./law.ts";

type Command =
  { do: "acquire"; priority: number } | { do: "abort" | "release"; which: number } | { do: "resize"; capacity: number };

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant("acquire" as const), priority: fc.integer({ min: 0, max: 3 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("release" as const), which: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("abort" as const), which: fc.nat(20) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("resize" as const), capacity: fc.integer({ min: 0, max: 5 }) }),
    },
  ),
  { maxLength: 60 },
);

interface Asked {
  priority: number;
  order: number;
  stop: AbortController;
}

/** A plain list beside the slots: who should hold one, who should wait. */
class World {
  readonly slots: PrioritySlots;
  capacity: number;
  waiting: Asked[] = [];
  holding: Asked[] = [];
  /** In the order in which the slots served them. */
  readonly served: Asked[] = [];
  readonly expected: Asked[] = [];
  readonly called: Promise<unknown>[] = [];
  #order = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.slots = new PrioritySlots(capacity);
  }

  run(command: Command): void {
    if (command.do === "acquire") this.#acquire(command.priority);
    if (command.do === "release") this.#release(command.which);
    if (command.do === "abort") this.#abort(command.which);
    if (command.do === "resize") {
      this.capacity = command.capacity;
      this.slots.resize(command.capacity);
    }
    this.#serve();
  }

  #acquire(priority: number): void {
    const asked = { priority, order: (this.#order += 1), stop: new AbortController() };
    this.waiting.push(asked);
    const call = this.slots.acquire(priority, asked.stop.signal);
    this.called.push(call.then(() => this.served.push(asked)).catch(() => undefined));
  }

  #release(which: number): void {
    if (this.holding.length === 0) return;
    this.holding.splice(which % this.holding.length, 1);
    this.slots.release();
  }

  /** Of one that waits or of one that has its slot already: the latter must change nothing. */
  #abort(which: number): void {
    const all = [...this.waiting, ...this.holding];
    const asked = all[which % Math.max(1, all.length)];
    this.waiting = this.waiting.filter((other) => other !== asked);
    asked?.stop.abort(new Error("called off"));
  }

  #serve(): void {
    this.waiting.sort((left, right) => right.priority - left.priority || left.order - right.order);
    while (this.holding.length < this.capacity && this.waiting.length > 0) {
      const next = this.waiting.shift()!;
      this.holding.push(next);
      this.expected.push(next);
    }
  }
}

describe("priority slots", () => {
  it("agree with a plain list on who holds, who waits and who comes next, whatever happens in between", async () => {
    await holdsInTime(
      fc.asyncProperty(fc.integer({ min: 0, max: 4 }), commands, async (capacity, given) => {
        const world = new World(capacity);
        for (const command of given) {
          const before = world.slots.held;
          world.run(command);
          expect([world.slots.held, world.slots.waiting]).toEqual([world.holding.length, world.waiting.length]);
          expect(world.slots.held).toBeLessThanOrEqual(Math.max(before, world.capacity));
        }
        for (const { stop } of world.waiting) stop.abort(new Error("the end"));
        await Promise.all(world.called);
        expect(world.served.map(({ order }) => order)).toEqual(world.expected.map(({ order }) => order));
      }),
      500,
    );
  });

  it("are all free again when each holder has released and each waiter has gone", async () => {
    await holdsInTime(
      fc.asyncProperty(fc.integer({ min: 0, max: 4 }), commands, async (capacity, given) => {
        const world = new World(capacity);
        for (const command of given) world.run(command);
        for (const { stop } of world.waiting) stop.abort(new Error("the end"));
        for (let count = world.slots.held; count > 0; count -= 1) world.slots.release();
        await Promise.all(world.called);
        expect([world.slots.held, world.slots.waiting]).toEqual([0, 0]);
      }),
    );
  });
});
