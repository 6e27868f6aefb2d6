/** `write_artifact`: the whole of an artifact anew. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { answerWrite, BASE_VERSION, NAME } from "./answer-write.ts";

const input = z.looseObject({
  name: NAME,
  content: z.unknown().describe("text, JSON, rows, lines"),
  base_version: BASE_VERSION,
});

export function writeArtifact(): StructuredToolInterface {
  return tool(
    ({ name, content, base_version: base }: z.infer<typeof input>, config) =>
      answerWrite({ name, change: { do: "write", content }, base }, config),
    {
      name: "write_artifact",
      description: "Writes all of an artifact anew.",
      schema: input,
    },
  );
}
