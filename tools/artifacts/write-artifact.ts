/** `write_artifact`: the whole of an artifact anew. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { answerWrite, BASE_VERSION, NAME } from "./answer-write.ts";

const input = z.object({
  name: NAME,
  content: z
    .unknown()
    .describe("All that it is to hold: text; JSON; of a table a list of rows; of a set one entry a line."),
  base_version: BASE_VERSION,
});

export function writeArtifact(): StructuredToolInterface {
  return tool(
    ({ name, content, base_version: base }: z.infer<typeof input>, config) =>
      answerWrite({ name, change: { do: "write", content }, base }, config),
    {
      name: "write_artifact",
      description:
        "Writes a shared artifact anew, as a whole. What others have written since you read it is merged with yours where it can be.",
      schema: input,
    },
  );
}
