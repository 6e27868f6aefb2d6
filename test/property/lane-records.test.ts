import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeLaneRecords, type LaneRecord, type LaneRecords } from "../../state/lane-record.ts";
import { holds } from "./law.ts";

/** Few subtasks, so that records meet; some are named as objects' own members are. */
const subtask = fc.constantFrom("a", "b", "1", "constructor", "toString");
const record = (runs: string[]): fc.Arbitrary<LaneRecord> =>
  fc.record({
    runId: fc.constantFrom(...runs),
    subtask,
    title: fc.constant("T"),
    agent: fc.constantFrom("x", "y"),
    attempt: fc.integer({ min: 1, max: 3 }),
    status: fc.constantFrom("ended", "parked"),
    outcome: fc.constantFrom("done", "failed", "infra"),
    steps: fc.integer({ min: 0, max: 9 }),
  });
const keyed = (records: LaneRecord[]): LaneRecords => {
  const write: LaneRecords = {};
  for (const each of records) write[each.subtask] = each;
  return write;
};
const write = (runs: string[]): fc.Arbitrary<LaneRecords> => fc.array(record(runs), { maxLength: 3 }).map(keyed);
const writes = (runs: string[]): fc.Arbitrary<LaneRecords[]> => fc.array(write(runs), { maxLength: 6 });
const state = (runs: string[]): fc.Arbitrary<LaneRecords> => writes(runs).map((given) => mergeLaneRecords({}, given));

const TWO_RUNS = ["run", "run~2"];
/** A lane's outcome is fixed by (subtask, attempt, status): what the board's fencing makes sure of. */
const fenced = (given: LaneRecords[]): LaneRecords[] =>
  given.map((each) =>
    keyed(Object.values(each).map((held) => ({ ...held, agent: "x", steps: held.attempt, outcome: "done" }))),
  );
const rank = (held: LaneRecord): number => held.attempt * 2 + (held.status === "ended" ? 1 : 0);

describe("the lanes channel", () => {
  it("does not care in which batches the writes come", () => {
    holds(
      fc.property(state(TWO_RUNS), writes(TWO_RUNS), writes(TWO_RUNS), (held, first, second) => {
        const apart = mergeLaneRecords(mergeLaneRecords(held, first), second);
        expect(apart).toEqual(mergeLaneRecords(held, [...first, ...second]));
      }),
      500,
    );
  });

  it("is the same when the same writes come again", () => {
    holds(
      fc.property(state(TWO_RUNS), writes(TWO_RUNS), (held, given) => {
        const once = mergeLaneRecords(held, given);
        expect(mergeLaneRecords(once, given)).toEqual(once);
      }),
      500,
    );
  });

  it("does not care for the order of one run's writes, since an attempt ends in one way", () => {
    const shuffled = writes(["run"])
      .map(fenced)
      .chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })));
    holds(
      fc.property(shuffled, ([given, other]) => {
        expect(mergeLaneRecords({}, other)).toEqual(mergeLaneRecords({}, given));
      }),
      500,
    );
  });

  it("keeps of each subtask the highest attempt, ended before parked", () => {
    holds(
      fc.property(writes(["run"]), (given) => {
        const merged = mergeLaneRecords({}, given);
        const all = given.flatMap((each) => Object.values(each));
        expect(new Set(Object.keys(merged))).toEqual(new Set(all.map((held) => held.subtask)));
        for (const held of Object.values(merged)) {
          const best = Math.max(...all.filter((other) => other.subtask === held.subtask).map(rank));
          expect(rank(held)).toBe(best);
        }
      }),
      500,
    );
  });

  it("never goes back to an older attempt", () => {
    holds(
      fc.property(state(["run"]), writes(["run"]), (held, given) => {
        const merged = mergeLaneRecords(held, given);
        for (const [id, before] of Object.entries(held)) expect(rank(merged[id]!)).toBeGreaterThanOrEqual(rank(before));
      }),
    );
  });

  it("holds records of one run only, that of the newest write", () => {
    holds(
      fc.property(state(TWO_RUNS), writes(TWO_RUNS), (held, given) => {
        const runs = new Set(Object.values(mergeLaneRecords(held, given)).map(({ runId }) => runId));
        const newest = [held, ...given].flatMap((each) => Object.values(each)).at(-1);
        expect([...runs]).toEqual(newest === undefined ? [] : [newest.runId]);
      }),
    );
  });

  it("leaves the state that it was given as it was", () => {
    holds(
      fc.property(state(TWO_RUNS), writes(TWO_RUNS), (held, given) => {
        const before = structuredClone(held);
        mergeLaneRecords(held, given);
        expect(held).toEqual(before);
      }),
    );
  });
});
