import { describe, expect, it, onTestFinished } from "vitest";
import { watchStops } from "../../../app/runs/run-life.ts";

const DAY_MS = 24 * 3_600_000;

describe("the deadline", () => {
  it.each([
    ["of a moment passes, first for the lanes", 40, true],
    ["of 30 days, more than a timer of Node can take, does not pass at once", 30 * DAY_MS, false],
  ])("%s", async (_, ms, isOver) => {
    const stops = watchStops(undefined, { leftMs: ms, totalMs: ms });
    onTestFinished(() => stops.dispose());
    const order: string[] = [];
    stops.lanesDeadline.addEventListener("abort", () => order.push("lanes"));
    stops.deadline.addEventListener("abort", () => order.push("all"));
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(order).toEqual(isOver ? ["lanes", "all"] : []);
  });
});
