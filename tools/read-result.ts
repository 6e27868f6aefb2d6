/** `read_result`: what another subtask of this run has found, from the board. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import type { Board } from "../engine/ports.ts";
import { MOST_CHARACTERS } from "./passage-text.ts";

const MOST_NAMED = 40;

const input = z.object({
  subtask: z.string().describe("The subtask's id."),
  from_character: z.number().int().min(0).optional().describe("Where to begin in a long result; default 0."),
});

/** Answers with the result's text, or with one sentence where there is none (yet). */
export function readResult(board: Board): StructuredToolInterface {
  return tool((call: z.infer<typeof input>) => read(board, call), {
    name: "read_result",
    description:
      "Reads the result of another subtask of this run by its id, where it has ended. Results do not change.",
    schema: input,
  });
}

function read(board: Board, { subtask, from_character: start = 0 }: z.infer<typeof input>): string {
  const result = board.result(subtask);
  if (result === undefined) {
    if (board.subtask(subtask) !== undefined) return `Subtask "${subtask}" has no result yet.`;
    // The plan's own: the same at each call, so that asking again shows as asking again.
    const ids = (board.plan()?.subtasks ?? []).slice(0, MOST_NAMED).map(({ id }) => id);
    return `There is no subtask "${subtask.slice(0, 200)}". The run's subtasks: ${ids.join(", ") || "none"}.`;
  }
  if (result.outcome !== "done")
    return `Subtask "${subtask}" ended as ${result.outcome}: ${result.cause ?? "no reason given"}.`;
  const part = result.output.slice(start, start + MOST_CHARACTERS).toWellFormed();
  const end = start + part.length;
  return end < result.output.length
    ? `${part}\n[cut: ${result.output.length - end} more characters; go on with from_character ${end}]`
    : part;
}
