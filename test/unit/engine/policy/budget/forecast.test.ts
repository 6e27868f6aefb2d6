import { describe, expect, it } from "vitest";
import { entryOf, lineAt } from "../../../../support/journal-lines.ts";
import { forecast, type ForecastFacts } from "../../../../../engine/policy/budget/forecast.ts";
import type { PlannedWork } from "../../../../../engine/policy/budget/forecast-turns.ts";
import { forecastLine, forecastText } from "../../../../../engine/policy/budget/forecast-text.ts";
import { addRun, noHistory, type RunHistory } from "../../../../../engine/policy/budget/run-history.ts";
import type { JournalKind, JournalLine } from "../../../../../engine/journal/events.ts";
import { capsOf, usageOf } from "../../builders.ts";

const PRICE = { input: 1, cachedInput: 0.1, output: 10, source: "the list of May" };

function work(id: string, given: Partial<PlannedWork> = {}): PlannedWork {
  return {
    id,
    dependsOn: [],
    agent: "a",
    model: "m",
    limit: undefined,
    most: 20,
    openingBytes: 4000,
    reads: false,
    ...given,
  };
}

function facts(given: Partial<ForecastFacts> = {}): ForecastFacts {
  return {
    ...{ work: [work("s1"), work("s2")], reduceNodes: 0, caps: capsOf(), concurrency: 50, model: "m" },
    ...{ priceOf: () => PRICE, spent: usageOf(), history: noHistory() },
    ...given,
  };
}

const AT = Date.parse("2026-01-01T00:00:00.000Z");

/**
 * The journal of a run of `lanes` subtasks: the prompt of turn t has 1000 + 100 t tokens, a step takes two seconds. What comes
 * after the first prompt has fewer bytes a token than that has.
 */
function pastRun({ lanes, turns, limit }: { lanes: number; turns: number; limit?: number }): RunHistory {
  const lines: JournalLine[] = [];
  let ms = 0;
  const write = (kind: JournalKind, data: Record<string, unknown>, subtask?: string): void => {
    lines.push(lineAt(AT + ms, entryOf(kind, data, { subtask }), lines.length + 1));
  };
  const call = (
    id: string,
    purpose: string,
    { subtask, input, output, bytes = 4 * input }: { subtask?: string; input: number; output: number; bytes?: number },
  ): void => {
    write("reserve", { id, purpose, agent: "a", model: "m", inputTokens: bytes, outputTokens: 100 }, subtask);
    ms += 2000;
    write("model-call", { id, ms: 1900, waitedMs: 0 }, subtask);
    const usage = usageOf({
      steps: 1,
      modelCalls: 1,
      inputTokens: input,
      cachedInputTokens: input / 2,
      outputTokens: output,
    });
    write("settle", { id, usage }, subtask);
  };
  const subtasks = Array.from({ length: lanes }, (_, lane) => ({
    id: `s${lane}`,
    ...(limit === undefined ? {} : { steps: limit }),
  }));
  write("plan", { plan: { subtasks } });
  for (const { id } of subtasks) {
    write("attempt-start", { agent: "a" }, id);
    for (let turn = 0; turn < turns; turn += 1)
      call(`${id}/${turn}`, "work", {
        ...{ subtask: id, input: 1000 + 100 * turn, bytes: 4000 + 200 * turn },
        output: turn === turns - 1 ? 200 : 20,
      });
    write("publish", { accepted: true, outcome: "done" }, id);
  }
  call("synthesis", "synthesize", { input: 300 * lanes, output: 400 });
  const history = noHistory();
  addRun(history, lines);
  return history;
}

describe("without earlier runs, a forecast", () => {
  it("takes the steps that the plan gives, four where it gives none, and one call of the synthesizer", () => {
    const { steps, basis } = forecast(facts({ work: [work("s1", { limit: 13, most: 13 }), work("s2")] }));
    expect(steps).toEqual({ least: 3, likely: 18, most: 34 });
    expect(basis).toEqual({ kind: "plan", runs: 0, calls: 0 });
  });

  it("counts the opening of a conversation at every turn, and more for tools that read documents", () => {
    const [plain, reading] = [false, true].map((reads) =>
      forecast(facts({ work: [work("s1", { limit: 5, most: 5, reads })] })),
    );
    expect(plain!.inputTokens.likely).toBeGreaterThan(5 * 1000);
    expect(reading!.inputTokens.likely).toBeGreaterThan(plain!.inputTokens.likely);
  });

  it("adds what has been spent on planning", () => {
    const bare = forecast(facts());
    const planned = forecast(facts({ spent: usageOf({ steps: 1, modelCalls: 2, inputTokens: 500, usd: 0.5 }) }));
    expect(planned.steps.likely - bare.steps.likely).toBe(1);
    expect(planned.modelCalls.likely - bare.modelCalls.likely).toBe(2);
    expect(planned.usd!.likely - bare.usd!.likely).toBeCloseTo(0.5);
  });

  it("says that a price is unknown rather than that it costs nothing", () => {
    expect(forecast(facts({ priceOf: () => undefined })).usd).toBeNull();
    expect(forecastText(forecast(facts({ priceOf: () => undefined })), [])).toContain("| USD | unknown |");
    expect(forecast(facts({ priceOf: () => ({ ...PRICE, input: 0, cachedInput: 0, output: 0 }) })).usd).toMatchObject({
      likely: 0,
    });
  });
});

describe("with earlier runs, a forecast", () => {
  it("has their steps where the limit is the same, and in proportion where it is another", () => {
    const history = pastRun({ lanes: 10, turns: 6, limit: 12 });
    const likely = (limit: number): number =>
      forecast(facts({ work: [work("x", { limit, most: limit })], history })).steps.likely;
    expect(likely(12)).toBe(6 + 1);
    expect(likely(20)).toBe(10 + 1);
  });

  it("has the tokens of a conversation that grows, and those of its answers", () => {
    const history = pastRun({ lanes: 10, turns: 6 });
    const drawn = forecast(facts({ work: Array.from({ length: 10 }, (_, index) => work(`x${index}`)), history }));
    const inLanes = 10 * (6 * 1000 + 100 * 15);
    expect(drawn.inputTokens.likely).toBe(inLanes + 3000);
    expect(drawn.outputTokens.likely).toBe(10 * (5 * 20 + 200) + 400);
    expect(drawn.cachedInputTokens.likely).toBe((inLanes + 3000) / 2);
    expect(drawn.basis).toEqual({ kind: "history", runs: 1, calls: 61 });
  });

  it("has their time a step, on as many places as there are", () => {
    const history = pastRun({ lanes: 10, turns: 6 });
    const timeAt = (concurrency: number): number =>
      forecast(facts({ work: Array.from({ length: 10 }, (_, index) => work(`x${index}`)), history, concurrency }))
        .timeMs.likely;
    expect(timeAt(10)).toBe(6 * 2000 + 1900);
    expect(timeAt(5)).toBe(2 * 6 * 2000 + 1900);
  });

  it("does not take another model's turns for its own", () => {
    const history = pastRun({ lanes: 10, turns: 6 });
    const drawn = forecast(facts({ work: [work("x", { model: "other" })], history }));
    expect(drawn.assumptions.join(" ")).toContain("no earlier call of this model");
  });
});

describe("the advice", () => {
  const kinds = (given: Partial<ForecastFacts>): string[] => forecast(facts(given)).advice.map(({ kind }) => kind);
  const chain = Array.from({ length: 6 }, (_, index) =>
    work(`s${index}`, { dependsOn: index === 0 ? [] : [`s${index - 1}`] }),
  );

  it("is one agent for a chain, since nothing in it is done side by side", () => {
    expect(kinds({ work: chain })).toEqual(["chain"]);
    expect(forecast(facts({ work: chain })).advice[0]!.text).toMatch(
      /one agent alone would do as well.*waits for the one before/i,
    );
  });

  it("is one agent for a few small subtasks, since each of them has an opening of its own", () => {
    expect(kinds({ work: [work("a", { limit: 2, most: 2 }), work("b", { limit: 2, most: 2 })] })).toEqual(["small"]);
  });

  it("is nothing for many subtasks side by side, nor for a single one", () => {
    expect(kinds({ work: Array.from({ length: 50 }, (_, index) => work(`s${index}`)) })).toEqual([]);
    expect(kinds({ work: [work("a")] })).toEqual([]);
  });

  it("names each cap that cuts the run short", () => {
    const many = Array.from({ length: 50 }, (_, index) => work(`s${index}`));
    const { advice } = forecast(facts({ work: many, caps: capsOf({ maxSteps: 60, maxUsd: 1000 }) }));
    expect(advice).toEqual([{ kind: "capped", text: "The cap of 60 steps cuts the run short." }]);
    expect(forecastLine(forecast(facts({ work: many })))).toMatch(/^About 201 steps, [\d.]+k tokens, \$\d/);
  });
});
