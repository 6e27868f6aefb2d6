/** `patch_artifact`: changes parts of an artifact. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { answerWrite, BASE_VERSION, NAME } from "./answer-write.ts";

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

export function patchArtifact(): StructuredToolInterface {
  return tool(
    ({ name, base_version: base, edits, merge, upsert, add, remove }: z.infer<typeof input>, config) => {
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
      schema: input,
    },
  );
}
