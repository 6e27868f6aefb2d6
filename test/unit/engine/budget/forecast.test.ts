import { describe, expect, it } from "vitest";
import { forecast } from "../../../../engine/budget/forecast.ts";
import type { ResolvedModel } from "../../../../engine/ports.ts";
import { agentOf, capsOf, planOf, subtaskOf } from "../builders.ts";

const model = (price?: { input: number; output: number }): ResolvedModel =>
  ({
    id: "some-model",
    price: price && { ...price, cachedInput: 0, source: "the list of May" },
  }) as unknown as ResolvedModel;

const plan = planOf(
  subtaskOf("a"),
  subtaskOf("b", { steps: 2, dependsOn: ["a"] }),
  subtaskOf("reduce-1", { role: "reduce", dependsOn: ["b"] }),
);
const agents = [agentOf("researcher", { maxSteps: 7 })];
const assignments = [
  { subtask: "a", agent: "researcher" },
  { subtask: "b", agent: "researcher" },
];
const text = (given: Partial<Parameters<typeof forecast>[0]> = {}): string =>
  forecast({ plan, agents, assignments, caps: capsOf({ maxSteps: 100, maxAgents: 5 }), model: model(), ...given });

describe("the forecast of a plan", () => {
  it("gives steps as a range: one a subtask and the synthesizer's, up to the plan's or the agent's limit", () => {
    expect(text()).toContain("- steps: 3 to 10 (cap 100)\n");
    expect(text({ assignments: [] })).toContain("- steps: 3 to 7 (cap 100)\n");
  });

  it("says that the cap cuts the run short where it may", () => {
    expect(text({ caps: capsOf({ maxSteps: 9 }) })).toContain("(cap 9; at the upper end the cap cuts the run short)");
  });

  it("counts work alone in the number of subtasks and the longest chain", () => {
    expect(text()).toMatch(/^# Forecast: 2 subtasks, nothing spent on agents\n/);
    expect(text()).toContain("- longest chain of dependencies: 2 subtasks; at most 5 lanes at once");
    expect(text({ plan: planOf(subtaskOf("a")) })).toMatch(/^# Forecast: 1 subtask, /);
  });

  it("gives tokens and money of both ends, with the price's source", () => {
    expect(text()).toContain("- tokens: 3300 to 90000\n");
    expect(text({ model: model({ input: 1, output: 10 }) })).toContain(
      "- cost: USD 0.0060 to 0.1800 (the list of May)\n",
    );
  });

  it("says that a price is unknown rather than that it costs nothing", () => {
    expect(text()).toContain("- cost: unknown: no price is known for some-model\n");
    expect(text({ model: model({ input: 0, output: 0 }) })).toContain("- cost: USD 0.0000 to 0.0000");
  });

  it("lists each subtask of work with its agent and what it waits for", () => {
    expect(text()).toContain(
      "| subtask | agent | waits for |\n|---|---|---|\n| a | researcher | nothing |\n| b | researcher | a |\n",
    );
    expect(text({ assignments: [] })).toContain("| a |  | nothing |");
    expect(text()).not.toContain("reduce-1");
  });
});
