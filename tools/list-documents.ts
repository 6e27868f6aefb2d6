/** `list_documents`: which documents there are. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import type { DocumentLibrary } from "../engine/ports/documents.ts";
import { MOST_CHARACTERS } from "./shown-passages.ts";
import { cutTo } from "../state/plain-text.ts";

const MOST_DOCUMENTS = 300;
const DEFAULT_DOCUMENTS = 100;

const input = z.looseObject({
  pattern: z.string().optional().describe("part of a path, or a glob"),
  limit: z.number().int().optional(),
});

/** Answers with lines `path (N lines)` in path order, or with one sentence. */
export function listDocuments(documents: DocumentLibrary): StructuredToolInterface {
  return tool((call: z.infer<typeof input>) => list(documents, call), {
    name: "list_documents",
    description: "Lists documents, with their length in lines.",
    schema: input,
  });
}

function list(documents: DocumentLibrary, { pattern, limit = DEFAULT_DOCUMENTS }: z.infer<typeof input>): string {
  const most = Math.min(limit, MOST_DOCUMENTS);
  const found = documents.list(pattern, most + 1);
  if (found.length === 0)
    return pattern === undefined
      ? "There are no documents."
      : `No document's path matches "${cutTo(pattern, 200)}"; try a shorter part of it.`;
  const rows: string[] = [];
  let room = MOST_CHARACTERS;
  for (const { path, lines } of found.slice(0, most)) {
    const row = `${path} (${lines} lines)`;
    room -= row.length + 1;
    if (room < 0 && rows.length > 0) break;
    rows.push(row);
  }
  const isCut = rows.length < found.length;
  return [...rows, ...(isCut ? ["[there are more; narrow the pattern to see them]"] : [])].join("\n");
}
