import { describe, expect, it } from "vitest";
import { buildResult, statusOf, workOf, type ResultFacts } from "../../../../../engine/policy/answer/build-result.ts";
import { coverageOf, type Outcome } from "../../../../../state/outcome.ts";
import { lookupOf, planOf, resultOf, subtaskOf, usageOf } from "../../builders.ts";

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
const plan = planOf(
  subtaskOf("a"),
  subtaskOf("b"),
  subtaskOf("c", { dependsOn: ["a", "b"] }),
  subtaskOf("reduce-1", { role: "reduce", dependsOn: ["c"] }),
);
const facts = (given: Partial<ResultFacts> = {}): ResultFacts => ({
  runId: "run",
  task: "the task",
  plan,
  lookup: lookupOf(resultOf("a"), resultOf("b"), resultOf("c"), resultOf("reduce-1")),
  answer: "the answer",
  usage: usageOf({ steps: 4 }),
  wallMs: 0,
  interrupts: [],
  citations: { total: 0, verified: 0, broken: [] },
  model: "offline",
  runDir: null,
  ...given,
});

describe("the result of a run", () => {
  it("has the fields that programs rely on, an artifact's place among them", () => {
    const artifact = { name: "a.md", type: "text" as const, version: 1, bytes: 1, hash: "h", writtenBy: "a" };
    const shared = { conflicts: 0, artifacts: [{ ...artifact, path: "artifacts/a.md" }] };
    expect(buildResult(facts({ shared }))).toMatchObject({
      ...{ runId: "run", status: "complete", task: "the task", answer: "the answer", conflicts: 0, interrupts: [] },
      coverage: { total: 3, done: 3, notFound: 0 },
      artifacts: [{ name: "a.md", version: 1, path: "artifacts/a.md" }],
      documents: { read: 0, leftOut: [] },
      ...{
        citations: { total: 0, verified: 0, broken: [] },
        parent: null,
        journalHead: null,
        model: "offline",
        runDir: null,
      },
    });
  });

  it("reports each subtask of work, in plan order, and none of the reduction", () => {
    expect(workOf(plan).map(({ id }) => id)).toEqual(["a", "b", "c"]);
    const { subtasks, coverage } = buildResult(facts());
    expect(subtasks.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(subtasks[2]).toEqual({
      id: "c",
      title: "Title of c",
      agent: "researcher",
      outcome: "done",
      cause: null,
      attempts: 1,
      steps: 1,
      dependsOn: ["a", "b"],
      startedAt: "2026-01-01T00:00:00.000Z",
      endedAt: "2026-01-01T00:00:01.000Z",
      output: "output of c",
    });
    expect(coverage).toMatchObject({ total: 3, done: 3 });
  });

  it("shows a subtask that never ended without an outcome, and counts it in the total alone", () => {
    const { subtasks, coverage, status } = buildResult(facts({ lookup: lookupOf(resultOf("a")) }));
    expect(subtasks[1]).toMatchObject({ outcome: null, agent: "", attempts: 0, startedAt: null, output: "" });
    expect(coverage).toMatchObject({ total: 3, done: 1 });
    expect(status).toBe("partial");
  });

  it("of a run without a plan is empty and failed", () => {
    const result = buildResult(facts({ plan: undefined }));
    expect([result.status, result.subtasks, result.coverage.total]).toEqual(["failed", [], 0]);
    expect(result.timing.longestPathMs).toBe(0);
  });

  it("takes a status that is given over the one by coverage", () => {
    expect(buildResult(facts({ status: "paused" })).status).toBe("paused");
  });
});

describe("the status of a run", () => {
  const of = (total: number, ...outcomes: Outcome[]): string => statusOf(coverageOf(total, outcomes));

  it("is complete when all is done and nothing less", () => {
    expect(of(2, "done", "done")).toBe("complete");
    expect(of(3, "done", "done")).toBe("partial");
    expect(of(0)).toBe("failed");
  });

  it.each(["failed", "invalid", "infra", "skipped"] as const)(
    "with nothing but %s is failed, never an answer",
    (outcome) => {
      expect(of(2, outcome, outcome)).toBe("failed");
      expect(of(2, "done", outcome)).toBe("partial");
    },
  );

  it("is partial where the documents do not answer: that is an answer too", () => {
    expect(of(1, "not-found")).toBe("partial");
    expect(of(2, "not-found", "skipped")).toBe("partial");
  });

  it.each(["budget", "stalled", "rejected", "cancelled"] as const)("is partial where %s cut it short", (outcome) => {
    expect(of(2, outcome, "infra")).toBe("partial");
  });
});

describe("the timing of a run", () => {
  it("adds up what lanes waited and rounds the wall time", () => {
    const lookup = lookupOf(resultOf("a", { waitedForSlotMs: 1.4 }), resultOf("b", { waitedForSlotMs: 2.4 }));
    expect(buildResult(facts({ lookup, wallMs: 12.6 })).timing).toMatchObject({ wallMs: 13, waitedForSlotMs: 4 });
  });

  it("takes the longest path by working time along the dependencies", () => {
    const lookup = lookupOf(
      resultOf("a", { startedAt: at(0), endedAt: at(2) }),
      resultOf("b", { startedAt: at(0), endedAt: at(5) }),
      resultOf("c", { startedAt: at(7), endedAt: at(8) }),
    );
    expect(buildResult(facts({ lookup })).timing.longestPathMs).toBe(6000);
  });

  it("takes no negative time from a clock that was set back", () => {
    const lookup = lookupOf(resultOf("a", { startedAt: at(9), endedAt: at(2) }));
    expect(buildResult(facts({ lookup })).timing.longestPathMs).toBe(0);
  });

  it("counts critical steps as the coordinator's plus the longest lane of each level", () => {
    const lookup = lookupOf(
      resultOf("a", { steps: 3 }),
      resultOf("b", { steps: 7 }),
      resultOf("c", { steps: 2 }),
      resultOf("reduce-1", { steps: 1 }),
    );
    expect(buildResult(facts({ lookup, usage: usageOf({ steps: 15 }) })).timing.criticalSteps).toBe(2 + 7 + 2 + 1);
  });
});
