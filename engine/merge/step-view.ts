/**
 * What one step of an agent sees of the artifacts: all versions as they stood when the step began, and its own writes. What it
 * has seen is the base of what it writes.
 */
import type { SharedArtifacts } from "./shared-artifacts.ts";

/** By artifact: the version that the agent has seen last, and the newest one that it was told of. */
export type SeenArtifacts = Record<string, { version: number; told: number }>;

export interface ChangedArtifact {
  artifact: string;
  seen: number;
  newest: number;
  by: string;
}

export class StepView {
  readonly #artifacts: SharedArtifacts;
  readonly #newest: ReadonlyMap<string, number>;
  readonly #seen: Map<string, { version: number; told: number }>;
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
  base(artifact: string): number {
    return this.#seen.get(artifact)?.version ?? 0;
  }

  hasRead(artifact: string, version: number): void {
    const known = this.#seen.get(artifact);
    this.#seen.set(artifact, { version, told: Math.max(version, known?.told ?? 0) });
  }

  hasWritten(artifact: string, version: number): void {
    this.#own.set(artifact, version);
    this.hasRead(artifact, version);
  }

  /** What others have written since the agent saw it, as far as it has not been told; it is told now. */
  changes(): ChangedArtifact[] {
    const changed: ChangedArtifact[] = [];
    for (const [artifact, { version, told }] of this.#seen) {
      const newest = this.#newest.get(artifact) ?? 0;
      if (newest <= Math.max(version, told)) continue;
      this.#seen.set(artifact, { version, told: newest });
      changed.push({ artifact, seen: version, newest, by: this.#artifacts.records[artifact]?.by ?? "" });
    }
    return changed;
  }

  /** For the lane's state. */
  get seen(): SeenArtifacts {
    return Object.fromEntries(this.#seen);
  }
}
