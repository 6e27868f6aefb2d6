/** What a dry run forecasts against what the run then used: from the plan alone, and from the home's history. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Forecast, Range } from "../../state/forecast.ts";
import type { RunResult } from "../../state/run-result.ts";
import { layeredPlan } from "../support/layered-plan.ts";
import { byRole, synthesizerAnswer, toolCallsThenAnswer } from "../support/model-server/index.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** The plan allows more steps than the agents take: only history can know. */
const [LANES, CALLS, LIMIT, DELAY_MS] = [16, 5, 8, 150];

async function home() {
  const place = temporaryFolder();
  const agent = toolCallsThenAnswer({ toolCalls: CALLS - 1, args: { subtask: "s{{turn}}" } });
  const server = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }), {
    delay: { kind: "fixed", ms: DELAY_MS },
  });
  const plan = layeredPlan({ subtasks: LANES, layers: 2, fanIn: 2, seed: 1, steps: LIMIT });
  writeFileSync(join(place, "plan.json"), JSON.stringify(plan));
  writeFileSync(join(place, "config.json"), JSON.stringify({ prices: { m: { input: 1, output: 4 } } }));
  const files = ["--plan", "plan.json", "--config", "config.json", "--home", place, "--json"];
  const run = async (...flags: string[]): Promise<RunResult> =>
    resultOf(await commandHere(["run", ...files, "--model", "m", "--base-url", server.url, ...flags], { cwd: place }));
  return { run, place, server };
}

const FIGURES: [name: string, ofForecast: (drawn: Forecast) => Range, ofRun: (result: RunResult) => number][] = [
  ["steps", ({ steps }) => steps, ({ usage }) => usage.steps],
  ["calls", ({ modelCalls }) => modelCalls, ({ usage }) => usage.modelCalls],
  ["input", ({ inputTokens }) => inputTokens, ({ usage }) => usage.inputTokens],
  ["output", ({ outputTokens }) => outputTokens, ({ usage }) => usage.outputTokens],
  ["usd", ({ usd }) => usd!, ({ usage }) => usage.usd],
];

function compare(drawn: Forecast, used: RunResult): Record<string, { forecast: number; used: number; off: number }> {
  const all = [
    ...FIGURES,
    ["time", ({ timeMs }: Forecast) => timeMs, ({ timing }: RunResult) => timing.wallMs] as (typeof FIGURES)[number],
  ];
  return Object.fromEntries(
    all.map(([name, ofForecast, ofRun]) => {
      const { likely } = ofForecast(drawn);
      return [name, { forecast: likely, used: ofRun(used), off: likely / ofRun(used) - 1 }];
    }),
  );
}

it("is within a quarter of what a second run uses, and has it in its range from the first", async () => {
  const { run, server } = await home();
  const first = await run("--dry-run", "--id", "d1");
  expect(server.stats().calls).toBe(0);
  const used = await run("--id", "r1");
  const second = await run("--dry-run", "--id", "d2");
  const usedAgain = await run("--id", "r2");
  console.table({ ...compare(first.forecast!, used) });
  const again = compare(second.forecast!, usedAgain);
  console.table(again);
  expect(first.forecast!.basis.kind).toBe("plan");
  expect(second.forecast!.basis).toEqual({ kind: "history", runs: 1, calls: used.usage.modelCalls });
  const wrong: string[] = [];
  for (const [name, ofForecast, ofRun] of FIGURES) {
    if (Math.abs(again[name]!.off) >= 0.25) wrong.push(name);
    // Scripted answers are of three words: no plan can say so.
    if (name === "output") continue;
    const { least, most } = ofForecast(first.forecast!);
    if (ofRun(used) < least || ofRun(used) > most) wrong.push(`${name}, the first time`);
  }
  expect(wrong).toEqual([]);
  // The machine may be busier in one run than in the other.
  expect(Math.abs(again["time"]!.off)).toBeLessThan(0.6);
}, 120_000);

it("is said again by a replay, though its home has had other runs since", async () => {
  const { run, place } = await home();
  await run("--id", "before");
  await run("--dry-run", "--id", "d1");
  await run("--id", "since");
  const again = await commandHere(["replay", "d1", "--home", place], { cwd: place });
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("the same answer, byte for byte") as string });
}, 120_000);

it("stands in the plan review, with the advice that one agent would do", async () => {
  const { run, place } = await home();
  const chain = ["a", "b", "c"].map((id, index, ids) => ({
    id,
    instructions: `Do ${id}.`,
    dependsOn: index === 0 ? [] : [ids[index - 1]],
  }));
  writeFileSync(join(place, "plan.json"), JSON.stringify({ task: "t", subtasks: chain }));
  const { interrupts } = await run("--approve", "plan", "--id", "r");
  const [review] = interrupts;
  const { forecast, action_requests: actions } = review!.request as unknown as {
    forecast: Forecast;
    action_requests: { description: string }[];
  };
  expect(forecast).toMatchObject({ subtasks: 3, longestChain: 3, advice: [{ kind: "chain" }] });
  expect(actions[0]!.description).toMatch(
    /^Run this plan of 3 subtasks\? About 13 steps, .*One agent alone would do as well/,
  );
}, 60_000);
