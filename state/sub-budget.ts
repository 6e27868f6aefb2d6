/** A budget within the run's: of an agent over all its work in the run, or of a subtask with its parts. */
import { z } from "zod";
import { strictObject } from "./problem.ts";

export const SubBudget = strictObject({
  /** Model turns. */
  maxSteps: z.int().min(1).optional(),
  /** Input plus output tokens. */
  maxTokens: z.int().min(1).optional(),
  /** US dollars; every model that may be used needs a price. */
  maxUsd: z.number().positive().optional(),
}).refine((budget) => Object.values(budget).some((cap) => cap !== undefined), "caps nothing");
export type SubBudget = z.infer<typeof SubBudget>;
