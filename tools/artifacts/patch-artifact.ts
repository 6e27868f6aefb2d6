/** `patch_artifact`: changes parts of an artifact. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import type { ArtifactType } from "../../state/artifact.ts";
import { answerWrite, BASE_VERSION, NAME, parametersFor } from "./answer-write.ts";

const input = z.looseObject({
  name: NAME,
  edits: z
    .array(z.looseObject({ find: z.string(), replace: z.string() }))
    .optional()
    .describe("text: what occurs once"),
  merge: z.unknown().optional().describe("json: merge patch"),
  upsert: z.array(z.record(z.string(), z.unknown())).optional().describe("table: rows, or fields"),
  add: z.array(z.string()).optional().describe("lines"),
  remove: z
    .array(z.union([z.string(), z.number()]))
    .optional()
    .describe("keys, or lines"),
  base_version: BASE_VERSION,
});

const WAYS: Readonly<Record<string, readonly ArtifactType[]>> = {
  edits: ["text"],
  merge: ["json"],
  upsert: ["table"],
  add: ["lines"],
  remove: ["table", "lines"],
};

/** With the parameters that artifacts of these types have a use for. */
export function patchArtifact(types?: ReadonlySet<ArtifactType>): StructuredToolInterface {
  const { schema, read } = parametersFor(input, WAYS, types);
  return tool(
    (call, config) => {
      const { name, base_version: base, edits, merge, upsert, add, remove } = read(call);
      // A model that fills in every key with null or [] means those that say something.
      const given = Object.fromEntries(
        Object.entries({ edits, merge, upsert, add, remove }).filter(
          ([, part]) => part !== undefined && part !== null && !(Array.isArray(part) && part.length === 0),
        ),
      );
      return answerWrite({ name, change: { do: "patch", ...given }, base }, config);
    },
    {
      name: "patch_artifact",
      description: "Changes parts of an artifact.",
      schema,
    },
  );
}
