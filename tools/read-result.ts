/**
 * `read_result`: what another subtask of this run has found, from the board; and the whole of an earlier tool answer of which a
 * conversation shows only the beginning, from where whole tool results are kept.
 */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { isReference } from "../engine/policy/context/compact.ts";
import type { Board, ToolResults } from "../engine/ports/board.ts";
import { MOST_CHARACTERS } from "./shown-passages.ts";
import { listed } from "../state/plain-text.ts";

/** Of ids, where there is no subtask of the one that was asked for. */
const MOST_NAMED = 3;

const input = z.looseObject({
  subtask: z.string().describe("id, or earlier:…"),
  from_character: z.number().int().optional(),
});

/** Answers with the result's text, or with one sentence where there is none (yet). */
export function readResult(board: Board, toolResults: ToolResults): StructuredToolInterface {
  return tool((call: z.infer<typeof input>) => read({ board, toolResults }, call), {
    name: "read_result",
    description: "Reads a subtask's result, or a tool answer that was cut.",
    schema: input,
  });
}

interface Places {
  board: Board;
  toolResults: ToolResults;
}

async function read(
  { board, toolResults }: Places,
  { subtask, from_character = 0 }: z.infer<typeof input>,
): Promise<string> {
  if (isReference(subtask)) {
    const text = await toolResults.get(subtask);
    return text === undefined ? `There is no text "${subtask.slice(0, 200)}".` : partOf(text, from_character);
  }
  const result = board.result(subtask);
  if (result === undefined) {
    if (board.subtask(subtask) !== undefined) return "No result yet.";
    // The plan's own: the same at each call, so that asking again shows as asking again.
    const ids = (board.plan()?.subtasks ?? []).map(({ id }) => id);
    return `There is no subtask "${subtask.slice(0, 200)}". There are: ${listed(ids, MOST_NAMED) || "none"}.`;
  }
  if (result.outcome !== "done")
    return `Subtask "${subtask}" ended as ${result.outcome}: ${result.cause ?? "no reason given"}.`;
  return partOf(result.output, from_character);
}

function partOf(text: string, start: number): string {
  const part = text.slice(start, start + MOST_CHARACTERS).toWellFormed();
  const end = start + part.length;
  return end < text.length
    ? `${part}\n[cut: ${text.length - end} more characters; go on with from_character ${end}]`
    : part;
}
