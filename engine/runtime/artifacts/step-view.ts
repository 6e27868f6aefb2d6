/**
 * What one step of an agent sees of the artifacts: all versions as they stood when the step began, and its own writes. What it
 * has seen is the base of what it writes.
 */
import type { ChangedArtifact, ConflictRecord, SeenArtifact, SeenArtifacts } from "../../../state/artifact.ts";
import type { ArtifactLog } from "./artifact-log.ts";

export class StepView {
  readonly #writers: ReadonlyMap<string, string>;
  readonly #newest: ReadonlyMap<string, number>;
  readonly #seen: Map<string, SeenArtifact>;
  readonly #own = new Map<string, number>();
  /** How many writes, of whatever became of them, there were when the step began. */
  readonly writes: number;

  /** `writes`: so many of them are seen; default: all that there are. */
  constructor(artifacts: ArtifactLog, seen: SeenArtifacts, writes = artifacts.size) {
    this.writes = writes;
    const newest = artifacts.newestAt(writes);
    this.#newest = new Map(newest.map(({ artifact, version }) => [artifact, version]));
    this.#writers = new Map(newest.map(({ artifact, by }) => [artifact, by]));
    this.#seen = new Map(Object.entries(seen));
  }

  /** Artifacts that somebody has written, in the order of their names. */
  get names(): string[] {
    return [...new Set([...this.#newest.keys(), ...this.#own.keys()])].toSorted();
  }

  /** The version that this step sees; 0: none. */
  version(artifact: string): number {
    return this.#own.get(artifact) ?? this.#newest.get(artifact) ?? 0;
  }

  /** What a write of this step is based on. */
  base(artifact: string): { base: number; after?: string } {
    const seen = this.#seen.get(artifact);
    return { base: seen?.version ?? 0, ...(seen?.after === undefined ? {} : { after: seen.after }) };
  }

  /** Whether the agent goes by a version whose content it knows in parts alone. */
  isUnread(artifact: string): boolean {
    return this.#seen.get(artifact)?.unread === true;
  }

  markRead(artifact: string, version: number): void {
    this.#see(artifact, version, { version });
  }

  /** A part alone: what it knew whole of this very version it still knows. */
  markReadPart(artifact: string, version: number): void {
    const seen = this.#seen.get(artifact);
    if (seen?.version !== version || seen.after !== undefined) this.#see(artifact, version, { version, unread: true });
  }

  /** Its own write made all that this version holds. */
  markWritten(artifact: string, version: number): void {
    this.#seeOwn(artifact, version, { version });
  }

  /** It has added to a version that it has not seen: it goes by what it went by before. */
  markAdded(artifact: string, version: number): void {
    this.#seeOwn(artifact, version, this.#seen.get(artifact) ?? { version: 0 });
  }

  /** It is shown what became of its write: this version, and the places that concern the write, not all of it. */
  markShown(artifact: string, version: number): void {
    this.#seeOwn(artifact, version, { version, unread: true });
  }

  /**
   * After a merge it goes on from what its write alone made, as a branch in git does; what an arbiter or a human made of the write
   * it has yet to read.
   */
  markSettled(version: number, { artifact, result, base, id }: ConflictRecord): void {
    if (result === "arbitrated" || result === "human") return this.markShown(artifact, version);
    const unread = this.isUnread(artifact) ? { unread: true as const } : {};
    this.#seeOwn(artifact, version, { version: base, after: id, ...unread });
  }

  #seeOwn(artifact: string, newest: number, seen: Omit<SeenArtifact, "announced">): void {
    this.#own.set(artifact, newest);
    this.#see(artifact, newest, seen);
  }

  /** `newest`: the version that it knows of now. */
  #see(artifact: string, newest: number, seen: Omit<SeenArtifact, "announced">): void {
    this.#seen.set(artifact, { ...seen, announced: Math.max(newest, this.#seen.get(artifact)?.announced ?? 0) });
  }

  /** What others have written since the agent saw it, as far as it does not know of it; it knows now. */
  changes(): ChangedArtifact[] {
    const changed: ChangedArtifact[] = [];
    for (const [artifact, seen] of this.#seen) {
      const { version, announced = 0 } = seen;
      const newest = this.#newest.get(artifact) ?? 0;
      if (newest <= Math.max(version, announced)) continue;
      this.#seen.set(artifact, { ...seen, announced: newest });
      changed.push({ artifact, seen: version, newest, by: this.#writers.get(artifact) ?? "" });
    }
    return changed;
  }

  /** For the lane's state. */
  get seen(): SeenArtifacts {
    return Object.fromEntries(this.#seen);
  }
}
