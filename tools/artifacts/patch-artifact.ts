/** `patch_artifact`: changes parts of an artifact. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { answerWrite, BASE_VERSION, NAME } from "./answer-write.ts";

const input = z.object({
  name: NAME,
  edits: z
    .array(z.object({ find: z.string().describe("Text that stands there exactly once."), replace: z.string() }))
    .optional()
    .describe("Of a text: what to replace by what."),
  merge: z.unknown().optional().describe("Of a json: a JSON merge patch (RFC 7396); null takes a key away."),
  upsert: z
    .array(z.record(z.string(), z.unknown()))
    .optional()
    .describe("Of a table: rows to add, or fields to change."),
  add: z.array(z.string()).optional().describe("Of a set: entries to add."),
  remove: z
    .array(z.union([z.string(), z.number()]))
    .optional()
    .describe("Keys of rows, or entries of a set, to take away."),
  base_version: BASE_VERSION,
});

export function patchArtifact(): StructuredToolInterface {
  return tool(
    ({ name, base_version: base, ...parts }: z.infer<typeof input>, config) => {
      // A model that fills in every key with null or [] means those that say something.
      const given = Object.fromEntries(
        Object.entries(parts).filter(
          ([, part]) => part !== undefined && part !== null && !(Array.isArray(part) && part.length === 0),
        ),
      );
      return answerWrite({ name, change: { do: "patch", ...given }, base }, config);
    },
    {
      name: "patch_artifact",
      description:
        "Changes parts of a shared artifact that you have read: replaces text, merges JSON, adds, changes or removes rows or entries.",
      schema: input,
    },
  );
}
