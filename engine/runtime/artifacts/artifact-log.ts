/**
 * What is known of the artifacts of one run: a fold of the board's append-only log of writes. It owns no rule: what becomes of a
 * write is `shared-artifacts.ts`.
 *
 * 1. Events of different artifacts share one log: their numbers follow the order in which they are stored.
 * 2. Nothing is known before it is durable.
 */
import {
  mergeArtifactRecords,
  type ArtifactRecords,
  type ArtifactVersion,
  type ConflictRecord,
  type WriteOrigin,
} from "../../../state/artifact.ts";
import type { ArtifactEvent } from "../../../state/artifact-event.ts";
import type { ArtifactStorage } from "../../ports/board.ts";
import { ArtifactContents } from "./artifact-contents.ts";

/** What a write, or a conflict, is based on. */
type Based = Pick<ConflictRecord, "artifact" | "base" | "after">;

export class ArtifactLog {
  readonly #runId: string;
  readonly #storage: ArtifactStorage;
  readonly #contents = new Map<string, ArtifactContents>();
  readonly #events = new Map<string, ArtifactEvent>();
  #appending: Promise<unknown> = Promise.resolve();
  #records: ArtifactRecords = {};
  #seq = 0;
  #waiting: { writes: number; wake: () => void }[] = [];

  constructor({ runId, storage }: { runId: string; storage: ArtifactStorage }, events: readonly ArtifactEvent[]) {
    this.#runId = runId;
    this.#storage = storage;
    for (const event of events) this.#apply(event);
  }

  /** Writes so far. */
  get size(): number {
    return this.#seq;
  }

  /** Resolves once there are so many writes. */
  reached(writes: number): Promise<void> {
    if (writes <= this.#seq) return Promise.resolve();
    return new Promise((wake) => this.#waiting.push({ writes, wake }));
  }

  /** The newest version of each artifact that somebody has written, as it was after so many writes. */
  newestAt(writes: number): ArtifactVersion[] {
    const newest = new Map<string, ArtifactVersion>();
    for (const { seq, version } of this.#events.values())
      if (version !== undefined && seq <= writes && version.version > (newest.get(version.artifact)?.version ?? 0))
        newest.set(version.artifact, version);
    return [...newest.values()];
  }

  /** The newest version of each artifact, by name: what the graph's channel says too. */
  get records(): ArtifactRecords {
    return this.#records;
  }

  /** The newest version of each artifact that one of these subtasks has written. */
  recordsOf(subtasks: readonly string[]): ArtifactRecords {
    const written = new Set(
      [...this.#events.values()].flatMap(({ version }) =>
        version !== undefined && subtasks.includes(version.by.subtask) ? version.artifact : [],
      ),
    );
    return Object.fromEntries(Object.entries(this.#records).filter(([name]) => written.has(name)));
  }

  /** Oldest first, each as it stands now. */
  get conflicts(): ConflictRecord[] {
    return [...this.#events.values()].flatMap(({ conflict }) => conflict ?? []);
  }

  conflictOf(by: WriteOrigin): ConflictRecord | undefined {
    return this.eventOf(by)?.conflict;
  }

  /** Whether this write is on record. */
  has(by: WriteOrigin): boolean {
    return this.eventOf(by) !== undefined;
  }

  /** Oldest first. */
  versions(artifact: string): ArtifactVersion[] {
    return this.#contents.get(artifact)?.versions ?? [];
  }

  /** The versions of all these artifacts, in the order in which they were committed. */
  writesTo(names: readonly string[]): ArtifactVersion[] {
    const events = [...this.#events.values()].toSorted((one, other) => one.seq - other.seq);
    return events.flatMap(({ version }) => (version !== undefined && names.includes(version.artifact) ? version : []));
  }

  /** "" for version 0, and for an artifact that nobody has written. */
  content(artifact: string, version: number): Promise<string> {
    return this.contentsOf(artifact).content(version);
  }

  /** What the writer of a conflict went by: a version, or what its own write of the conflict before had made. */
  async base({ artifact, base, after }: Based): Promise<string> {
    const before = this.#before(artifact, after);
    return before === undefined ? this.content(artifact, base) : this.incoming(before);
  }

  protected baseVersion({ artifact, base, after }: Based): number {
    return this.#before(artifact, after)?.base ?? base;
  }

  #before(artifact: string, after: string | undefined): ConflictRecord | undefined {
    const before = after === undefined ? undefined : this.#events.get(after)?.conflict;
    return before?.artifact === artifact ? before : undefined;
  }

  /** What the stale write of a conflict would have made. */
  async incoming({
    id,
    artifact,
    incoming: { hash },
  }: Pick<ConflictRecord, "id" | "artifact" | "incoming">): Promise<string> {
    const kept = this.#events.get(id)?.incoming ?? "whole";
    return this.contentsOf(artifact).restore(kept, hash);
  }

  protected eventOf(by: WriteOrigin): ArtifactEvent | undefined {
    return this.#events.get(keyOf(by));
  }

  protected contentsOf(artifact: string): ArtifactContents {
    const known = this.#contents.get(artifact) ?? new ArtifactContents(this.#storage);
    this.#contents.set(artifact, known);
    return known;
  }

  protected append(event: Omit<ArtifactEvent, "seq">): Promise<ArtifactEvent> {
    const appended = this.#appending.then(async () => {
      // As it will be read back: a part of a content would keep the whole of it in memory.
      const stored = JSON.parse(JSON.stringify({ seq: this.#seq + 1, ...event })) as ArtifactEvent;
      await this.#storage.append(stored);
      this.#apply(stored);
      return stored;
    });
    this.#appending = appended.catch(() => undefined);
    return appended;
  }

  #apply(event: ArtifactEvent): void {
    const { seq, key, version, content } = event;
    this.#seq = seq;
    this.#events.set(key, event);
    const due = this.#waiting.filter(({ writes }) => writes <= seq);
    this.#waiting = this.#waiting.filter(({ writes }) => writes > seq);
    for (const { wake } of due) wake();
    if (version === undefined || content === undefined) return;
    this.contentsOf(version.artifact).add(version, content);
    const { artifact, type, hash, bytes, by } = version;
    const record = { runId: this.#runId, artifact, type, version: version.version, hash, bytes, by: by.subtask };
    this.#records = mergeArtifactRecords(this.#records, [{ [artifact]: record }]);
  }
}

/** What the journal and the board know a write by. */
export function keyOf({ subtask, attempt, turn, call }: WriteOrigin): string {
  return `${subtask}/${attempt}/${turn}/${call}`;
}
