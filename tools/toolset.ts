/** The tools of one run by name: the built-in ones that its documents and board allow, then those of the caller. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { Board, DocumentLibrary, Shelf } from "../engine/ports.ts";
import { listDocuments } from "./list-documents.ts";
import { readDocument } from "./read-document.ts";
import { readResult } from "./read-result.ts";
import { searchDocuments } from "./search-documents.ts";

/** Built-in tools: they only read, so they need no approval and bear repetition. */
export const READ_ONLY_TOOLS: ReadonlySet<string> = new Set([
  "search_documents",
  "read_document",
  "list_documents",
  "read_result",
]);

/** A caller's tool of the same name stands in place of a built-in one. */
export function toolset(facts: {
  documents: DocumentLibrary | undefined;
  board: Board;
  shelf: Shelf;
  own: readonly StructuredToolInterface[];
}): Map<string, StructuredToolInterface> {
  const { documents, board, shelf, own } = facts;
  const builtIn =
    documents === undefined ? [] : [searchDocuments(documents), readDocument(documents), listDocuments(documents)];
  return new Map([...builtIn, readResult(board, shelf), ...own].map((tool) => [tool.name, tool]));
}
