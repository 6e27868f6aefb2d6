/** Journals that an earlier release has written are understood as it understood them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedReport } from "../../engine/policy/answer/so-far.ts";
import { sumOf } from "../../engine/policy/budget/forecast-turns.ts";
import { addRun, noHistory, type RunHistory } from "../../engine/policy/budget/run-history.ts";
import { foldRun, workedMs } from "../../engine/journal/run-view.ts";
import { parallelismReport } from "../../engine/policy/report/parallelism.ts";
import { readDetection, readRecovery } from "../../app/config/read-agents.ts";
import { Story } from "../../app/cli/show-text.ts";
import type { RunSettings } from "../../app/config/run-settings.ts";
import { ReplaySignals } from "../../engine/policy/replay/replay-signals.ts";
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

  const view = foldRun(lines);

  it("says what was spent, lost, published and parked", () => {
    const { startedAt, lanes, parked, denied, changedDocuments, spending } = view;
    const lost = [...spending.open.values()].map(
      ({ id, subtask, attempt, inputTokens, outputTokens, usd, accounts }) => ({
        ...{ id, subtask, attempt, inputTokens, outputTokens, usd, accounts },
      }),
    );
    const published = [...lanes.values()]
      .flatMap((lane) => lane.published ?? [])
      .toSorted((one, other) => one.seq - other.seq)
      .map(({ subtask, attempt }) => `${subtask}\u0000${attempt}`);
    const facts = { spent: spending.spent, lost, published, parked: [...parked], denied, startedAt };
    expect(asJson({ ...facts, changedDocuments, workedMs: workedMs(view) })).toEqual(told["facts"]);
    expect(spending.lastReservation).toBe(told["lastReservation"]);
  });

  it("says how parallel the run was, what it shares, and what it teaches a forecast", () => {
    expect(asJson(parallelismReport(view, told.plan))).toEqual(told["parallelism"]);
    // Those releases did not tell merges from conflicts.
    const { merges, ...shared } = sharedReport(view, false);
    expect([shared, merges <= shared.conflicts]).toEqual([told["shared"], true]);
    const history = noHistory();
    addRun(history, lines);
    expect(asJson(taughtBy(history))).toEqual(told["history"]);
  });

  it.each([
    ["its own rules", "replay", undefined],
    [
      "stricter ones",
      "strict",
      { recovery: { server: [] }, detection: { loop: { repeats: 2 }, noProgressSteps: 2, idleMs: 1 } },
    ],
  ])("is replayed by %s as it was", (_, name, given) => {
    const settings = told["settings"] as RunSettings;
    const { recovery, detection } = given ?? settings;
    const rules = { recovery: readRecovery(recovery), detection: readDetection(detection) };
    const replay = new ReplaySignals({ ...rules, agents: settings.agents, plan: told.plan });
    for (const line of lines) replay.add(line);
    const { signals } = told[name] as { signals: unknown };
    expect(replay.signals()).toEqual(signals);
  });

  it("is told in the same words", () => {
    const story = new Story();
    for (const line of lines) story.tell(line);
    const places = [undefined, ...told.plan.subtasks.map(({ id }) => id)];
    const shown = String(told["show"]).split("\n");
    const sentences = places.flatMap((place) => story.of(place)).flatMap((sentence) => sentence.split("\n"));
    expect(sentences.filter((sentence) => !shown.includes(sentence))).toEqual([]);
    expect(sentences.length).toBeGreaterThan(5);
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
