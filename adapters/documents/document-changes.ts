/** Whether documents are still what was indexed: by size and time first, and by their bytes where the time alone is another. */
import { readFileSync, statSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { ChangedDocuments } from "../../state/left-out.ts";
import type { IndexedDocument } from "./document-index.ts";

const NAMES_KEPT = 20;

export function changesOf(
  documents: readonly IndexedDocument[],
  nameOf: (document: IndexedDocument) => string,
): ChangedDocuments {
  const changes: ChangedDocuments = { changed: { count: 0, names: [] }, gone: { count: 0, names: [] } };
  for (const document of documents) {
    const state = stateOf(document);
    if (state === "same") continue;
    changes[state].count += 1;
    if (changes[state].names.length < NAMES_KEPT) changes[state].names.push(nameOf(document));
  }
  return changes;
}

function stateOf({ path, real, bytes, modified, checksum }: IndexedDocument): "same" | keyof ChangedDocuments {
  try {
    const stats = statSync(real ?? path);
    if (!stats.isFile()) return "gone";
    if (stats.size !== bytes) return "changed";
    if (stats.mtimeMs === modified) return "same";
    return crc32(readFileSync(real ?? path)) === checksum ? "same" : "changed";
  } catch {
    return "gone";
  }
}
