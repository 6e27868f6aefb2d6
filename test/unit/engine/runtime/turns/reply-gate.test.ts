import { describe, expect, it } from "vitest";
import { CAPACITY, LONGEST_MS, ReplyGate } from "../../../../../engine/runtime/turns/reply-gate.ts";
import { HandClock, settled } from "../../policy/recovery/hand-clock.ts";

/** A gate with `lanes` lanes that came at once; `inside` lists those that were let in, in their order. */
function crowded(lanes: number) {
  const clock = new HandClock();
  const gate = new ReplyGate(clock);
  const inside: string[] = [];
  for (let lane = 0; lane < lanes; lane += 1) {
    void gate.enter(`s${lane}`).then(() => inside.push(`s${lane}`));
  }
  return { clock, gate, inside };
}

describe("the gate", () => {
  it("lets a few in at once, and the next one as soon as one of them has left", async () => {
    const { gate, inside } = crowded(CAPACITY + 2);
    await settled();
    expect(inside).toHaveLength(CAPACITY);
    gate.leave("s3");
    await settled();
    expect(inside.at(-1)).toBe(`s${CAPACITY}`);
    expect(inside).toHaveLength(CAPACITY + 1);
  });

  it("gives one place to a lane that asks twice, and none back for a lane that has none", async () => {
    const { gate, inside } = crowded(CAPACITY + 1);
    await gate.enter("s0");
    gate.leave("nobody");
    await settled();
    expect(inside).toHaveLength(CAPACITY);
  });

  it("gives one place to a lane that asks twice while it waits: once everybody has left, all places are free", async () => {
    const { gate, inside } = crowded(CAPACITY);
    const twice = Promise.all([gate.enter("late"), gate.enter("late")]);
    gate.leave("s0");
    await twice;
    for (const lane of [...inside, "late"]) gate.leave(lane);
    const others: string[] = [];
    for (let lane = 0; lane < CAPACITY; lane += 1) void gate.enter(`t${lane}`).then(() => others.push(`t${lane}`));
    await settled();
    expect(others).toHaveLength(CAPACITY);
  });

  it("takes the places back of lanes that stay too long, while somebody waits", async () => {
    const { clock, inside } = crowded(3 * CAPACITY);
    await settled();
    for (let round = 2; round <= 3; round += 1) {
      await clock.pass(LONGEST_MS);
      await settled();
      expect(inside).toHaveLength(round * CAPACITY);
    }
  });

  it("lets in a lane that comes when all that are inside have stayed too long already", async () => {
    const { clock, gate, inside } = crowded(CAPACITY);
    await clock.pass(2 * LONGEST_MS);
    void gate.enter("late").then(() => inside.push("late"));
    await settled();
    expect(inside.at(-1)).toBe("late");
  });
});
