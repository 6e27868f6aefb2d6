import type { PlanFileInput } from "../../../../state/plan.ts";
import type { Behaviour } from "../reply.ts";

/** Answers with the plan as JSON. */
export function plannerAnswer(plan: PlanFileInput): Behaviour {
  const content = JSON.stringify(plan);
  return () => ({ content });
}
