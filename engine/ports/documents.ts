/** The documents of a run: what can be asked of them. Owns no behaviour. */
import type { ChangedDocuments, LeftOut } from "../../state/left-out.ts";
import type { RedactedCounts } from "../../state/redaction.ts";

/** Consecutive lines of one document. `path` is what a citation shows: `path:line` opens from where the user stands. */
export interface Passage {
  path: string;
  /** 1-based, inclusive. */
  firstLine: number;
  lines: string[];
  /** The headings above its first line, the nearest last, as `Guide > Prices`; absent: none, or it was not found by a search. */
  heading?: string;
  /** bm25 as a positive number: higher is better. 0 for a plain read. */
  score: number;
}

export interface DocumentSummary {
  path: string;
  lines: number;
  bytes: number;
}

/** Folders that hold the same manifest file: what "for each package" means in this collection. */
export interface DocumentCollection {
  /** A glob for `forEach`, e.g. `*\/package.json`. */
  glob: string;
  manifest: string;
  folders: number;
  /** The first few folders, relative to their root. */
  examples: string[];
}

export interface DocumentOverview {
  files: number;
  bytes: number;
  leftOut: LeftOut[];
  /** Files and folders that a rule keeps out: hidden, in an ignore file, generated, lock files. */
  ignored: number;
  /** What was taken out of what they say. Absent: nothing was looked for. */
  redacted?: RedactedCounts;
  /** Of the paths that were named, those in which nothing is left to read. */
  emptyRoots: string[];
  collections: DocumentCollection[];
  /** Some of the files (the most central first), at most as many as asked for. */
  sample: (DocumentSummary & { heading: string | null })[];
}

export interface SearchOptions {
  /** Only documents whose path begins with this folder or equals this file. */
  path?: string;
  /** Passages, 1 to 50. */
  limit?: number;
}

/** The documents of a run: indexed once, then read-only. Reads never leave the given roots. */
export interface DocumentLibrary {
  overview(sample: number): DocumentOverview;
  /** What lies where, and the places that answer these words best: for a planner, of a bounded size. */
  view(words: string): string;
  /** Passages for free text (user words are quoted for the index: no query syntax), best first. */
  search(query: string, options?: SearchOptions): Passage[];
  /** Lines of one document; undefined where there is no such document. */
  read(path: string, fromLine?: number, lineCount?: number): (Passage & { totalLines: number }) | undefined;
  /** Documents whose path matches a glob or contains the text, in path order. */
  list(pattern: string | undefined, limit: number): DocumentSummary[];
  /** The items of a `forEach` over documents, sorted: files, or folders that hold a match. */
  expand(glob: string, as: "file" | "folder"): string[];
  /** What has become of the documents since they were indexed; undefined: they are what they were. */
  changes(): ChangedDocuments | undefined;
  close(): void;
}
