import type { ArtifactEvent } from "../../../state/artifact-event.ts";

/**
 * Where the artifacts of a run are kept: an append-only log of events, and contents by hash. Both are there for good once the
 * call resolves.
 */
export interface ArtifactStorage {
  /** All events, oldest first. */
  read(): Promise<ArtifactEvent[]>;
  append(event: ArtifactEvent): Promise<void>;
  putContent(hash: string, content: string): Promise<void>;
  /** Throws SwarmError STORAGE_FAILED where there is none of this hash. */
  content(hash: string): Promise<string>;
}
