/** `append_artifact`: adds to an artifact, whatever others add to it at the same time. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { answerWrite, NAME } from "./answer-write.ts";

const input = z.object({
  name: NAME,
  content: z
    .unknown()
    .describe("What to add: text at the end; entries of a set; rows of a table; an item of a JSON array."),
  pointer: z
    .string()
    .optional()
    .describe('Of a json artifact, the array to add to, as a JSON pointer such as "/items".'),
});

export function appendArtifact(): StructuredToolInterface {
  return tool(
    ({ name, content, pointer }: z.infer<typeof input>, config) =>
      answerWrite({ name, change: { do: "append", content, ...(pointer === undefined ? {} : { pointer }) } }, config),
    {
      name: "append_artifact",
      description:
        "Adds to a shared artifact without touching what is there: lines of text, entries, rows, an item of a JSON array. Never in conflict with others.",
      schema: input,
    },
  );
}
