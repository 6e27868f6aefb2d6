/** Journals that an earlier release has written are understood as it understood them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedReportOf } from "../../engine/runtime/artifacts/shared-report.ts";
import { lastReservation } from "../../engine/policy/budget/ledger-lines.ts";
import { addRun, noHistory } from "../../engine/policy/budget/run-history.ts";
import { foldJournal } from "../../engine/journal/fold.ts";
import { parallelismReport } from "../../engine/policy/report/parallelism.ts";
import type { Plan } from "../../state/plan.ts";
import { recordedLines } from "../support/read-journal.ts";

const NAMES = ["complete", "recovered", "paused", "conflict", "capped", "killed"] as const;

function recorded(name: string) {
  const file = (ending: string): string =>
    readFileSync(new URL(`../fixtures/journals/${name}.${ending}`, import.meta.url), "utf8");
  const told = JSON.parse(file("json")) as Record<string, unknown> & { plan: Plan };
  return { lines: recordedLines(file("jsonl"), "r"), told };
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(NAMES)("the journal of a run that was %s", (name) => {
  const { lines, told } = recorded(name);

  it("says what was spent, lost, published and parked", () => {
    const { published, parked, ...facts } = foldJournal(lines);
    expect(asJson({ ...facts, published: [...published], parked: [...parked] })).toEqual(told["facts"]);
    expect(lastReservation(lines)).toBe(told["lastReservation"]);
  });

  it("says how parallel the run was, what it shares, and what it teaches a forecast", () => {
    expect(asJson(parallelismReport(lines, told.plan))).toEqual(told["parallelism"]);
    expect(sharedReportOf(lines)).toEqual(told["shared"]);
    const history = noHistory();
    addRun(history, lines);
    expect(asJson({ ...history, turns: [...history.turns] })).toEqual(told["history"]);
  });
});
