/** Swarms for graph tests: a scripted model, plans of a line each, and what a test asks of the outcome. */
import type { RunnableConfig } from "@langchain/core/runnables";
import { MemorySaver } from "@langchain/langgraph";
import { createSwarm, type SwarmOptions } from "../../app/create-swarm.ts";
import type { AgentProfileInput } from "../../state/agent-profile.ts";
import type { PlanFileInput } from "../../state/plan.ts";
import { ScriptedChatModel, type ScriptedStep } from "./scripted-chat-model.ts";

type PlannedInput = PlanFileInput["subtasks"][number];

/** An agent that fits everything. */
export const WORKER: AgentProfileInput = { name: "worker", description: "does what it is told", tools: [] };

/** A swarm in memory whose model follows `script`. */
export function scriptedSwarm(
  script: Record<string, ScriptedStep | ScriptedStep[]>,
  options: Omit<SwarmOptions, "model"> = {},
) {
  const model = new ScriptedChatModel(script);
  const swarm = createSwarm({ agents: [WORKER], checkpointer: new MemorySaver(), ...options, model });
  return { swarm, model };
}

export function thread(id: string): RunnableConfig & { configurable: { thread_id: string } } {
  return { configurable: { thread_id: id } };
}

/** A plan of subtasks by id: `{ a: {}, b: { dependsOn: ["a"] } }`. */
export function planOf(subtasks: Record<string, Partial<PlannedInput>>): { subtasks: PlannedInput[] } {
  return {
    subtasks: Object.entries(subtasks).map(([id, more]) => ({ id, instructions: `Do part ${id}.`, ...more })),
  };
}
