import { describe, expect, it } from "vitest";
import { coverageOf, coverageSentence, Outcome, OUTCOMES } from "../../../state/outcome.ts";

describe("the coverage of a run", () => {
  it("counts each outcome, those that did not occur as zero", () => {
    const coverage = coverageOf(5, ["done", "infra", "done"]);
    expect(coverage).toEqual({
      total: 5,
      done: 2,
      notFound: 0,
      failed: 0,
      invalid: 0,
      stalled: 0,
      infra: 1,
      budget: 0,
      skipped: 0,
      rejected: 0,
      cancelled: 0,
    });
  });

  it("takes outcomes from anything that can be gone through", () => {
    expect(coverageOf(2, new Set(["done", "failed"] as const))).toMatchObject({ done: 1, failed: 1 });
    expect(coverageOf(0, []).done).toBe(0);
  });
});

describe("the sentence that goes with an answer", () => {
  it("says how much is done and names every other outcome", () => {
    expect(coverageSentence(coverageOf(300, [...Array<"done">(287).fill("done"), "infra", "stalled", "infra"]))).toBe(
      "287 of 300 done, 1 stalled, 2 infra",
    );
    expect(coverageSentence(coverageOf(1, ["done"]))).toBe("1 of 1 done");
    expect(coverageSentence(coverageOf(2, ["done", "not-found"]))).toBe("1 of 2 done, 1 not found");
  });

  it("never lets a failure of the infrastructure pass for done", () => {
    const sentence = coverageSentence(coverageOf(75, Array<"infra">(75).fill("infra")));
    expect(sentence).toBe("0 of 75 done, 75 infra");
  });
});

it("the outcomes are the closed list of the design", () => {
  expect(OUTCOMES).toHaveLength(10);
  for (const outcome of OUTCOMES) expect(Outcome.parse(outcome)).toBe(outcome);
  expect(Outcome.safeParse("refuted").success).toBe(false);
});
