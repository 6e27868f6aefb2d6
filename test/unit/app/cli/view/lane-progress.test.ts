import { describe, expect, it } from "vitest";
import { LaneProgress } from "../../../../../app/cli/view/lane-progress.ts";
import type { JournalKind } from "../../../../../engine/journal/events.ts";
import { planOf, subtaskOf } from "../../../engine/builders.ts";
import { ScriptedRun, START } from "./scripted-run.ts";

function planned(...subtasks: Parameters<typeof planOf>): { run: ScriptedRun; progress: LaneProgress } {
  const run = new ScriptedRun();
  run.plan = planOf(...subtasks);
  const progress = new LaneProgress(run.handle);
  run.emit(run.line("run-start"), ...run.think(undefined, 1, "plan"));
  expect(progress.now.coordinator?.role).toBe("planner");
  run.emit(...run.reply(), run.line("plan", { version: 1, subtasks: subtasks.length }));
  return { run, progress };
}

function phaseOf(progress: LaneProgress, id: string): string | undefined {
  return progress.roster.lanes.get(id)?.phase;
}

/** What must hold after every line: the counts are what a recount finds. */
function expectConsistent({ roster }: LaneProgress): void {
  const work = [...roster.lanes.values()].filter(({ role }) => role === "work");
  const recounted = {
    counts: Object.keys(roster.counts).map((phase) => [phase, work.filter((lane) => lane.phase === phase).length]),
    outcomes: Object.keys(roster.outcomes).map((outcome) => [
      outcome,
      work.filter((lane) => lane.phase === "ended" && lane.now.outcome === outcome).length,
    ]),
  };
  expect({ counts: Object.entries(roster.counts), outcomes: Object.entries(roster.outcomes) }).toEqual(recounted);
  expect(roster.total).toBe(work.length);
}

describe("a lane", () => {
  it("waits for inputs, then for a slot, and works turn by turn until it ends", () => {
    const { run, progress } = planned(subtaskOf("a"), subtaskOf("b", { dependsOn: ["a"] }));
    expect([phaseOf(progress, "a"), phaseOf(progress, "b")]).toEqual(["waiting-slot", "waiting-inputs"]);
    run.emit(...run.start("a"));
    expect(phaseOf(progress, "a")).toBe("waiting-model");
    run.emit(...run.think("a"));
    expect(phaseOf(progress, "a")).toBe("thinking");
    expect(progress.now.inFlight.size).toBe(1);
    run.emit(...run.reply("a", ["search_documents", "search_documents"]));
    expect(progress.roster.lanes.get("a")).toMatchObject({
      phase: "acting",
      calls: "search_documents",
      now: { turns: 1 },
    });
    run.emit(
      run.line(
        "tool-call",
        { tool: "search_documents", args: { limit: 3, query: "node version" }, outcome: "ok" },
        { subtask: "a", attempt: 1 },
      ),
    );
    expect(progress.roster.lanes.get("a")).toMatchObject({
      phase: "waiting-model",
      lastTool: "search_documents “node version”",
    });
    run.emit(...run.think("a"), ...run.reply("a"), ...run.end("a"));
    expect([phaseOf(progress, "a"), phaseOf(progress, "b")]).toEqual(["ended", "waiting-slot"]);
    expect(progress.roster.coverage).toMatchObject({ total: 2, done: 1 });
    expect(progress.spent).toMatchObject({ steps: 3, inputTokens: 3000 });
    expect(progress.now.inFlight.size).toBe(0);
    expectConsistent(progress);
  });

  it("is shown as retrying after a signal until it thinks again, with when and which firing", () => {
    const { run, progress } = planned(subtaskOf("a"));
    run.emit(...run.start("a"), ...run.think("a"), ...run.reply("a", [], "rate-limit"));
    run.emit(...run.recover("a", "rate-limit", { action: "retry", rule: "rate-limit[0] retry 2/6", delayMs: 4000 }));
    expect(progress.roster.lanes.get("a")).toMatchObject({
      phase: "retrying",
      now: { retryAt: START + 4000, firing: "2/6", turns: 0 },
    });
    expect(progress.notables(1)[0]).toMatchObject({
      what: "rate limit → retry",
      detail: "a in 4 s (2/6): evidence of rate-limit",
      tone: "warn",
    });
    run.emit(...run.think("a"));
    expect(phaseOf(progress, "a")).toBe("thinking");
    expect(progress.now.signals).toBe(1);
    expectConsistent(progress);
  });

  it("is shown as reassigned until the new agent begins, and late lines of the old attempt move nothing", () => {
    const { run, progress } = planned(subtaskOf("a"));
    run.emit(...run.start("a"), ...run.think("a"), ...run.reply("a"));
    run.emit(
      ...run.recover("a", "invalid-output", {
        action: "reassign",
        rule: "invalid-output[1] reassign 1/1",
        agent: "analyst",
      }),
    );
    run.emit(...run.start("a", "analyst", 2));
    expect(progress.roster.lanes.get("a")).toMatchObject({
      phase: "reassigned",
      agent: "analyst",
      now: { attempt: 2, turns: 0 },
    });
    run.emit(...run.end("a", "failed", "too late", 1));
    expect(phaseOf(progress, "a")).toBe("reassigned");
    run.emit(...run.think("a", 2));
    expect(phaseOf(progress, "a")).toBe("thinking");
    run.emit(...run.end("a", "done", null, 2));
    expect(progress.roster.coverage).toMatchObject({ done: 1, failed: 0 });
    expectConsistent(progress);
  });

  it("is paused while a human is asked, and holds no slot meanwhile", () => {
    const { run, progress } = planned(subtaskOf("a"));
    run.emit(...run.start("a"));
    run.emit(
      run.line("interrupt", { kind: "tool", calls: [{ name: "write_file", args: {} }] }, { subtask: "a", attempt: 1 }),
    );
    expect(progress.roster.working.size).toBe(0);
    expect(progress.roster.paused.get("a")).toMatchObject({ phase: "paused", calls: "write_file" });
    run.emit(run.line("resume", { kind: "tool" }, { subtask: "a", attempt: 1 }));
    expect(phaseOf(progress, "a")).toBe("acting");
    expectConsistent(progress);
  });

  it("that was skipped lets its own dependents go on, and an end without a signal is an event", () => {
    const { run, progress } = planned(
      subtaskOf("a"),
      subtaskOf("b", { dependsOn: ["a"] }),
      subtaskOf("c", { dependsOn: ["b"] }),
    );
    run.emit(...run.end("b", "skipped", "its input a was not done"));
    expect(phaseOf(progress, "c")).toBe("waiting-slot");
    expect(progress.notables(1)[0]).toMatchObject({
      what: "ended skipped",
      detail: "b: its input a was not done",
    });
    expectConsistent(progress);
  });
});

describe("the run", () => {
  it("counts condensing subtasks apart from the coverage", () => {
    const { run, progress } = planned(subtaskOf("a"), subtaskOf("r", { role: "reduce", dependsOn: ["a"] }));
    run.emit(...run.end("a"), ...run.start("r"));
    expect(progress.roster.reduction).toEqual({ total: 1, ended: 0 });
    expect(progress.roster.working.size).toBe(1);
    run.emit(...run.end("r"));
    expect(progress.roster.reduction).toEqual({ total: 1, ended: 1 });
    expect(progress.roster.coverage).toMatchObject({ total: 1, done: 1 });
    expectConsistent(progress);
  });

  it("takes a newer plan on without forgetting lanes that stay", () => {
    const { run, progress } = planned(subtaskOf("a"), subtaskOf("old"));
    run.emit(...run.start("a"), ...run.end("a"));
    run.plan = planOf(subtaskOf("a"), subtaskOf("new", { dependsOn: ["a"] }));
    run.emit(run.line("plan", { version: 2 }));
    expect([...progress.roster.lanes.keys()]).toEqual(["a", "new"]);
    expect(phaseOf(progress, "new")).toBe("waiting-slot");
    expect(progress.roster.coverage).toMatchObject({ total: 2, done: 1 });
    expectConsistent(progress);
  });

  it("shows the plan's review and the coordinator's retries", () => {
    const { run, progress } = planned(subtaskOf("a"));
    run.emit(run.line("interrupt", { kind: "plan", version: 1 }));
    expect(progress.now.phase).toBe("plan-review");
    run.emit(
      run.line("resume", { kind: "plan" }),
      ...run.think(undefined, 1, "synthesize"),
      ...run.reply(undefined, [], "server"),
    );
    run.emit(run.line("signal", { purpose: "synthesize", kind: "server", evidence: "502" }));
    run.emit(
      run.line("recovery", { purpose: "synthesize", action: "retry", rule: "server[0] retry 1/6", delayMs: 2000 }),
    );
    expect(progress.now.coordinator).toMatchObject({ role: "synthesizer", state: "retrying", retryAt: START + 2000 });
    expect(progress.notables(1)[0]?.detail).toBe("synthesizer in 2 s (1/6): 502");
  });

  it("that is continued goes on from the journal of earlier processes, whose calls are dead and whose pause does not count", () => {
    const run = new ScriptedRun();
    run.plan = planOf(subtaskOf("a"), subtaskOf("b"));
    run.past.push(
      run.line("run-start"),
      run.line("plan"),
      ...run.start("a"),
      ...run.think("a"),
      ...run.start("b"),
      ...run.end("b"),
    );
    run.at += 10_000;
    run.past.push(...run.recover("a", "server", { action: "retry", rule: "server[0] retry 1/6" }), ...run.think("a"));
    const progress = new LaneProgress(run.handle);
    run.at += 3_600_000;
    expect(progress.workedMs(run.at)).toBe(10_000);
    run.emit(run.line("process-start", { continues: true, lostCalls: 1 }));
    expect(progress.now.inFlight.size).toBe(0);
    expect(phaseOf(progress, "a")).toBe("waiting-slot");
    expect(progress.workedMs(run.at + 5000)).toBe(15_000);
    expect(progress.notables(9).map(({ what }) => what)).toEqual(["a process goes on with the run"]);
    expect(progress.roster.coverage).toMatchObject({ total: 2, done: 1 });
    expectConsistent(progress);
  });

  it("counts an event that repeats instead of repeating it", () => {
    const { run, progress } = planned(subtaskOf("a"));
    run.emit(...run.start("a"), ...run.recover("a", "invalid-output", { action: "reassign", agent: "analyst" }));
    for (let time = 0; time < 100; time += 1) run.emit(...run.recover("a", "rate-limit", { action: "retry" }));
    expect(progress.notables(9).map(({ what, times }) => [what, times])).toEqual([
      ["invalid output → reassign", 1],
      ["rate limit → retry", 100],
    ]);
  });

  it("survives lines that say nothing and kinds that it does not know", () => {
    const { run, progress } = planned(subtaskOf("a"));
    const kinds: JournalKind[] = [
      "route",
      "attempt-start",
      "reserve",
      "model-call",
      "settle",
      "tool-call",
      "signal",
      "recovery",
    ];
    const more: JournalKind[] = [
      "attempt-end",
      "publish",
      "interrupt",
      "resume",
      "park",
      "limit-change",
      "usage-unreported",
      "conflict",
      "write",
      "run-end",
    ];
    for (const kind of [...kinds, ...more, "of-tomorrow" as JournalKind])
      run.emit(run.line(kind, {}, { subtask: "a" }), run.line(kind));
    expect(progress.now.phase).toBe("ended");
    expectConsistent(progress);
  });
});
