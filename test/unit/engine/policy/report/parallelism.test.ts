import { describe, expect, it } from "vitest";
import { entryOf, lineAt } from "../../../../support/journal-lines.ts";
import { foldRun } from "../../../../../engine/journal/run-view.ts";
import { parallelismReport } from "../../../../../engine/policy/report/parallelism.ts";
import type { JournalKind, JournalLine } from "../../../../../engine/journal/events.ts";
import { planOf, subtaskOf, usageOf } from "../../builders.ts";

const START = Date.parse("2026-01-01T00:00:00.000Z");

/** A journal of which each line is a second, a kind, a subtask and what it says. */
class Journal {
  readonly lines: JournalLine[] = [];

  add(second: number, kind: JournalKind, subtask?: string, data: Record<string, unknown> = {}): this {
    const where = subtask === undefined ? {} : { subtask, attempt: 1 };
    this.lines.push(lineAt(START + second * 1000, entryOf(kind, data, where), this.lines.length + 1));
    return this;
  }

  /** A lane of one call that took all of its time but what it waited for a model slot. */
  lane(subtask: string, from: number, to: number, { slot = 0, tokens = 100, steps = 1 } = {}): this {
    this.add(from, "attempt-start", subtask);
    this.add(to, "model-call", subtask, { ms: (to - from - slot) * 1000, waitedMs: slot * 1000 });
    this.add(to, "settle", subtask, { usage: usageOf({ steps, inputTokens: tokens }) });
    return this.add(to, "publish", subtask, { accepted: true, outcome: "done" });
  }

  get sorted(): JournalLine[] {
    return this.lines.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
  }
}

const diamond = planOf(
  subtaskOf("a"),
  subtaskOf("b"),
  subtaskOf("c", { dependsOn: ["a", "b"] }),
  subtaskOf("d", { dependsOn: ["c"] }),
);

describe("the parallelism report", () => {
  it("adds up who worked, who waited and for what", () => {
    const journal = new Journal();
    for (const id of ["a", "b", "c", "d"]) journal.add(0, "route", id);
    journal.lane("a", 0, 2, { steps: 2 }).lane("b", 1, 5, { slot: 1, steps: 4 }).lane("c", 6, 8).lane("d", 8, 9);
    journal.add(10, "settle", undefined, { usage: usageOf({ steps: 1, inputTokens: 400 }) });
    const report = parallelismReport(foldRun(journal.sorted), diamond);
    expect(report).toMatchObject({
      criticalSteps: 1 + 4 + 1 + 1,
      longestPath: { ms: 7000, subtasks: ["b", "c", "d"] },
      makespanMs: 9000,
      busyMs: 2000 + 3000 + 2000 + 1000,
      efficiency: 8 / (9 * 2),
      averageLanes: 1,
      peakLanes: 2,
      // b began late for want of a place; c a second after its last input, d at once.
      waitedMs: { inputs: 5000 + 8000, agentSlot: 1000 + 1000, modelSlot: 1000, provider: 8000 },
      tokensPerResult: 200,
    });
  });

  it("does not take a lane that waits for a human for one at work", () => {
    const journal = new Journal().add(0, "route", "a").add(0, "route", "b");
    journal.lane("a", 0, 10).add(2, "interrupt", "a").add(8, "resume", "a").lane("b", 0, 10);
    const report = parallelismReport(foldRun(journal.sorted), planOf(subtaskOf("a"), subtaskOf("b")));
    expect(report).toMatchObject({ busyMs: 4000 + 10_000, averageLanes: 1.4, waitedMs: { human: 6000 } });
  });

  it("does not count the time between two processes", () => {
    const journal = new Journal().add(0, "attempt-start", "a").add(1, "process-end");
    journal.add(1001, "process-start").add(1003, "publish", "a", { accepted: true, outcome: "done" });
    expect(parallelismReport(foldRun(journal.sorted), diamond).makespanMs).toBe(3000);
  });

  it("says nothing of a run in which no lane began", () => {
    expect(parallelismReport(foldRun([]), undefined)).toMatchObject({
      efficiency: null,
      tokensPerResult: null,
      warnings: [],
    });
  });
});

describe("warnings", () => {
  const kinds = (journal: Journal, plan = diamond): string[] =>
    parallelismReport(foldRun(journal.sorted), plan).warnings.map(({ kind }) => kind);
  const row = (count: number) => planOf(...Array.from({ length: count }, (_, n) => subtaskOf(`s${n}`)));

  it("name a chain that did nearly all of the work", () => {
    const journal = new Journal().lane("a", 0, 1).lane("b", 0, 10).lane("c", 10, 20).lane("d", 20, 30);
    const [warning] = parallelismReport(foldRun(journal.sorted), diamond).warnings;
    expect(warning).toMatchObject({ kind: "serial-collapse", subtasks: ["b", "c", "d"] });
    expect(warning?.evidence).toContain("3 of 4 subtasks did 97 %");
    expect(kinds(new Journal().lane("s0", 0, 9).lane("s1", 0, 9).lane("s2", 0, 9), row(3))).toEqual([]);
  });

  it("name the reading of the same by many", () => {
    const reading = (digest: (lane: number) => string): Journal => {
      const journal = new Journal();
      for (let lane = 0; lane < 5; lane += 1) {
        journal.lane(`s${lane}`, 0, 5);
        const data = { tool: "read_document", outcome: "ok", characters: 2000, digest: digest(lane) };
        journal.add(2, "tool-call", `s${lane}`, data);
      }
      return journal;
    };
    expect(
      kinds(
        reading(() => "same"),
        row(5),
      ),
    ).toEqual(["spurious-parallelism"]);
    expect(kinds(reading(String), row(5))).toEqual([]);
  });

  it("name the straggler that decided the makespan, and no other slow lane", () => {
    const plan = planOf(...row(6).subtasks, subtaskOf("end", { dependsOn: ["s0", "s1"] }));
    const journal = new Journal();
    for (let lane = 1; lane < 6; lane += 1) journal.lane(`s${lane}`, 0, 5);
    journal.lane("s0", 0, 30).lane("end", 30, 34);
    const [warning] = parallelismReport(foldRun(journal.sorted), plan).warnings.filter(
      ({ kind }) => kind === "straggler",
    );
    expect(warning).toMatchObject({ subtasks: ["s0"] });
    expect(warning?.evidence).toBe(
      "s0 took 30.0 s (the median lane 5.0 s) on the chain that decided the makespan of 34.0 s",
    );
  });
});
