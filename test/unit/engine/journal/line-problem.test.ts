import { describe, expect, it } from "vitest";
import { EMPTY_CHAIN, link } from "../../../../engine/journal/chain.ts";
import { readLines } from "../../../../engine/journal/open-journal.ts";
import type { JournalKind } from "../../../../state/journal-line.ts";

const USAGE = { steps: 1, modelCalls: 1, inputTokens: 5, cachedInputTokens: 0, outputTokens: 2, usd: 0 };
const AMOUNTS = { id: "r1", inputTokens: 5, outputTokens: 2, usd: 0 };

/** A line with these contents, whose chain holds. */
function reading(kind: JournalKind, data: Record<string, unknown>, at = "2026-01-01T00:00:00.000Z") {
  const line = link({ kind, data }, EMPTY_CHAIN, { run: "r", at });
  return () => readLines([JSON.stringify(line)], "r");
}

describe("a journal whose chain holds", () => {
  it("is read where its amounts are amounts", () => {
    expect(reading("settle", { id: "r1", usage: USAGE })()).toHaveLength(1);
    expect(
      reading("reserve", { ...AMOUNTS, accounts: ["a"], asked: { inputTokens: 1, outputTokens: 1 } })(),
    ).toHaveLength(1);
    expect(reading("signal", { anything: null })()).toHaveLength(1);
  });

  it.each<[JournalKind, Record<string, unknown>, string]>([
    ["settle", { id: "r1" }, "settles no usage"],
    ["settle", { id: "r1", usage: { ...USAGE, usd: "1" } }, "settles no usage"],
    ["settle", { id: "r1", usage: { ...USAGE, steps: -1 } }, "settles no usage"],
    ["settle", { usage: USAGE }, "names no reservation"],
    ["reserve", { id: "r1" }, "reserves no amounts"],
    ["reserve", { ...AMOUNTS, accounts: "a" }, "names no accounts"],
    ["reserve", { ...AMOUNTS, asked: {} }, "asks for no amounts"],
    ["park", { routedAgain: { a: 1 } }, "routes no subtasks again"],
  ])("is broken where what is counted is none: %s %j", (kind, data, problem) => {
    expect(reading(kind, data)).toThrow(`the journal of run r does not hold: line 1 ${problem}`);
  });

  it.each(["null", "7", "[]", '"x"', "{}"])("is broken by a line that is %s", (line) => {
    expect(() => readLines([line], "r")).toThrow("the journal of run r does not hold");
  });

  it("is broken by a line without a time", () => {
    expect(reading("signal", {}, "once")).toThrow("line 1 has no time");
  });
});
