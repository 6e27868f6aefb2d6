/** Everything that a conversation has shown of the documents so far: lines by path, and the order in which paths came up. */
import type { FoundLines } from "./tool-reply.ts";

export interface ReadDocument {
  path: string;
  /** Ascending line numbers. */
  lines: { line: number; text: string }[];
  /** How early a search brought it up, 0 first; what was only read comes after all that was found. */
  rank: number;
  totalLines: number | undefined;
}

/** Merges passages by document. Lines shown twice count once. Pure. */
export function readDocuments(passages: readonly FoundLines[]): ReadDocument[] {
  const byPath = new Map<string, { texts: Map<number, string>; rank: number; totalLines: number | undefined }>();
  for (const passage of passages) {
    const entry = byPath.get(passage.path) ?? {
      texts: new Map<number, string>(),
      rank: byPath.size,
      totalLines: undefined,
    };
    for (const { line, text } of passage.lines) entry.texts.set(line, text);
    entry.totalLines ??= passage.totalLines;
    byPath.set(passage.path, entry);
  }
  return [...byPath].map(([path, { texts, rank, totalLines }]) => ({
    path,
    rank,
    totalLines,
    lines: [...texts].sort(([one], [other]) => one - other).map(([line, text]) => ({ line, text })),
  }));
}

/** Whether a path lies in a folder, or is that file. Pure. */
export function isWithin(path: string, scope: string): boolean {
  const folder = scope.replace(/\/+$/, "");
  return path === folder || path.startsWith(`${folder}/`);
}
