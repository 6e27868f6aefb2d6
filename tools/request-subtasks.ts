/** `request_subtasks`: an agent that finds work which nobody does asks the coordinator for it. */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { MOST_REQUESTED, type RequestedWork } from "../engine/policy/plan/requested-subtasks.ts";
import { REQUEST_SUBTASKS } from "./tool-names.ts";

const input = z.object({
  subtasks: z
    .array(
      z.object({
        title: z.string(),
        instructions: z.string().min(1).describe("All its agent needs."),
        skills: z.array(z.string()).optional(),
        after: z.array(z.string()).optional().describe("Ids of ended subtasks, or your own, that it builds on."),
      }),
    )
    .min(1),
});

/** `ask`: by whom (a subtask's id), and what; returns what the agent is told. */
export type AskForSubtasks = (asking: string, wanted: readonly RequestedWork[]) => Promise<string>;

export function requestSubtasks(ask: AskForSubtasks): StructuredToolInterface {
  return tool(
    ({ subtasks }: z.infer<typeof input>, { metadata }: RunnableConfig) => ask(String(metadata?.["subtask"]), subtasks),
    {
      name: REQUEST_SUBTASKS,
      description: `Has others do work that your results show to be needed and no subtask covers; at most ${MOST_REQUESTED}. Not for what is yours to do.`,
      schema: input,
    },
  );
}
