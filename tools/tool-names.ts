/** The names of the built-in tools; here, since who only checks names should not load the tools. */
import { MEMORY_TOOLS } from "../state/memory.ts";

export const SEARCH_DOCUMENTS = "search_documents";
/** Those of runs with documents. */
export const DOCUMENT_TOOLS: ReadonlySet<string> = new Set([SEARCH_DOCUMENTS, "read_document", "list_documents"]);

export const REQUEST_SUBTASKS = "request_subtasks";

/** No other tool may have one of these. */
export const BUILT_IN_TOOLS: readonly string[] = [
  ...[...DOCUMENT_TOOLS, "read_result", REQUEST_SUBTASKS],
  ...MEMORY_TOOLS,
  ...["list_artifacts", "read_artifact", "write_artifact", "patch_artifact", "append_artifact"],
];
