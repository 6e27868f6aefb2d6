/**
 * What one step of an agent sees of the artifacts: all versions as they stood when the step began, and its own writes. What it
 * has seen is the base of what it writes.
 */
import type { ChangedArtifact, ConflictRecord, SeenArtifact, SeenArtifacts } from "../../../state/artifact.ts";
import type { SharedArtifacts } from "./shared-artifacts.ts";

export class StepView {
  readonly #artifacts: SharedArtifacts;
  readonly #newest: ReadonlyMap<string, number>;
  readonly #seen: Map<string, SeenArtifact>;
  readonly #own = new Map<string, number>();

  constructor(artifacts: SharedArtifacts, seen: SeenArtifacts) {
    this.#artifacts = artifacts;
    this.#newest = new Map(Object.values(artifacts.records).map(({ artifact, version }) => [artifact, version]));
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

  hasRead(artifact: string, version: number): void {
    this.#see(artifact, { version, told: version });
  }

  /** A part alone: what it knew whole of this very version it still knows. */
  hasReadPart(artifact: string, version: number): void {
    const seen = this.#seen.get(artifact);
    if (seen?.version === version && seen.after === undefined) return;
    this.#see(artifact, { version, told: version, unread: true });
  }

  /** Its own write made all that this version holds. */
  hasWritten(artifact: string, version: number): void {
    this.#own.set(artifact, version);
    this.hasRead(artifact, version);
  }

  /** It has added to a version that it has not seen: it goes by what it went by before. */
  hasAdded(artifact: string, version: number): void {
    this.#own.set(artifact, version);
    this.#see(artifact, { ...(this.#seen.get(artifact) ?? { version: 0 }), told: version });
  }

  /** Its write was merged with what it had not seen: it goes on from what that write alone made, as a branch in git does. */
  hasMerged(artifact: string, version: number, { base, id }: ConflictRecord): void {
    this.#own.set(artifact, version);
    this.#see(artifact, {
      version: base,
      told: version,
      after: id,
      ...(this.isUnread(artifact) ? { unread: true } : {}),
    });
  }

  /** It has been told of this version, and of the places that concern its write. */
  hasHeard(artifact: string, version: number): void {
    this.#own.set(artifact, version);
    this.#see(artifact, { version, told: version, unread: true });
  }

  #see(artifact: string, seen: SeenArtifact): void {
    const told = Math.max(seen.told, this.#seen.get(artifact)?.told ?? 0);
    this.#seen.set(artifact, { ...seen, told });
  }

  /** What others have written since the agent saw it, as far as it has not been told; it is told now. */
  changes(): ChangedArtifact[] {
    const changed: ChangedArtifact[] = [];
    for (const [artifact, seen] of this.#seen) {
      const { version, told } = seen;
      const newest = this.#newest.get(artifact) ?? 0;
      if (newest <= Math.max(version, told)) continue;
      this.#seen.set(artifact, { ...seen, told: newest });
      changed.push({ artifact, seen: version, newest, by: this.#artifacts.records[artifact]?.by ?? "" });
    }
    return changed;
  }

  /** For the lane's state. */
  get seen(): SeenArtifacts {
    return Object.fromEntries(this.#seen);
  }
}
