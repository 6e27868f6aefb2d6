/** How much of a collection is taken and indexed, as data. Bytes are bytes of files on disk. */

export interface DocumentLimits {
  /** A larger file is left out, be it found in a folder or named itself. */
  fileBytes: number;
  /** Files of all roots. Folders are walked breadth first, so what is left out lies deepest. */
  files: number;
  totalBytes: number;
  /** Folder entries looked at: bounds the walk of a tree in which next to nothing is a document. */
  entries: number;
  /**
   * Source code and data that is indexed. Within it everything is indexed whole; beyond it each file gets an equal
   * share, from its beginning, and what small files leave of theirs goes to the larger ones. Prose is always indexed
   * whole, and every file can be read whole.
   */
  indexedSourceBytes: number;
}

/** Measured on 13,600 files of `node_modules` (`bench/documents.ts`): the last figure decides the time. */
export const DEFAULT_LIMITS: Readonly<DocumentLimits> = {
  fileBytes: 1_000_000,
  files: 50_000,
  totalBytes: 512_000_000,
  entries: 500_000,
  indexedSourceBytes: 24_000_000,
};

/**
 * The most bytes of one file so that all files together stay within the budget: max c with Σ min(size, c) ≤ budget.
 * Infinity where everything fits. Pure.
 */
export function equalShare(sizes: readonly number[], budget: number): number {
  let left = budget;
  const ascending = sizes.toSorted((a, b) => a - b);
  for (const [index, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (size > share) return share;
    left -= size;
  }
  return Infinity;
}
