/**
 * What a plan will take, before anything is spent: steps and calls as a range, with the assumptions in words. Without a
 * history of runs it is a rough one, and says so. Pure.
 */
import type { AgentProfile } from "../../state/agent-profile.ts";
import type { Plan } from "../../state/plan.ts";
import type { Caps } from "../../state/usage.ts";
import type { ResolvedModel } from "../ports.ts";
import { longestPath } from "../schedule/topology.ts";
import { FIRST_GUESS_STEPS } from "./admission.ts";

/** Tokens of one model turn: what a turn with a few tool results takes in and gives. */
const TURN_TOKENS = { least: { input: 1000, output: 100 }, most: { input: 8000, output: 1000 } } as const;

interface Assigned {
  subtask: string;
  agent: string;
}

export function forecast(facts: {
  plan: Plan;
  agents: readonly AgentProfile[];
  assignments: readonly Assigned[];
  caps: Caps;
  model: ResolvedModel;
}): string {
  const { plan, caps } = facts;
  const work = plan.subtasks.filter((subtask) => subtask.role === "work");
  const limits = new Map(facts.agents.map((agent) => [agent.name, agent.maxSteps]));
  const agentOf = new Map(facts.assignments.map((assignment) => [assignment.subtask, assignment.agent]));
  const most = (id: string, steps: number | undefined): number =>
    steps ?? limits.get(agentOf.get(id) ?? "") ?? FIRST_GUESS_STEPS;
  const least = work.length + 1;
  const worst = work.reduce((sum, subtask) => sum + most(subtask.id, subtask.steps), 1);
  const path = longestPath(plan.subtasks, (subtask) => (subtask.role === "work" ? 1 : 0));
  const lines = [
    `# Forecast: ${work.length} subtask${work.length === 1 ? "" : "s"}, nothing spent on agents`,
    "",
    `- steps: ${least} to ${worst} (cap ${caps.maxSteps}${worst > caps.maxSteps ? "; at the upper end the cap cuts the run short" : ""})`,
    `- longest chain of dependencies: ${path} subtasks; at most ${caps.maxAgents} lanes at once`,
    `- tokens: ${tokens(least, "least")} to ${tokens(worst, "most")}`,
    `- cost: ${cost(facts.model, least, worst)}`,
    "",
    `Assumptions: one step a subtask at least, the plan's or the agent's limit at most; ${TURN_TOKENS.least.input} to ${TURN_TOKENS.most.input} input and ${TURN_TOKENS.least.output} to ${TURN_TOKENS.most.output} output tokens a step; one call of the synthesizer.`,
    "",
    "| subtask | agent | waits for |",
    "|---|---|---|",
    ...work.map(
      (subtask) =>
        `| ${subtask.id} | ${agentOf.get(subtask.id) ?? ""} | ${subtask.dependsOn.join(", ") || "nothing"} |`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function tokens(steps: number, end: keyof typeof TURN_TOKENS): number {
  return steps * (TURN_TOKENS[end].input + TURN_TOKENS[end].output);
}

function cost(model: ResolvedModel, least: number, worst: number): string {
  if (model.price === undefined) return `unknown: no price is known for ${model.id}`;
  const { price } = model;
  const usd = (steps: number, end: keyof typeof TURN_TOKENS): number =>
    (steps * (TURN_TOKENS[end].input * price.input + TURN_TOKENS[end].output * price.output)) / 1e6;
  return `USD ${usd(least, "least").toFixed(4)} to ${usd(worst, "most").toFixed(4)} (${price.source})`;
}
