/** `append_artifact`: adds to an artifact, whatever others add to it at the same time. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import type { ArtifactType } from "../../state/artifact.ts";
import { answerWrite, NAME, parametersFor } from "./answer-write.ts";

const input = z.looseObject({
  name: NAME,
  content: z.unknown().describe("text, lines, rows, item of an array"),
  pointer: z.string().optional().describe("json: the array"),
});

/** With the parameters that artifacts of these types have a use for. */
export function appendArtifact(types?: ReadonlySet<ArtifactType>): StructuredToolInterface {
  const { schema, read } = parametersFor(input, { pointer: ["json"] }, types);
  return tool(
    (call, config) => {
      const { name, content, pointer } = read(call);
      return answerWrite(
        { name, change: { do: "append", content, ...(pointer === undefined ? {} : { pointer }) } },
        config,
      );
    },
    {
      name: "append_artifact",
      description: "Adds to an artifact, never in conflict.",
      schema,
    },
  );
}
