import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ONE_BY_AGE, Semaphore, type Asking } from "../../engine/runtime/waiting/semaphore.ts";
import { holds, holdsInTime } from "./law.ts";

const asking = (run: string, priority = 0, isUrgent = false): Asking => ({ run, priority, isUrgent });

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
  readonly slots: Semaphore;
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
    this.slots = new Semaphore(capacity, { oneByAge: Infinity });
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
    const call = this.slots.acquire(asking("r", priority), asked.stop.signal);
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

describe("slots that are given strictly by priority", () => {
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

/** Waiters of whom each is served when the test says so. */
class Waiting<T> {
  readonly #served: T[] = [];
  readonly #slots = new Semaphore<Asking & { value: T }>(0, { onGrant: ({ value }) => void this.#served.push(value) });

  get size(): number {
    return this.#slots.waiting;
  }

  /** Returns the way to leave again. */
  add(from: Asking, value: T): () => void {
    const stop = new AbortController();
    void this.#slots.acquire({ ...from, value }, stop.signal).catch(() => undefined);
    return () => stop.abort();
  }

  take(): T | undefined {
    this.#slots.resize(this.#slots.held + 1);
    this.#slots.resize(this.#slots.held);
    return this.#served.pop();
  }
}

describe("slots that runs share", () => {
  it("gives each of two runs its turn, however many of the other wait", () => {
    const queue = new Waiting<string>();
    for (let n = 0; n < 300; n += 1) queue.add(asking("large", 9), `large ${n}`);
    for (let n = 0; n < 3; n += 1) queue.add(asking("small"), `small ${n}`);
    const first = Array.from({ length: 8 }, () => queue.take());
    expect(first.filter((name) => name?.startsWith("small"))).toHaveLength(3);
  });

  it("serves coordinators first, then the longest path, then who came first", () => {
    const queue = new Waiting<string>();
    queue.add(asking("r", 1), "short");
    queue.add(asking("r", 5), "long");
    queue.add(asking("r", 5), "long, later");
    queue.add(asking("r", 0, true), "coordinator");
    expect(Array.from({ length: 5 }, () => queue.take())).toEqual([
      ...["coordinator", "long", "long, later", "short", undefined],
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
        const queue = new Waiting<string>();
        for (let n = 0; n < ahead; n += 1) queue.add(asking("a", 5), "ahead");
        queue.add(asking("a", 0), "low");
        let turns = 0;
        for (let served: string | undefined; served !== "low"; turns += 1) {
          // More come than are served, all of them better.
          for (const better of each) queue.add(better, "better");
          served = queue.take();
          if (turns > (ahead + 2) * ONE_BY_AGE) break;
        }
        expect(turns).toBeLessThanOrEqual((ahead + 1) * ONE_BY_AGE);
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
        const queue = new Waiting<number>();
        const waiting = new Map<number, () => void>();
        const expectTaken = (): void => {
          const next = queue.take();
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
