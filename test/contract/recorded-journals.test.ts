/** Journals that an earlier release has written are understood as it understood them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedReportOf } from "../../engine/runtime/artifacts/shared-report.ts";
import { lastReservation } from "../../engine/policy/budget/ledger-lines.ts";
import { sumOf } from "../../engine/policy/budget/forecast-turns.ts";
import { addRun, noHistory, type RunHistory } from "../../engine/policy/budget/run-history.ts";
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
    expect(asJson(taughtBy(history))).toEqual(told["history"]);
  });
});

/** The sums that a forecast is made of, as they were recorded: by purpose and model, of work by agent too. */
function taughtBy({ runs, calls, lanes }: RunHistory) {
  const keysOf = ({ purpose, model, agent }: { purpose: string; model: string; agent: string }): string[] =>
    purpose === "work" ? [`work/${model}`, `work/${model}/${agent}`] : [`${purpose}/${model}`];
  const turns = [...new Set(calls.flatMap(keysOf))].map((key) => {
    const own = calls.filter((call) => keysOf(call).includes(key));
    const done = lanes.filter((lane) => keysOf({ purpose: "work", ...lane }).includes(key));
    const openings = own.filter(({ turn }) => turn === 0);
    const sums = {
      ...{ calls: own.length, openingBytes: sumOf(openings, ({ bytes }) => bytes) },
      openingTokens: sumOf(openings, ({ inputTokens }) => inputTokens),
      inputTokens: sumOf(own, ({ inputTokens }) => inputTokens),
      cachedTokens: sumOf(own, ({ cachedTokens }) => cachedTokens),
      outputTokens: sumOf(own, ({ outputTokens }) => outputTokens),
      grownTokens: sumOf(own, ({ grownTokens }) => grownTokens),
      grownTurns: sumOf(own, ({ turn = 0 }) => turn),
      ...{ answers: done.length, answerTokens: sumOf(done, ({ answerTokens }) => answerTokens) },
      ...{ laneMs: sumOf(done, ({ ms }) => ms), laneSteps: sumOf(done, ({ steps }) => steps) },
      callMs: sumOf(own, ({ ms }) => ms),
    };
    return [key, sums];
  });
  const steps = lanes.map(({ agent, limit, steps }) => ({ agent, limit, steps }));
  return { runs, calls: calls.length, turns, steps, subtasks: lanes.length };
}
