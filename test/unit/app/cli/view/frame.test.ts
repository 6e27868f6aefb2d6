import { describe, expect, it } from "vitest";
import { frameOf, progressBar, summaryOf } from "../../../../../app/cli/view/frame.ts";
import { LaneProgress } from "../../../../../app/cli/view/lane-progress.ts";
import { plainText, rowWidth } from "../../../../../app/cli/view/styled-row.ts";
import { capsOf, planOf, subtaskOf } from "../../../engine/builders.ts";
import { ScriptedRun } from "./scripted-run.ts";

/** 300 lanes: 20 done, 1 stalled, 40 thinking, 5 at tools, 2 retrying, 1 paused, the rest waiting. */
function busy(): { run: ScriptedRun; progress: LaneProgress } {
  const run = new ScriptedRun();
  run.caps = capsOf({ maxUsd: 1, maxTokens: 100_000, deadlineMs: 1_800_000 });
  const many = Array.from({ length: 300 }, (_, index) =>
    subtaskOf(`s${index}`, {
      title: `Read ${"日本語 ".repeat(index % 3)}report ${index}`,
      dependsOn: index >= 250 ? ["s249"] : [],
      steps: 13,
    }),
  );
  run.plan = planOf(...many);
  const progress = new LaneProgress(run.handle);
  run.emit(run.line("run-start"), run.line("plan"));
  for (let index = 0; index < 20; index += 1)
    run.emit(...run.start(`s${index}`), ...run.think(`s${index}`), ...run.reply(`s${index}`), ...run.end(`s${index}`));
  run.emit(...run.start("s20"), ...run.end("s20", "stalled", "no token for 60 s"));
  run.at += 1000;
  for (let index = 21; index < 61; index += 1) run.emit(...run.start(`s${index}`), ...run.think(`s${index}`));
  for (let index = 61; index < 66; index += 1)
    run.emit(...run.start(`s${index}`), ...run.think(`s${index}`), ...run.reply(`s${index}`, ["read_document"]));
  for (const id of ["s66", "s67"]) {
    run.emit(
      ...run.start(id),
      ...run.recover(id, "rate-limit", { action: "retry", rule: "rate-limit[0] retry 1/6", delayMs: 9000 }),
    );
  }
  run.emit(
    ...run.start("s68"),
    run.line("interrupt", { kind: "tool", calls: [{ name: "write_file" }] }, { subtask: "s68", attempt: 1 }),
  );
  run.at += 2000;
  return { run, progress };
}

function textOf(progress: LaneProgress, now: number, columns: number, rows: number): string[] {
  return frameOf(progress, { now, columns, rows }).map(plainText);
}

describe("a frame", () => {
  it.each([
    [40, 5],
    [50, 10],
    [80, 23],
    [120, 40],
    [200, 400],
    [10, 3],
    [1, 1],
  ])("fits %i columns and %i rows", (columns, rows) => {
    const { run, progress } = busy();
    const frame = frameOf(progress, { now: run.at, columns, rows });
    expect(frame.length).toBeLessThanOrEqual(rows);
    for (const row of frame) expect(rowWidth(row)).toBeLessThanOrEqual(columns);
  });

  it("says how far the run is, what it spent, and what each lane does", () => {
    const { run, progress } = busy();
    const frame = textOf(progress, run.at, 120, 40);
    expect(frame[0]).toMatch(/^◆ Compare the licences .* run-1 {2}0:03 of 30:00$/);
    expect(frame[1]).toMatch(/^█+▓▒+░+ {2}20 of 300 done, 1 stalled$/);
    const head = frame.slice(2, 6).join("\n");
    for (const part of [
      "40 thinking · 5 using tools · 2 retrying · 1 waiting for a human",
      "181 waiting for a slot · 50 waiting for inputs",
      "steps 25/4,000 · tokens 27.5k/100k · cost $0.25/$1.00 · agents 47/300 · calls in flight 40/50",
      "problems 2",
    ]) {
      expect(head).toContain(part);
    }
    expect(frame.find((line) => line.includes("s68"))).toMatch(
      /s68 .*researcher +1\/13 +waits for a human: write_file/,
    );
    expect(frame.find((line) => line.includes("s21"))).toMatch(
      /^ 0:02 {2}s21 Read report 21 +researcher +1\/13 +thinking$/,
    );
    expect(frame.join("\n")).toMatch(/\+ \d+ more/);
    expect(frame.at(-1)).toMatch(/waits for a human {2}s68 write_file/);
    expect(frame.at(-2)).toMatch(/rate limit → retry ×2 {2}last s67 in 9 s \(1\/6\): evidence of rate-limit/);
  });

  it("shows every lane where there is room, the longest-running first", () => {
    const { run, progress } = busy();
    const lanes = textOf(progress, run.at, 120, 100).filter((line) => /^ +\d:\d\d {2}s\d/.test(line));
    expect(lanes).toHaveLength(48);
    expect(lanes.slice(1, 4).map((line) => line.split(/\s+/)[2])).toEqual(["s21", "s22", "s23"]);
    expect(lanes.find((line) => line.includes("s66"))).toContain("rate limit: goes on in 7 s (1/6)");
  });

  it("gives up events, then lanes, where rows are few", () => {
    const { run, progress } = busy();
    const frame = textOf(progress, run.at, 100, 8).join("\n");
    expect(frame).toContain("20 of 300 done");
    expect(frame).toContain("steps 25/4,000");
    expect(frame).not.toContain("→ retry");
  });

  it("shows text of others without what a terminal would obey", () => {
    const run = new ScriptedRun();
    run.task = "evil\u001b[2J\ntask";
    run.plan = planOf(subtaskOf("s1", { title: "\u001b]0;x\u0007two\nlines\u009b" }));
    const progress = new LaneProgress(run.handle);
    run.emit(run.line("run-start"), run.line("plan"), ...run.start("s1", "age\u001b[31mnt"));
    run.emit(...run.think("s1"), ...run.reply("s1", ["to\nol"]));
    run.emit(
      run.line("tool-call", { tool: "read\u001b[H", args: { path: "a\u0007b" }, outcome: "ok" }, { subtask: "s1" }),
      ...run.think("s1"),
    );
    run.emit(
      run.line("signal", { kind: "server", evidence: "\u001b[5mblink\r\n" }, { subtask: "s1" }),
      run.line("recovery", { action: "retry" }, { subtask: "s1" }),
    );
    const frame = textOf(progress, run.at, 150, 30).join("\n");
    expect(frame.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(frame).toContain("◆ evil task");
  });

  it("is about planning before there is a plan", () => {
    const run = new ScriptedRun();
    const progress = new LaneProgress(run.handle);
    run.emit(run.line("run-start"), ...run.think(undefined, 1, "plan"));
    const frame = textOf(progress, run.at + 4000, 80, 20);
    expect(frame[1]).toBe("planning");
    expect(frame.join("\n")).toContain(" 0:04  planner  plans the subtasks");
  });

  it("leaves a summary of two lines behind", () => {
    const { run, progress } = busy();
    const summary = summaryOf(progress, { now: run.at, columns: 120 }).map(plainText);
    expect(summary).toHaveLength(2);
    expect(summary[1]).toBe(
      "20 of 300 done, 1 stalled · 1 waiting for a human · 25 steps · 27.5k tokens · $0.25 · 2 problems",
    );
  });
});

describe("the bar", () => {
  it("has exactly its width, and shows what there is at least once", () => {
    for (const width of [4, 10, 37, 60]) {
      const bar = plainText(progressBar({ done: 1, ended: 1, working: 1, waiting: 3997 }, width));
      expect(bar).toHaveLength(width);
      for (const glyph of "█▓▒░") expect(bar).toContain(glyph);
    }
    expect(plainText(progressBar({ done: 300, ended: 0, working: 0, waiting: 0 }, 12))).toBe("█".repeat(12));
  });
});
