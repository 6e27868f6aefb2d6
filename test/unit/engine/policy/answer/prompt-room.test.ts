import { expect, it } from "vitest";
import { keptBytes, promptRoom } from "../../../../../engine/policy/answer/material.ts";
import type { ResolvedModel } from "../../../../../engine/ports/models.ts";
import { withReduction } from "../../../../../engine/policy/plan/reduction-tree.ts";
import { planOf, subtaskOf } from "../../builders.ts";

const modelOf = (contextWindow: number, maxOutputTokens: number) =>
  ({ contextWindow, maxOutputTokens }) as ResolvedModel;
const planOfLeaves = (count: number) =>
  withReduction(planOf(...Array.from({ length: count }, (_, index) => subtaskOf(`s${index}`))));

it("a prompt has room for two bytes a token of what the reply and the frame leave", () => {
  expect(promptRoom(modelOf(128_000, 8000))).toBe(2 * 116_000);
  expect(promptRoom(modelOf(4000, 4000))).toBe(2000);
});

it("the last nodes of a reduction hand on, together, no more than a prompt holds", () => {
  for (const [leaves, last] of [
    [60, 2],
    [300, 6],
    [2000, 40],
    [4000, 2],
  ] as const) {
    const kept = keptBytes(planOfLeaves(leaves), modelOf(128_000, 8000));
    expect(kept).toBe(Math.floor(232_000 / last));
  }
});

it("a small model's nodes still hand on something", () => {
  expect(keptBytes(planOfLeaves(2000), modelOf(8192, 2048))).toBe(1000);
});
