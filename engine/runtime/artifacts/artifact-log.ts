/**
 * What is known of the artifacts of one run: a fold of the board's append-only log of writes. What becomes of a write is decided
 * elsewhere (`artifact-writer.ts`).
 *
 * 1. Events of different artifacts share one log: their numbers follow the order in which they are stored.
 * 2. Nothing is known before it is durable.
 */
import {
  mergeArtifactRecords,
  type ArtifactEvent,
  type ArtifactRecord,
  type ArtifactRecords,
  type ArtifactVersion,
  type ConflictRecord,
  type WriteOrigin,
} from "../../../state/artifact.ts";
import { rulesOf, type ArtifactRules } from "../../policy/merge/artifact-rules.ts";
import type { ArtifactStorage } from "../../ports/board.ts";
import { KeyedQueue } from "../waiting/waits.ts";
import { ArtifactContents } from "./artifact-contents.ts";

type Based = Pick<ConflictRecord, "artifact" | "base" | "after">;

/** A version, 0 for none, and what it holds. */
export interface Versioned {
  version: number;
  content: string;
}

interface LogFacts {
  runId: string;
  storage: ArtifactStorage;
  /** What an artifact of this name is to be. Default: what one is that no plan declares. */
  rules?: (name: string) => ArtifactRules;
}

export class ArtifactLog {
  readonly #runId: string;
  readonly #storage: ArtifactStorage;
  readonly #rules: (name: string) => ArtifactRules;
  readonly #contents = new Map<string, ArtifactContents>();
  readonly #events = new Map<string, ArtifactEvent>();
  readonly #appending = new KeyedQueue();
  #records: ArtifactRecords = {};
  #seq = 0;
  #waiting: { writes: number; wake: () => void }[] = [];

  constructor({ runId, storage, rules = undeclared }: LogFacts, events: readonly ArtifactEvent[]) {
    this.#runId = runId;
    this.#storage = storage;
    this.#rules = rules;
    for (const event of events) this.#apply(event);
  }

  get size(): number {
    return this.#seq;
  }

  /** What an artifact is does not change once it is written, whatever a later plan says. */
  rules(artifact: string): ArtifactRules {
    const rules = this.#rules(artifact);
    return { ...rules, type: this.#records[artifact]?.type ?? rules.type };
  }

  /** Resolves once there are so many writes. */
  reached(writes: number): Promise<void> {
    if (writes <= this.#seq) return Promise.resolve();
    return new Promise((wake) => this.#waiting.push({ writes, wake }));
  }

  /** The newest version of each artifact that somebody has written, as it was after so many writes. */
  newestAt(writes: number): Pick<ArtifactRecord, "artifact" | "version" | "by">[] {
    if (writes >= this.#seq) return Object.values(this.#records);
    const before = [...this.#events.values()].flatMap(({ seq, version }) => (seq > writes ? [] : (version ?? [])));
    const inOrder = before.toSorted((one, other) => one.version - other.version);
    const newest = new Map(inOrder.map((version) => [version.artifact, version]));
    return [...newest.values()].map(({ artifact, version, by }) => ({ artifact, version, by: by.subtask }));
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

  /** What became of a write; undefined: it has not been made. */
  eventOf(by: WriteOrigin): ArtifactEvent | undefined {
    return this.#events.get(keyOf(by));
  }

  /** Oldest first. */
  versions(artifact: string): ArtifactVersion[] {
    return this.#contents.get(artifact)?.versions ?? [];
  }

  writesTo(names: readonly string[]): ArtifactVersion[] {
    const events = [...this.#events.values()].toSorted((one, other) => one.seq - other.seq);
    return events.flatMap(({ version }) => (version !== undefined && names.includes(version.artifact) ? version : []));
  }

  /** "" for version 0, and for an artifact that nobody has written. */
  content(artifact: string, version: number): Promise<string> {
    return this.contentsOf(artifact).content(version);
  }

  /** What a writer went by: a version, or what its own write of the conflict before had made of one. */
  async base({ artifact, base: version, after }: Based): Promise<Versioned> {
    const before = after === undefined ? undefined : this.#events.get(after)?.conflict;
    if (before?.artifact === artifact) return { version: before.base, content: await this.incoming(before) };
    return { version, content: await this.content(artifact, version) };
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

  contentsOf(artifact: string): ArtifactContents {
    const known = this.#contents.get(artifact) ?? new ArtifactContents(this.#storage);
    this.#contents.set(artifact, known);
    return known;
  }

  /** Takes in a write that was made before, with its content, where that is kept whole. */
  async restore(event: ArtifactEvent, content: string | undefined): Promise<void> {
    if (content !== undefined) await this.#storage.putContent(event.version?.hash ?? "", content);
    await this.append(event);
  }

  append(event: Omit<ArtifactEvent, "seq">): Promise<ArtifactEvent> {
    return this.#appending.add("event", async () => {
      // As it will be read back: a part of a content would keep the whole of it in memory.
      const stored = JSON.parse(JSON.stringify({ seq: this.#seq + 1, ...event })) as ArtifactEvent;
      await this.#storage.append(stored);
      this.#apply(stored);
      return stored;
    });
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

function undeclared(name: string): ArtifactRules {
  return rulesOf(name, undefined, "reject-and-retry");
}

/** What the journal and the board know a write by. */
export function keyOf({ subtask, attempt, turn, call }: WriteOrigin): string {
  return `${subtask}/${attempt}/${turn}/${call}`;
}
