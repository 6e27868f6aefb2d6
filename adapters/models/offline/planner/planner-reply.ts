/** The planner's message: the plan as JSON, nothing else. */
import type { BaseMessage } from "@langchain/core/messages";
import { planTask } from "./plan-task.ts";
import { readPlanningFacts } from "./planning-facts.ts";

/** Pure. */
export function plannerReply(messages: readonly BaseMessage[]): string {
  return JSON.stringify({ subtasks: planTask(readPlanningFacts(messages)) }, null, 1);
}
