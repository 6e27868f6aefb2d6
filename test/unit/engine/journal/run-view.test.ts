import { describe, expect, it } from "vitest";
import { foldRun, workedMs } from "../../../../engine/journal/run-view.ts";
import { lostUsage, type OpenCall } from "../../../../engine/journal/spending-view.ts";
import type { JournalEntry, JournalLine } from "../../../../engine/journal/events.ts";
import { Ledger } from "../../../../engine/policy/budget/ledger.ts";
import { Caps, NO_USAGE, NOTHING } from "../../../../state/usage.ts";
import { entryOf, lineAt as someLineAt } from "../../../support/journal-lines.ts";
import { usageOf } from "../builders.ts";

/** Lines at the given seconds; the fold does not look at the chain. */
const lineAt = (second: number, entry: JournalEntry): JournalLine =>
  someLineAt(Date.UTC(2026, 0, 1, 0, 0, second), entry, second);
const fold = (...entries: JournalEntry[]) => {
  const view = foldRun(entries.map((entry, index) => lineAt(index, entry)));
  return { ...view, spent: view.spending.spent, lost: [...view.spending.open.values()] };
};
const reserve = (id: string): JournalEntry =>
  entryOf("reserve", { id, inputTokens: 100, outputTokens: 50, usd: 0.5 }, { subtask: "s1", attempt: 2 });
const settle = (id: string, steps = 1): JournalEntry => ({
  kind: "settle",
  data: { id, usage: usageOf({ steps, modelCalls: 1, inputTokens: 10, usd: 0.1 }) },
});

describe("what a journal says was spent", () => {
  it("is the sum of its settlements", () => {
    const { spent, lost } = fold(reserve("a"), settle("a"), reserve("b"), settle("b"));
    expect(spent).toMatchObject({ steps: 2, modelCalls: 2, inputTokens: 20, usd: 0.2 });
    expect(lost).toEqual([]);
  });

  it("is nothing for an empty one", () => {
    expect(fold()).toMatchObject({
      ...{ spent: NO_USAGE, lost: [], denied: 0, startedAt: undefined, head: { seq: 0 } },
      ...{ parked: new Set(), lanes: new Map() },
    });
    expect(workedMs(foldRun([]))).toBe(0);
  });
});

describe("a reservation without a settlement", () => {
  it("is lost, with a step and the most that it can have cost", () => {
    const { lost } = fold(reserve("a"), reserve("b"), settle("a"));
    expect(lost).toMatchObject([
      { id: "b", subtask: "s1", attempt: 2, inputTokens: 100, outputTokens: 50, usd: 0.5, accounts: [] },
    ]);
    expect(lostUsage(lost[0] as OpenCall)).toEqual(
      usageOf({ steps: 1, modelCalls: 1, inputTokens: 100, outputTokens: 50, usd: 0.5 }),
    );
  });

  it("is lost no more once a later process has settled it", () => {
    expect(fold(reserve("a"), entryOf("process-start"), settle("a", 0)).lost).toEqual([]);
  });
});

it("a model that does not say what a call has used is known to the process that goes on", () => {
  const unreported: JournalEntry = { kind: "usage-unreported", data: { model: "m" } };
  expect(new Ledger(Caps.parse({ maxTokens: 1000 }), NOTHING, fold(unreported).spending).noteUnreported("m")).toBe(
    false,
  );
});

describe("a lane that stepped back", () => {
  const park = (subtask: string): JournalEntry => ({ kind: "park", subtask, attempt: 1, data: { waitsFor: ["a"] } });
  const again = (...routedAgain: string[]): JournalEntry => ({ kind: "park", data: { routedAgain } });

  it("is parked until it is routed again", () => {
    expect(fold(park("b"), park("c")).parked).toEqual(new Set(["b", "c"]));
    expect(fold(park("b"), park("c"), again("b")).parked).toEqual(new Set(["c"]));
    expect(fold(park("b"), again("b"), park("b")).parked).toEqual(new Set(["b"]));
  });
});

describe("a published result", () => {
  const publish = (accepted: boolean, attempt = 1): JournalEntry =>
    entryOf("publish", { accepted }, { subtask: "s1", attempt });

  it("counts for its attempt, where it was accepted", () => {
    const { lanes } = fold(publish(true), publish(false, 2));
    expect(lanes.get("s1")?.published?.attempt).toBe(1);
    expect(fold(publish(false)).lanes.get("s1")?.published).toBeUndefined();
  });
});

describe("the time in which the run was worked on", () => {
  const line = (second: number, kind: JournalEntry["kind"]): JournalLine => lineAt(second, entryOf(kind));

  it("leaves out the time between the last line of a process and the start of the next", () => {
    const view = foldRun([line(0, "run-start"), line(10, "plan"), line(50, "process-start"), line(55, "run-end")]);
    expect(workedMs(view)).toBe(15_000);
    expect(view.startedAt).toBe("2026-01-01T00:00:00.000Z");
  });

  it("is nothing before a process has said that it started", () => {
    expect(workedMs(foldRun([line(0, "plan"), line(10, "plan")]))).toBe(0);
    expect(workedMs(foldRun([line(0, "run-start")]))).toBe(0);
  });
});

describe("the view", () => {
  const place = { subtask: "s1", attempt: 1 };
  const calls = (count: number): JournalEntry[] =>
    Array.from({ length: count }, (_, call) => [
      entryOf("reserve", { id: `call-${call}`, accounts: ["agent a"] }, place),
      entryOf("model-call", { id: `call-${call}`, ms: 10, calls: ["t"] }, place),
      entryOf("settle", { id: `call-${call}`, usage: usageOf({ steps: 1 }) }, place),
      entryOf("tool-call", { digest: `d${call}`, characters: 10 }, place),
      entryOf("signal", {}, place),
      entryOf("recovery", {}, place),
    ]).flat();

  it("does not grow with the calls that have ended", () => {
    const sizeOf = (count: number): number => {
      const { spending, lanes, keys, readings, progress, models } = fold(entryOf("run-start"), ...calls(count));
      expect(spending.spent.steps).toBe(count);
      const held = [spending.open, spending.accounts, spending.overruns, lanes, keys, readings, progress.notes, models];
      return held.reduce((sum, { size }) => sum + size, 0);
    };
    expect(sizeOf(2000)).toBe(sizeOf(20));
  });

  it("is not disturbed by a kind of a newer release", () => {
    const dream = { kind: "unknown", name: "dream", data: { key: "k" }, subtask: "s1" } as unknown as JournalEntry;
    const { lanes, spent } = fold(...calls(2), dream, ...calls(1).slice(0, 1));
    expect(spent.steps).toBe(2);
    expect(lanes.get("s1")?.now.phase).toBe("thinking");
  });
});
