/**
 * The board's record of artifacts: an append-only log of what became of each write. All that is known of them is a fold of it,
 * so a crash between any two writes loses none and doubles none.
 */
import type { ArtifactVersion, ConflictRecord } from "./artifact.ts";

/** One replacement, in UTF-16 units, that makes a content from another. */
export interface Splice {
  at: number;
  removed: number;
  inserted: string;
}

/** How a content is kept: as a change of the version named, or whole, by its hash. */
export type KeptContent = { from: number; splice: Splice } | "whole";

/** What became of one write. With a version: it was committed. With a conflict: its base was stale. */
export interface ArtifactEvent {
  /** From 1, without gaps. */
  seq: number;
  /** Of the write: the same where a crash repeats it. */
  key: string;
  /** Of what the write asked for, SHA-256 (hex). */
  request: string;
  version?: ArtifactVersion;
  content?: KeptContent;
  conflict?: ConflictRecord;
  /** Of the conflict: what the stale write would have made. */
  incoming?: KeptContent;
  /** The run that it was made in, where this one has taken it from there. */
  keptFrom?: string;
}
