/** A cap in money against providers that bill as they like, through the command line; the reserve, the sub-budgets and the policies. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PlanFileInput } from "../../state/plan.ts";
import type { Usage } from "../../state/usage.ts";
import { layeredPlan } from "../support/layered-plan.ts";
import {
  byRole,
  reportedUsage,
  synthesizerAnswer,
  toolCallsThenAnswer,
  type Behaviour,
  type ModelServerOptions,
  type Report,
} from "../support/model-server/index.ts";
import { readJournalFile, type RecordedLine } from "../support/read-journal.ts";
import { commandHere, resultOf, runCommand } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PRICE = { input: 1, cachedInput: 0.1, output: 4 };
const PRICES = { m: PRICE, "cheap-*": { input: 0.01, output: 0.04, source: "a list", date: "2026-01-31" } };

interface Shape {
  subtasks?: number;
  calls?: number;
  plan?: PlanFileInput;
  behaviour?: (honest: Behaviour) => Behaviour;
  config?: Record<string, unknown>;
  server?: Partial<ModelServerOptions>;
  /** Default: the command line in this process. */
  command?: typeof runCommand;
}

function prepare({ subtasks = 40, calls = 3, plan, behaviour = (honest) => honest, config, server }: Shape) {
  const agent = toolCallsThenAnswer({ toolCalls: calls - 1, args: { subtask: "s1" } });
  const home = temporaryFolder();
  const planned = plan ?? layeredPlan({ subtasks, layers: 1, fanIn: 0, seed: 1, steps: calls });
  writeFileSync(join(home, "plan.json"), JSON.stringify(planned));
  writeFileSync(join(home, "config.json"), JSON.stringify({ prices: PRICES, ...config }));
  const serving = serve(behaviour(byRole({ agent, synthesizer: synthesizerAnswer() })), server);
  return { home, serving };
}

async function runAt(shape: Shape, ...flags: string[]) {
  const { home, serving } = prepare(shape);
  const server = await serving;
  const files = ["--plan", "plan.json", "--config", "config.json", "--home", home, "--id", "r", "--json"];
  const model = ["--model", "m", "--base-url", server.url];
  const { command = commandHere } = shape;
  const outcome = await command(["run", ...files, ...model, ...flags], { cwd: home });
  return { home, server, outcome, result: resultOf(outcome), lines: readJournalFile(home, "r") };
}

/** Every reservation fitted what was left when it was made: nothing is begun that the cap does not cover. */
function expectCovered(lines: readonly RecordedLine[], maxUsd: number): void {
  const open = new Map<string, number>();
  let spent = 0;
  for (const { kind, data } of lines) {
    const id = data["id"] as string;
    if (kind === "settle") {
      open.delete(id);
      spent += data["usage"].usd;
    }
    if (kind !== "reserve") continue;
    open.set(id, data["usd"]);
    const reserved = [...open.values()].reduce((sum, usd) => sum + usd, 0);
    expect(spent + reserved).toBeLessThanOrEqual(maxUsd + 1e-9);
  }
}

const usdOf = ({ input, cached = 0, output }: Report): number =>
  ((input - cached) * PRICE.input + cached * PRICE.cachedInput + output * PRICE.output) / 1e6;

describe("a cap in money", () => {
  it("holds with 300 calls in flight against a provider that bills eight times the tokens, and more output than the calls' limit, every time", async () => {
    const billed: Report[] = [];
    const { outcome, result, server, lines } = await runAt(
      {
        ...{ subtasks: 300, calls: 2, server: { delay: { kind: "fixed", ms: 500 } }, command: runCommand },
        behaviour: (honest) =>
          reportedUsage((call, limit) => {
            const report = { input: 8 * call.inputTokens, output: Math.ceil(1.3 * (limit ?? 100)) };
            billed.push(report);
            return report;
          }, honest),
      },
      ...["--max-usd", "20", "--concurrency", "300"],
    );
    expect(outcome.code).toBe(3);
    const total = billed.reduce((sum, report) => sum + usdOf(report), 0);
    expect(total).toBeLessThanOrEqual(20);
    expect(total).toBeGreaterThan(14);
    expect(result.usage.usd).toBeCloseTo(total, 6);
    expect(server.stats().maxInFlight).toBeGreaterThan(100);
    expectCovered(lines, 20);
    expect(result.answer).toContain("Synthesis of");
  }, 120_000);

  it("holds where the provider's cache serves most of the input, and counts it at its price", async () => {
    const { result, server, lines } = await runAt(
      {
        plan: {
          ...layeredPlan({ subtasks: 60, layers: 1, fanIn: 0, seed: 1, steps: 3 }),
          task: "What all share. ".repeat(400),
        },
        server: { delay: { kind: "fixed", ms: 100 }, prefixCache: true },
        // A race has a loser, which is booked at the most that it can have cost.
        config: { recovery: { straggler: [] } },
      },
      ...["--max-usd", "2.4", "--concurrency", "60"],
    );
    const { inputTokens: input, cachedTokens: cached, outputTokens: output } = server.stats();
    expect(cached).toBeGreaterThan(0.3 * input);
    expect(result.usage.usd).toBeCloseTo(usdOf({ input, cached, output }), 9);
    expect(result.coverage.done).toBe(60);
    expectCovered(lines, 2.4);
  }, 120_000);

  it("begins no call that it does not cover, where a provider bills thirty times as much now and then", async () => {
    const { result, lines } = await runAt(
      {
        ...{ subtasks: 60, calls: 6, server: { delay: { kind: "fixed", ms: 20 } } },
        behaviour: (honest) =>
          reportedUsage(
            (call) => (call.n % 10 === 0 ? { input: 30 * call.inputTokens, output: 12_000 } : undefined),
            honest,
          ),
      },
      ...["--max-usd", "1.5", "--concurrency", "60"],
    );
    expectCovered(lines, 1.5);
    // What passed the cap, if anything, is what calls in flight were billed beyond all that was known.
    const excess = excessOf(lines);
    expect(result.usage.usd - excess).toBeLessThanOrEqual(1.5);
    const settled = lines.filter(({ kind }) => kind === "settle").reduce((sum, { data }) => sum + usdIn(data), 0);
    expect(result.usage.usd).toBeCloseTo(settled, 9);
  }, 120_000);
});

function usdIn(data: Record<string, unknown>): number {
  return (data["usage"] as Usage).usd;
}

function excessOf(lines: readonly RecordedLine[]): number {
  const reserved = new Map(lines.flatMap(({ kind, data }) => (kind === "reserve" ? [[data["id"], data["usd"]]] : [])));
  return lines
    .filter(({ kind }) => kind === "settle")
    .reduce((sum, { data }) => sum + Math.max(0, usdIn(data) - (reserved.get(data["id"] as string) ?? 0)), 0);
}

describe("--max-usd 0.50", () => {
  it("ends below it, with what was done in an answer that the synthesizer wrote from the reserve", async () => {
    const long = "A finding in some words, with a place to look it up. ".repeat(400);
    const { outcome, result, server } = await runAt(
      {
        subtasks: 60,
        behaviour: () =>
          byRole({
            agent: toolCallsThenAnswer({
              toolCalls: 2,
              args: { subtask: "s1" },
              answer: `Result of {{subtask}}. ${long}`,
            }),
            synthesizer: synthesizerAnswer(),
          }),
      },
      ...["--max-usd", "0.5"],
    );
    expect(outcome.code).toBe(3);
    expect(result.status).toBe("partial");
    const { inputTokens: input, outputTokens: output, callsByRole } = server.stats();
    expect(usdOf({ input, output })).toBeLessThanOrEqual(0.5);
    expect(callsByRole.synthesizer).toBe(1);
    expect(result.coverage.done).toBeGreaterThan(5);
    expect(result.coverage.done + result.coverage.budget).toBe(60);
    expect(result.answer).toMatch(/Synthesis of \d+ results/);
    expect(result.answer).toContain(`${result.coverage.done} of 60 done`);
  }, 60_000);
});

describe("a sub-budget", () => {
  const subtask = (id: string, more: object = {}) => ({ id, instructions: `Do ${id}.`, steps: 3, ...more });

  it("of an agent ends its lanes with a signal that names it, and no other agent's", async () => {
    const agents = [
      { name: "frugal", description: "does what it is told", budget: { maxSteps: 7 } },
      { name: "free", description: "does what it is told" },
    ];
    const plan = {
      task: "t",
      subtasks: ["a", "b", "c", "d"].flatMap((id) => [
        subtask(`${id}1`, { agent: "frugal" }),
        subtask(`${id}2`, { agent: "free" }),
      ]),
    };
    const { home, serving } = prepare({ plan });
    writeFileSync(join(home, "agents.json"), JSON.stringify({ agents }));
    const server = await serving;
    const files = [
      "--plan",
      "plan.json",
      "--config",
      "config.json",
      "--agents",
      "agents.json",
      "--home",
      home,
      "--json",
    ];
    const outcome = await commandHere(["run", ...files, "--id", "r", "--model", "m", "--base-url", server.url], {
      cwd: home,
    });
    const { subtasks } = resultOf(outcome);
    const of = (agent: string) => subtasks.filter((each) => each.agent === agent);
    expect(of("free").map(({ outcome }) => outcome)).toEqual(["done", "done", "done", "done"]);
    expect(of("frugal").reduce((sum, { steps }) => sum + steps, 0)).toBeLessThanOrEqual(7);
    expect(of("frugal").filter(({ outcome }) => outcome === "done")).toHaveLength(2);
    const ended = of("frugal").filter(({ outcome }) => outcome === "budget");
    expect(ended).toHaveLength(2);
    for (const { cause } of ended) expect(cause).toMatch(/budget of agent frugal/);
  }, 60_000);

  it("of a subtask holds in money, at any step", async () => {
    const plan = { task: "t", subtasks: [subtask("poor", { budget: { maxUsd: 0.004 }, steps: 20 }), subtask("other")] };
    const { outcome, result } = await runAt({ plan, calls: 20 });
    expect(outcome.code).toBe(3);
    const poor = result.subtasks.find(({ id }) => id === "poor")!;
    expect(poor).toMatchObject({ outcome: "budget" });
    expect(poor.cause).toContain("subtask poor");
    expect(poor.steps).toBeGreaterThan(0);
  }, 60_000);

  it("in money needs a price, and says how to give one", async () => {
    const plan = { task: "t", subtasks: [subtask("poor", { budget: { maxUsd: 0.01 } })] };
    const { home, serving } = prepare({ plan, config: { prices: {} } });
    const flags = ["--plan", "plan.json", "--config", "config.json", "--home", home];
    const { code, stderr } = await commandHere(
      ["run", ...flags, "--model", "never-heard-of", "--base-url", (await serving).url],
      { cwd: home },
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/budget.maxUsd of subtask poor needs a price.*never-heard-of.*prices: \{/s);
  }, 60_000);
});

describe("at the cap, the policy", () => {
  it("goes on with a cheaper model, whose reservation fits", async () => {
    const recovery = { budget: [{ do: "switch-model", models: ["cheap-one"] }] };
    const { outcome, result, lines } = await runAt({ subtasks: 30, config: { recovery } }, "--max-usd", "0.02");
    expect(outcome.code).toBe(0);
    expect(result.coverage.done).toBe(30);
    expect(result.usage.usd).toBeLessThanOrEqual(0.02);
    const models = lines.filter(({ kind, subtask }) => kind === "reserve" && subtask !== undefined);
    expect(new Set(models.map(({ data }) => data["model"]))).toEqual(new Set(["m", "cheap-one"]));
    expectCovered(lines, 0.02);
  }, 60_000);

  it("pauses the run, which goes on under a higher cap and repeats nothing", async () => {
    const recovery = { budget: [{ do: "pause-run" }] };
    const { home, outcome, result, server } = await runAt({ subtasks: 30, config: { recovery } }, "--max-usd", "0.02");
    expect(outcome.code).toBe(4);
    expect(result.interrupts).toMatchObject([{ kind: "budget", request: { signal: "budget" } }]);
    expect(result.coverage.done).toBeLessThan(30);
    const again = await commandHere(["resume", "r", "--home", home, "--json"], { cwd: home });
    expect(again.code).toBe(4);
    const resumed = await commandHere(["resume", "r", "--home", home, "--max-usd", "5", "--json"], { cwd: home });
    expect(resumed.code).toBe(0);
    expect(resultOf(resumed).coverage.done).toBe(30);
    expect(server.stats().repeated).toEqual([]);
  }, 90_000);

  it("pauses the run where the steps are used up, before a lane begins", async () => {
    const recovery = { budget: [{ do: "pause-run" }] };
    const { home, outcome, server } = await runAt({ subtasks: 10, config: { recovery } }, "--max-steps", "12");
    expect(outcome.code).toBe(4);
    const resumed = await commandHere(["resume", "r", "--home", home, "--max-steps", "100", "--json"], { cwd: home });
    expect(resumed.code).toBe(0);
    expect(resultOf(resumed).usage.steps).toBe(31);
    expect(server.stats().repeated).toEqual([]);
  }, 90_000);

  it("gives up where it says nothing else: a partial answer", async () => {
    const { outcome, result } = await runAt({ subtasks: 30 }, "--max-usd", "0.02");
    expect(outcome.code).toBe(3);
    expect(result.coverage.done).toBeGreaterThan(0);
    expect(result.coverage.budget).toBeGreaterThan(0);
  }, 60_000);
});
