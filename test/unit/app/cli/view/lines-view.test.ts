import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgressView } from "../../../../../app/cli/view/create-progress-view.ts";
import type { ProgressView } from "../../../../../app/cli/view/follower.ts";
import { planOf, subtaskOf } from "../../../engine/builders.ts";
import { FakeStream, ScriptedRun, START } from "./scripted-run.ts";

let stream: FakeStream;
let run: ScriptedRun;
let view: ProgressView;

beforeEach(async () => {
  vi.useFakeTimers({ now: START });
  stream = new FakeStream();
  run = new ScriptedRun();
  run.plan = planOf(...Array.from({ length: 100 }, (_, index) => subtaskOf(`s${index}`)));
  view = await createProgressView({ stream: stream.stream, kind: "lines", now: () => Date.now() });
});

afterEach(() => {
  view.close();
  vi.useRealTimers();
});

function said(): string[] {
  return stream.take().split("\n").slice(0, -1);
}

function begin(): void {
  view.attach(run.handle);
  run.emit(run.line("run-start"), run.line("plan"));
}

describe("lines of progress", () => {
  it("tell the start and the plan at once", () => {
    begin();
    expect(said()).toEqual(["run run-1 started: Compare the licences", "plan made: 100 subtasks"]);
  });

  it("tell of a fork that its plan is kept, and how much of it runs anew", () => {
    view.attach(run.handle);
    run.emit(run.line("plan", { anew: [{ subtask: "s1", reason: "the fork begins here" }] }));
    expect(said()).toEqual(["plan kept, 1 of its subtasks to run anew"]);
  });

  it("tell the counts at most every five seconds, and only when they changed", () => {
    begin();
    stream.take();
    for (let index = 0; index < 12; index += 1) {
      run.emit(
        ...run.start(`s${index}`),
        ...run.think(`s${index}`),
        ...run.reply(`s${index}`),
        ...run.end(`s${index}`),
      );
      vi.advanceTimersByTime(100);
    }
    expect(said()).toEqual([]);
    vi.advanceTimersByTime(3800);
    expect(said()).toEqual(["12/100 done, 0 working, 12 steps of 4,000"]);
    vi.advanceTimersByTime(60_000);
    expect(said()).toEqual([]);
    run.emit(...run.start("s50"), ...run.think("s50"));
    vi.advanceTimersByTime(0);
    expect(said()).toEqual(["12/100 done, 1 working, 12 steps of 4,000"]);
    run.emit(...run.start("s51"));
    vi.advanceTimersByTime(4999);
    expect(said()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(said()).toHaveLength(1);
  });

  it("name twenty lanes that did not end well, then count them; what was skipped is only counted", () => {
    begin();
    stream.take();
    for (let index = 0; index < 25; index += 1) run.emit(...run.end(`s${index}`, "infra", "server: 502"));
    run.emit(...run.end("s30", "skipped", "its input"));
    const lines = said();
    expect(lines).toHaveLength(20);
    expect(lines[0]).toBe("s0 infra: server: 502");
    view.close();
    expect(said()).toEqual([
      "5 more lanes did not end well",
      "run run-1: 0 of 100 done, 25 infra, 1 skipped · 0 steps · 0 tokens · 0:00",
    ]);
  });

  it("tell pauses, answers, and what befalls the coordinator", () => {
    begin();
    stream.take();
    run.emit(run.line("interrupt", { kind: "plan" }), run.line("resume", { kind: "plan" }));
    run.emit(run.line("interrupt", { kind: "tool", calls: [{ name: "write_file" }] }, { subtask: "s1", attempt: 1 }));
    run.emit(run.line("signal", { purpose: "plan", kind: "rate-limit", evidence: "429" }));
    run.emit(
      run.line("recovery", { purpose: "plan", action: "retry", rule: "rate-limit[0] retry 1/6", delayMs: 1000 }),
    );
    expect(said()).toEqual([
      "waits for a human: the plan",
      "a human answered: the plan",
      "waits for a human: s1 write_file",
      "rate limit → retry: planner in 1 s (1/6): 429",
    ]);
  });

  it("tell how the run ended", () => {
    begin();
    run.emit(run.line("run-end", { status: "partial" }));
    stream.take();
    view.close();
    expect(said()).toEqual(["run run-1 partial: 0 of 100 done · 0 steps · 0 tokens · 0:00"]);
  });

  it("say where a continued run stands", () => {
    run.past.push(run.line("run-start"), run.line("plan"), ...run.end("s1"));
    view.attach(run.handle);
    run.emit(run.line("process-start", { continues: true }));
    expect(said()).toEqual(["run run-1 continues: 1/100 done, 0 working, 0 steps of 4,000"]);
  });

  it("hold no control character, and leave no timer", () => {
    begin();
    stream.take();
    run.emit(...run.end("s1", "failed", "\u001b[31mred\r\nnext"));
    expect(said()).toEqual(["s1 failed: red next"]);
    view.close();
    expect(vi.getTimerCount()).toBe(0);
    expect(run.listeners.size).toBe(0);
  });
});
