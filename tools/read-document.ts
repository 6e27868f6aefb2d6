/** `read_document`: lines of one document. */
import { tool, type StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import type { DocumentLibrary } from "../engine/ports/documents.ts";
import { MOST_CHARACTERS, passageText, unknownPath } from "./shown-passages.ts";

const MOST_LINES = 1_000;
const DEFAULT_LINES = 200;

const input = z.looseObject({
  path: z.string(),
  from_line: z.number().int().optional(),
  line_count: z.number().int().optional().describe(`default ${DEFAULT_LINES}`),
});

/** Answers with one `<passage place="path:line" total="lines of the document">` block, or with one sentence. Who asks for lines by name gets them. */
export function readDocument(documents: DocumentLibrary): StructuredToolInterface {
  return tool((call: z.infer<typeof input>) => read(documents, call), {
    name: "read_document",
    description: "Reads lines of a document, numbered.",
    schema: input,
  });
}

function read(documents: DocumentLibrary, call: z.infer<typeof input>): string {
  const { path, line } = placeOf(documents, call.path);
  const count = Math.min(call.line_count ?? DEFAULT_LINES, MOST_LINES);
  const passage = documents.read(path, call.from_line ?? line ?? 1, count);
  if (passage === undefined) return unknownPath(path, documents);
  const { firstLine, lines, totalLines } = passage;
  if (totalLines === 0) return `${passage.path} is empty.`;
  if (lines.length === 0) return `${passage.path} has ${totalLines} lines; there is no line ${firstLine}.`;
  const { text, shownLines } = passageText(passage, { room: MOST_CHARACTERS, totalLines });
  const next = firstLine + shownLines;
  return next > totalLines
    ? text
    : `${text}\n[lines ${next} to ${totalLines} are not shown; go on with from_line ${next}]`;
}

/** Takes a citation (`docs/a.md:12`) for what it means, unless a document has that very name. */
function placeOf(documents: DocumentLibrary, path: string): { path: string; line: number | undefined } {
  const citation = /^(.+):(\d{1,7})$/.exec(path);
  if (citation === null || documents.read(path, 1, 1) !== undefined) return { path, line: undefined };
  return { path: citation[1] ?? path, line: Number(citation[2]) };
}
