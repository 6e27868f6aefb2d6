/** `append_artifact`: adds to an artifact, whatever others add to it at the same time. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { answerWrite, NAME } from "./answer-write.ts";

const input = z.looseObject({
  name: NAME,
  content: z.unknown().describe("text, lines, rows, item of an array"),
  pointer: z.string().optional().describe("json: the array"),
});

export function appendArtifact(): StructuredToolInterface {
  return tool(
    ({ name, content, pointer }: z.infer<typeof input>, config) =>
      answerWrite({ name, change: { do: "append", content, ...(pointer === undefined ? {} : { pointer }) } }, config),
    {
      name: "append_artifact",
      description: "Adds to an artifact, never in conflict.",
      schema: input,
    },
  );
}
