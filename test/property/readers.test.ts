/** Whatever a stranger sends is read or refused in one line: `bench/fuzz.ts` does the same a million times. */
import { describe, expect, it } from "vitest";
import { mutated } from "../support/fuzz/mutate.ts";
import { READERS } from "../support/fuzz/readers.ts";

const INPUTS = 1_000;

describe.each(READERS.map((reader) => [reader.name, reader] as const))("the %s", (_, reader) => {
  it.each(reader.samples.map((sample) => [sample.slice(0, 40), sample] as const))(
    "reads what is good: %j",
    (__, sample) => {
      expect([true, false]).toContain(reader.read(sample));
    },
  );

  it("takes or refuses whatever comes", () => {
    const taken = Array.from({ length: INPUTS }, (__, index) => {
      const input = mutated(reader, "ci", index);
      try {
        return reader.read(input);
      } catch (error) {
        throw new Error(`input ${index}: ${JSON.stringify(input.slice(0, 2_000))}`, { cause: error });
      }
    });
    // Neither all nor none: the inputs are near enough to good ones to reach what is behind the first check.
    expect(taken.filter(Boolean).length).toBeGreaterThan(0);
    expect(taken.filter(Boolean).length).toBeLessThan(INPUTS);
  });
});
