/** Duplicate and late deliveries at the node `publish`: recorded, and applied at most once (fencing). */
import { InMemoryStore } from "@langchain/langgraph-checkpoint";
import { describe, expect, it, onTestFinished } from "vitest";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { assembleSwarm } from "../../app/create-swarm.ts";
import { SYSTEM_CLOCK } from "../../adapters/clock/system-clock.ts";
import { foldRun } from "../../engine/journal/run-view.ts";
import { journalInStore } from "../../adapters/storage/run-in-store.ts";
import { readLines } from "../support/read-journal.ts";
import { publish } from "../../nodes/publish.ts";
import type { LaneState } from "../../state/lane-state.ts";
import { RunOptions } from "../../state/run-options.ts";
import { planOf, subtaskOf } from "../unit/engine/builders.ts";

const DEFAULTS = RunOptions.parse({ caps: {}, approve: [], documents: [], dryRun: false });

/** A run that has begun, and a way to deliver results to it. */
async function begun() {
  const store = new InMemoryStore();
  const open = async () => {
    // Each process has a handle of its own to what is stored.
    const { runs } = assembleSwarm({ store: Object.create(store) as InMemoryStore });
    onTestFinished(() => runs.close("the test ended"));
    const run = await runs.begin("r", { task: "t", run: DEFAULTS, plan: undefined }, {});
    const node = publish({ runs, clock: SYSTEM_CLOCK, permit: () => DEFAULTS });
    const deliver = (attempt: number, output: string) => node(stateOf(attempt, output), {});
    return { run, deliver };
  };
  const { run, deliver } = await open();
  await run.shared.board.savePlan(planOf(subtaskOf("a")));
  const published = async () => {
    const lines = readLines(await journalInStore(store, "r").read(), "r");
    const found = lines.filter((line) => line.kind === "publish");
    return { lines: found.map(({ attempt, data }) => [attempt, data.accepted]), facts: foldRun(lines) };
  };
  return { store, deliver, published, open };
}

function stateOf(attempt: number, output: string): LaneState {
  return {
    ...{ runId: "r", subtask: "a", agent: "researcher", attempt, outcome: "done", cause: null, output, steps: 1 },
    ...{ startedAt: "2026-01-01T00:00:00.000Z", waitedForSlotMs: 0 },
  } as unknown as LaneState;
}

const outputOf = async (store: InMemoryStore): Promise<string | undefined> =>
  (await openBoard(store, "r")).result("a")?.output;

describe("a result that comes late", () => {
  it("of an older attempt is recorded as not accepted, and not applied", async () => {
    const { store, deliver, published } = await begun();
    await deliver(2, "newer");
    const { lanes } = await deliver(1, "late");
    expect(await outputOf(store)).toBe("newer");
    expect(lanes).toMatchObject({ a: { attempt: 2, status: "ended", outcome: "done" } });
    expect((await published()).lines).toEqual([
      [2, true],
      [1, false],
    ]);
  });

  it("of a newer attempt takes the place of the older one", async () => {
    const { store, deliver, published } = await begun();
    await deliver(1, "first");
    await deliver(2, "second");
    expect(await outputOf(store)).toBe("second");
    expect((await published()).lines).toEqual([
      [1, true],
      [2, true],
    ]);
  });
});

describe("a result that comes twice", () => {
  it("is recorded once and applied once", async () => {
    const { store, deliver, published } = await begun();
    await deliver(1, "first");
    await deliver(1, "again");
    expect(await outputOf(store)).toBe("first");
    expect((await published()).lines).toEqual([[1, true]]);
  });

  it("at the same time is recorded once and applied once", async () => {
    const { store, deliver, published } = await begun();
    await Promise.all([deliver(1, "first"), deliver(1, "again")]);
    expect(await outputOf(store)).toBe("first");
    expect((await published()).lines).toEqual([[1, true]]);
  });

  it("in two processes (the first died after the commit) is recorded once and applied once", async () => {
    const { store, deliver, published, open } = await begun();
    await deliver(1, "first");
    const next = await open();
    await next.deliver(1, "again");
    expect(await outputOf(store)).toBe("first");
    expect((await published()).lines).toEqual([[1, true]]);
  });
});

describe("an older and a newer result that come at the same time", () => {
  it("leave the newer one, and the journal never says that the older one was accepted after it", async () => {
    const { store, deliver, published } = await begun();
    await Promise.all([deliver(2, "newer"), deliver(1, "older")]);
    expect(await outputOf(store)).toBe("newer");
    expect((await published()).lines).toEqual([
      [2, true],
      [1, false],
    ]);
  });
});
