import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgressView } from "../../../../../app/cli/view/create-progress-view.ts";
import type { ProgressView } from "../../../../../app/cli/view/follower.ts";
import { planOf, subtaskOf } from "../../../engine/builders.ts";
import { FakeStream, ScriptedRun, START, UP } from "./scripted-run.ts";

const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";

let stream: FakeStream;
let run: ScriptedRun;
let view: ProgressView;

beforeEach(async () => {
  vi.useFakeTimers({ now: START });
  stream = new FakeStream();
  run = new ScriptedRun();
  run.plan = planOf(subtaskOf("s1"), subtaskOf("s2"));
  view = await createProgressView({ stream: stream.stream, kind: "live", now: () => Date.now() });
});

afterEach(() => {
  view.close();
  vi.useRealTimers();
});

function frames(): number {
  return stream.written.split("\u001b[?2026h").length - 1;
}

function begin(): void {
  view.attach(run.handle);
  run.emit(run.line("run-start"), run.line("plan"), ...run.start("s1"), ...run.think("s1"));
  vi.advanceTimersByTime(0);
}

describe("the live view", () => {
  it("draws in place: the screen holds one frame, however often it was drawn", () => {
    begin();
    for (let time = 0; time < 5; time += 1) {
      vi.advanceTimersByTime(1000);
      run.emit(...run.reply("s1", ["read_document"]), ...run.think("s1"));
    }
    vi.advanceTimersByTime(1000);
    const screen = stream.screen();
    expect(screen.filter((line) => line.startsWith("◆"))).toHaveLength(1);
    expect(screen.find((line) => line.includes("s1"))).toMatch(/6\/20 +thinking/);
  });

  it("draws at most ten frames a second under a flood of lines", () => {
    begin();
    stream.take();
    for (let ms = 0; ms < 1000; ms += 1) {
      vi.advanceTimersByTime(1);
      run.emit(...run.reply("s1"), ...run.think("s1"));
    }
    expect(frames()).toBeGreaterThanOrEqual(9);
    expect(frames()).toBeLessThanOrEqual(10);
  });

  it("draws once a second while nothing happens", () => {
    begin();
    stream.take();
    vi.advanceTimersByTime(5000);
    expect(frames()).toBe(5);
    expect(stream.screen()[0]).toContain("0:05");
  });

  it("hides the cursor while it runs, shows it again, and leaves a summary", () => {
    const listening = process.listenerCount("exit");
    begin();
    expect(stream.written.startsWith(HIDE)).toBe(true);
    expect(process.listenerCount("exit")).toBe(listening + 1);
    view.close();
    expect(stream.written.endsWith(SHOW)).toBe(true);
    expect(stream.screen()).toHaveLength(2);
    expect(stream.screen()[1]).toBe("0 of 2 done · 0 steps · 0 tokens");
    expect(process.listenerCount("exit")).toBe(listening);
    expect(run.listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    stream.take();
    view.close();
    expect(stream.written).toBe("");
  });

  it("follows the terminal's size", () => {
    begin();
    stream.columns = 40;
    stream.rows = 10;
    stream.emit("resize");
    stream.take();
    vi.advanceTimersByTime(100);
    // The first line, 100 cells wide, has become three.
    const up = Number(UP.exec(stream.written)?.[1]);
    expect(up).toBeGreaterThan(5);
    for (const line of stream.screen()) expect(line.length).toBeLessThanOrEqual(40);
  });

  it("uses colours only where the stream has them and NO_COLOR is not set", async () => {
    const colored = async (kind: { noColor: string; colors: boolean }): Promise<boolean> => {
      vi.stubEnv("NO_COLOR", kind.noColor);
      const out = new FakeStream();
      out.colors = kind.colors;
      const other = await createProgressView({ stream: out.stream, kind: "live", now: () => Date.now() });
      other.attach(run.handle);
      other.close();
      vi.unstubAllEnvs();
      return out.written.includes("\u001b[36m");
    };
    expect(await colored({ noColor: "", colors: true })).toBe(true);
    expect(await colored({ noColor: "1", colors: true })).toBe(false);
    expect(await colored({ noColor: "", colors: false })).toBe(false);
  });

  it("lets the run go on when the terminal is gone or its own code fails", async () => {
    begin();
    stream.failure = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    expect(() => vi.advanceTimersByTime(5000)).not.toThrow();
    stream.emit("error", new Error("write EPIPE"));
    expect(() => run.emit(...run.reply("s1"))).not.toThrow();
    const other = new FakeStream();
    const failing = await createProgressView({ stream: other.stream, kind: "live", now: () => Date.now() });
    failing.attach(run.handle);
    const failure = (): never => {
      throw new Error("no plan");
    };
    const { plan } = run;
    Object.defineProperty(run, "plan", { get: failure, configurable: true });
    run.emit(run.line("route", {}, { subtask: "s1" }));
    expect(() => vi.advanceTimersByTime(5000)).not.toThrow();
    Object.defineProperty(run, "plan", { value: plan });
    expect(other.written).toContain("the live view stopped, the run goes on");
    expect(other.written).toContain(SHOW);
  });

  it("skips frames while the terminal cannot keep up", () => {
    begin();
    stream.take();
    stream.writableNeedDrain = true;
    vi.advanceTimersByTime(3000);
    expect(stream.written).toBe("");
    stream.writableNeedDrain = false;
    vi.advanceTimersByTime(1000);
    expect(frames()).toBe(1);
  });
});

describe("no view", () => {
  it("writes nothing", async () => {
    const none = await createProgressView({ stream: stream.stream, kind: "none", now: () => Date.now() });
    none.attach(run.handle);
    none.close();
    expect(stream.written).toBe("");
    expect(run.listeners.size).toBe(0);
  });
});
