import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ArtifactRecord, type ArtifactRecords, mergeArtifactRecords } from "../../state/artifact.ts";
import { holds } from "./law.ts";

/** Few names, so that records meet; some are named as objects' own members are. Two contents of one version cannot be, but may come. */
const record = (runs: string[]): fc.Arbitrary<ArtifactRecord> =>
  fc.record({
    runId: fc.constantFrom(...runs),
    artifact: fc.constantFrom("notes", "a/b.json", "1", "constructor", "toString"),
    type: fc.constant("text"),
    version: fc.integer({ min: 1, max: 4 }),
    hash: fc.constantFrom("aa", "bb"),
    bytes: fc.constant(1),
    by: fc.constant("writer"),
  });
const write = (runs: string[]): fc.Arbitrary<ArtifactRecords> =>
  fc
    .array(record(runs), { maxLength: 3 })
    .map((records) => Object.fromEntries(records.map((each) => [each.artifact, each])));
const writes = (runs: string[]): fc.Arbitrary<ArtifactRecords[]> => fc.array(write(runs), { maxLength: 6 });

const ONE_RUN = ["run"];
const TWO_RUNS = ["run", "run~2"];

describe("the artifacts channel", () => {
  it("does not care in which batches the writes come", () => {
    holds(
      fc.property(writes(TWO_RUNS), writes(TWO_RUNS), writes(TWO_RUNS), (before, first, second) => {
        const held = mergeArtifactRecords({}, before);
        const apart = mergeArtifactRecords(mergeArtifactRecords(held, first), second);
        expect(apart).toEqual(mergeArtifactRecords(held, [...first, ...second]));
      }),
      500,
    );
  });

  it("does not care about the order of the writes of one run, nor whether they come twice", () => {
    const shuffled = writes(ONE_RUN).chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    );
    holds(
      fc.property(shuffled, ([all, mixed]) => {
        const merged = mergeArtifactRecords({}, all);
        expect(mergeArtifactRecords({}, mixed)).toEqual(merged);
        expect(mergeArtifactRecords(merged, mixed)).toEqual(merged);
      }),
      500,
    );
  });

  it("keeps of each artifact the newest version", () => {
    holds(
      fc.property(writes(ONE_RUN), (all) => {
        const merged = mergeArtifactRecords({}, all);
        const records = all.flatMap((each) => Object.values(each));
        const newest = new Map<string, number>();
        for (const each of records) newest.set(each.artifact, Math.max(each.version, newest.get(each.artifact) ?? 0));
        expect(new Map(Object.values(merged).map((each) => [each.artifact, each.version]))).toEqual(newest);
      }),
    );
  });

  it("leaves what it was given as it was", () => {
    holds(
      fc.property(writes(TWO_RUNS), writes(TWO_RUNS), (before, after) => {
        const held = mergeArtifactRecords({}, before);
        const copy = structuredClone([held, after]);
        mergeArtifactRecords(held, after);
        expect([held, after]).toEqual(copy);
      }),
    );
  });
});
