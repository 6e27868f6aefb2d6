import { describe, expect, it } from "vitest";
import { applyDelta, deltaBetween } from "../../../../../engine/policy/merge/delta.ts";

describe("a delta", () => {
  it.each([
    ["", "", { at: 0, removed: 0, inserted: "" }],
    ["ab", "ab", { at: 2, removed: 0, inserted: "" }],
    ["ab", "axb", { at: 1, removed: 0, inserted: "x" }],
    ["aa", "aaa", { at: 2, removed: 0, inserted: "a" }],
    ["aaa", "a", { at: 1, removed: 2, inserted: "" }],
    ["😀", "😁", { at: 0, removed: 2, inserted: "😁" }],
    ["x😀", "x🐀", { at: 1, removed: 2, inserted: "🐀" }],
    ["😀", "😀😀", { at: 2, removed: 0, inserted: "😀" }],
    ["\u{1F600}", "\u{20200}", { at: 0, removed: 2, inserted: "\u{20200}" }],
  ])("from %j to %j", (from, to, delta) => {
    expect(deltaBetween(from, to)).toEqual(delta);
    expect(applyDelta(from, delta)).toBe(to);
  });

  it("of an append to 50 million characters is the addition", () => {
    const from = "0123456789".repeat(5_000_000);
    expect(deltaBetween(from, `${from}\nend`)).toEqual({ at: from.length, removed: 0, inserted: "\nend" });
    expect(deltaBetween(from, `x${from}`)).toEqual({ at: 0, removed: 0, inserted: "x" });
  });
});
