/** The tools of one run by name: the built-in ones that its documents and board allow, then those of the caller. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { Board, ToolResults } from "../engine/ports/board.ts";
import type { DocumentLibrary } from "../engine/ports/documents.ts";
import type { ArtifactType } from "../state/artifact.ts";
import { appendArtifact } from "./artifacts/append-artifact.ts";
import { listArtifacts } from "./artifacts/list-artifacts.ts";
import { patchArtifact } from "./artifacts/patch-artifact.ts";
import { readArtifact } from "./artifacts/read-artifact.ts";
import { writeArtifact } from "./artifacts/write-artifact.ts";
import { listDocuments } from "./list-documents.ts";
import { memoryTools, type Remembering } from "./memory-tools.ts";
import { readDocument } from "./read-document.ts";
import { readResult } from "./read-result.ts";
import { requestSubtasks, type AskForSubtasks } from "./request-subtasks.ts";
import { searchDocuments } from "./search-documents.ts";

/** Built-in tools: they read, or write to the board, which keeps every version; so they need no approval and bear repetition. */
const builtInTools = new WeakSet<StructuredToolInterface>();

export function isBuiltIn(tool: StructuredToolInterface): boolean {
  return builtInTools.has(tool);
}

/** Of a built-in tool for artifacts, one that offers what artifacts of these types have a use for. */
export function toolForTypes(tool: StructuredToolInterface, types: ReadonlySet<ArtifactType>): StructuredToolInterface {
  const make = isBuiltIn(tool) ? BY_TYPE[tool.name] : undefined;
  if (make === undefined) return tool;
  const made = make(types);
  builtInTools.add(made);
  return made;
}

const BY_TYPE: Readonly<Record<string, (types: ReadonlySet<ArtifactType>) => StructuredToolInterface>> = {
  read_artifact: readArtifact,
  patch_artifact: patchArtifact,
  append_artifact: appendArtifact,
};

export function toolset(facts: {
  documents: DocumentLibrary | undefined;
  board: Board;
  toolResults: ToolResults;
  /** Absent: no profile has a memory. */
  remembering?: Remembering;
  /** Absent: agents cannot ask for more subtasks. */
  asking?: AskForSubtasks | undefined;
  own: readonly StructuredToolInterface[];
}): Map<string, StructuredToolInterface> {
  const { documents, board, toolResults, remembering, asking, own } = facts;
  const builtIn =
    documents === undefined ? [] : [searchDocuments(documents), readDocument(documents), listDocuments(documents)];
  const shared = [listArtifacts(), readArtifact(), writeArtifact(), patchArtifact(), appendArtifact()];
  const ours = [
    ...builtIn,
    readResult(board, toolResults),
    ...(remembering === undefined ? [] : memoryTools(remembering)),
    ...(asking === undefined ? [] : [requestSubtasks(asking)]),
    ...shared,
  ];
  for (const tool of ours) builtInTools.add(tool);
  return new Map([...ours, ...own].map((tool) => [tool.name, tool]));
}
