/** `search_documents`: passages of the run's documents for free text, best first. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import type { DocumentLibrary } from "../engine/ports/documents.ts";
import { MOST_CHARACTERS, passageText } from "./passage-text.ts";
import { unknownPath } from "./unknown-path.ts";
import { cutTo, oneLine } from "../state/plain-text.ts";

const MOST_PASSAGES = 20;
const DEFAULT_PASSAGES = 8;

const input = z.object({
  query: z.string().describe("What to look for: the few words that the passage will contain. No query syntax."),
  path: z.string().optional().describe("Look only in this folder or file, as the tools show its path."),
  limit: z
    .number()
    .int()
    .min(1)
    .max(MOST_PASSAGES)
    .optional()
    .describe(`How many passages at most; default ${DEFAULT_PASSAGES}.`),
});

/** Answers with `<passage place="path:line">` blocks, or with one sentence where nothing is found. */
export function searchDocuments(documents: DocumentLibrary): StructuredToolInterface {
  return tool((call: z.infer<typeof input>) => search(documents, call), {
    name: "search_documents",
    description:
      "Finds passages in the documents of this run by full-text search, best first. Each comes with the place of its first line " +
      "(path:line) and with line numbers, for citations. Use it before answering anything about the documents.",
    schema: input,
  });
}

function search(documents: DocumentLibrary, { query, path, limit = DEFAULT_PASSAGES }: z.infer<typeof input>): string {
  const passages = documents.search(query, { path, limit });
  if (passages.length === 0) return nothingFound(documents, query, path);
  const words = query.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  const shown: string[] = [];
  let room = MOST_CHARACTERS;
  for (const passage of passages) {
    const { text, shownLines } = passageText(passage, { room, words });
    if (shown.length > 0 && (text.length > room || shownLines < passage.lines.length)) break;
    shown.push(text);
    room -= text.length + 1;
  }
  const left = passages.length - shown.length;
  const cut =
    left === 0
      ? []
      : [`[${left} more passages were found than fit in here; ask with a path or with other words to see them]`];
  return [...shown, ...cut].join("\n");
}

function nothingFound(documents: DocumentLibrary, query: string, path: string | undefined): string {
  if (path !== undefined && !isKnown(documents, path)) return unknownPath(path, documents);
  return `No passage${path === undefined ? "" : ` in ${path}`} matches "${oneLine(cutTo(query, 100))}"; try other words.`;
}

/** A file, or a folder with files in it. */
function isKnown(documents: DocumentLibrary, path: string): boolean {
  const name = path.slice(0, 4_096).replace(/^\.\//, "").replace(/\/+$/, "");
  return (
    name === "" || name === "." || documents.read(path, 1, 1) !== undefined || documents.list(`${name}/`, 1).length > 0
  );
}
