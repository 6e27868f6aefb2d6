import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nextStep } from "../../../../app/cli/answers.ts";
import { tableOf } from "../../../../app/cli/actions/runs.ts";
import { homeOverview } from "../../../../app/cli/run-record.ts";
import { widthOf } from "../../../../app/cli/view/terminal-text.ts";
import { coverageOf, type Outcome } from "../../../../state/outcome.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const about = { createdAt: "2026-01-02T03:04:05.678Z", runDir: "" };

it("a table of runs is aligned by what a terminal shows, ids are whole", () => {
  const long = "x".repeat(90);
  const lines = tableOf([
    { ...about, runId: "短い", status: "complete", task: "First\n\u001B[31mtask", coverage: coverageOf(1, ["done"]) },
    { ...about, runId: long, status: "interrupted", task: "Second", coverage: null },
    { ...about, runId: "bad", status: "damaged", createdAt: "", task: "", coverage: null, problem: "p".repeat(200) },
  ]);
  expect(new Set(lines.slice(0, 2).map((line) => widthOf(line.slice(0, line.indexOf("2026"))))).size).toBe(1);
  expect(lines[0]).toMatch(/^短い +complete +2026-01-02 03:04:05 {2}1 of 1 done {2}First task$/);
  expect(lines[1]).toContain(`${long}  interrupted`);
  expect(lines[2]).toMatch(/^bad +damaged +p+$/);
});

it("a table of runs says of plans alone that nothing was run, and of runs without a plan that there is none yet", () => {
  const of = (status: "complete" | "paused", planned: number): string =>
    tableOf([{ ...about, runId: "r", status, task: "T", coverage: coverageOf(planned, []), isDry: true }]).join();
  expect(of("complete", 3)).toContain("  plan made, nothing run  T");
  expect(of("paused", 0)).toContain("  no plan yet  T");
});

it("what is not over has a next command, what is over has none", () => {
  const standing = { runId: "r", interrupts: [] };
  const of = (...outcomes: Outcome[]) => coverageOf(outcomes.length, outcomes);
  const step = (status: Parameters<typeof nextStep>[0]["status"], coverage = of("done")) =>
    nextStep({ ...standing, status, coverage });
  expect(step("complete")).toBeUndefined();
  expect(step("interrupted")).toBe("glasshive resume r");
  expect(step("failed", of("infra"))).toBe("glasshive resume r");
  expect(step("running")).toMatch(/^glasshive show r /);
  expect(step("partial", of("done", "budget"))).toMatch(/^glasshive resume r --max-steps N /);
  expect(step("partial", of("done", "stalled"))).toBe("glasshive resume r");
  expect(step("partial", of("not-found", "skipped"))).toBeUndefined();
});

it("a run that has paused itself is told with what mends it", () => {
  const paused = (signal: string) => ({
    ...{ id: `paused-${signal}`, kind: "budget" as const, subtask: null },
    request: { signal, evidence: "404 from there" },
  });
  const step = (signal: string) =>
    nextStep({ runId: "r", status: "paused", coverage: coverageOf(1, []), interrupts: [paused(signal)] });
  expect(step("endpoint")).toBe("glasshive resume r --base-url URL (once this is fixed: endpoint: 404 from there)");
  expect(step("quota")).toBe("glasshive resume r (once this is fixed: quota: 404 from there)");
});

it("a home that is no folder, or holds its runs in none, is refused and not called empty", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "x");
  writeFileSync(join(folder, "runs"), "x");
  expect(() => homeOverview(join(folder, "file"))).toThrow(/the home .*file cannot be used: .*file is not a folder$/);
  expect(() => homeOverview(folder)).toThrow(/cannot be used: .*runs is not a folder$/);
  expect(homeOverview(join(folder, "none"))).toEqual([]);
});

it("a damaged run is told in plain words", () => {
  const home = temporaryFolder();
  mkdirSync(join(home, "runs", "r", "run.json"), { recursive: true });
  expect(homeOverview(home)[0]?.problem).toMatch(/run\.json cannot be read: it is a folder; restore it/);
});
