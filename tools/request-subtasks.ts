/** `request_subtasks`: an agent that finds work which nobody does asks the coordinator for it. */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { MOST_REQUESTED, type RequestedWork } from "../engine/policy/plan/requested-subtasks.ts";
import { REQUEST_SUBTASKS } from "./tool-names.ts";

const input = z.object({
  subtasks: z.array(
    z.looseObject({
      title: z.string(),
      instructions: z.string(),
      skills: z.array(z.string()).optional(),
      after: z.array(z.string()).optional().describe("ids of ended subtasks, or yours"),
    }),
  ),
});

/** `ask`: by whom (a subtask's id), and what; returns what the agent is told. */
export type AskForSubtasks = (asking: string, wanted: readonly RequestedWork[]) => Promise<string>;

export function requestSubtasks(ask: AskForSubtasks): StructuredToolInterface {
  return tool(
    ({ subtasks }: z.infer<typeof input>, { metadata }: RunnableConfig) => ask(String(metadata?.["subtask"]), subtasks),
    {
      name: REQUEST_SUBTASKS,
      description: `Has others do what your results show to be missing; at most ${MOST_REQUESTED}. Not your own work.`,
      schema: input,
    },
  );
}
