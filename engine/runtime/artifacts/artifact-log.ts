/**
 * What is known of the artifacts of one run: a fold of the board's append-only log of writes. It owns no rule: what becomes of a
 * write is `shared-artifacts.ts`.
 *
 * 1. Events of different artifacts share one log: their numbers follow the order in which they are stored.
 * 2. Nothing is known before it is durable.
 */
import { createHash, type Hash } from "node:crypto";
import {
  mergeArtifactRecords,
  type ArtifactEvent,
  type ArtifactRecords,
  type ArtifactVersion,
  type ConflictRecord,
  type KeptContent,
  type WriteOrigin,
} from "../../../state/artifact.ts";
import { applyDelta, deltaBetween } from "../../policy/merge/delta.ts";
import type { ArtifactStorage } from "../../ports/board.ts";

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

  get size(): number {
    return this.#seq;
  }

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

  has(by: WriteOrigin): boolean {
    return this.eventOf(by) !== undefined;
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

/** Characters of changes after which a version is kept whole: half of the content, but not less than this. */
const LEAST_BETWEEN_WHOLES = 64_000;
/** A version is never more changes away from a whole one. */
const MOST_CHANGES = 500;
const KEPT_IN_MEMORY = 64;
const MEMORY_CHARACTERS = 16_000_000;

/**
 * The contents of one artifact's versions: kept as changes of the version before, whole every so often, so that ten thousand
 * small changes of a big artifact cost about what they say. Owns no order: commits are serialised by who uses it.
 *
 * 1. What is kept whole is at least as rare as its size asks: the bytes kept grow with what is written, not with its square.
 * 2. The newest content and the ones used last are in memory, up to a bound; any other is made anew from the nearest whole one.
 */
export class ArtifactContents {
  readonly #storage: ArtifactStorage;
  readonly #versions: { version: ArtifactVersion; content: KeptContent }[] = [];
  readonly #memory = new Map<number, string>();
  readonly #digest = new ContentDigest();
  #sinceWhole = { characters: 0, changes: 0 };

  constructor(storage: ArtifactStorage) {
    this.#storage = storage;
  }

  get newest(): ArtifactVersion | undefined {
    return this.#versions.at(-1)?.version;
  }

  get versions(): ArtifactVersion[] {
    return this.#versions.map(({ version }) => version);
  }

  has(version: number): boolean {
    return version >= 0 && version <= this.#versions.length;
  }

  add(version: ArtifactVersion, content: KeptContent): void {
    this.#versions.push({ version, content });
    const { characters, changes } = this.#sinceWhole;
    this.#sinceWhole =
      content === "whole"
        ? { characters: 0, changes: 0 }
        : { characters: characters + content.splice.inserted.length, changes: changes + 1 };
  }

  /** Hash and size of what the next version is to hold. */
  digest(content: string): { hash: string; bytes: number } {
    return this.#digest.of(content);
  }

  /** How the next version will be kept; what has to be whole is stored at once, under its hash. */
  async keep(content: string, before: string, hash: string): Promise<KeptContent> {
    const splice = deltaBetween(before, content);
    const { characters, changes } = this.#sinceWhole;
    const most = Math.max(LEAST_BETWEEN_WHOLES, content.length / 2);
    if (changes + 1 < MOST_CHANGES && characters + splice.inserted.length <= most)
      return { from: this.#versions.length, splice };
    await this.#storage.putContent(hash, content);
    return "whole";
  }

  /** How a content beside the versions is kept: as a change of the version that it was based on, where that is shorter. */
  async keepBeside(content: string, base: number, hash: string): Promise<KeptContent> {
    const splice = deltaBetween(await this.content(base), content);
    if (splice.inserted.length <= LEAST_BETWEEN_WHOLES) return { from: base, splice };
    await this.#storage.putContent(hash, content);
    return "whole";
  }

  async restore(kept: KeptContent, hash: string): Promise<string> {
    if (kept === "whole") return this.#storage.content(hash);
    return applyDelta(await this.content(kept.from), kept.splice);
  }

  /** The content of a version; "" for 0. */
  async content(version: number): Promise<string> {
    if (version === 0) return "";
    const changes: KeptContent[] = [];
    let content: string | undefined;
    let at = version;
    for (; content === undefined; at -= 1) {
      content = at === 0 ? "" : this.#memory.get(at);
      if (content !== undefined) break;
      const known = this.#versions[at - 1] as { version: ArtifactVersion; content: KeptContent };
      if (known.content === "whole") content = await this.#storage.content(known.version.hash);
      else changes.push(known.content);
    }
    for (const change of changes.toReversed()) if (change !== "whole") content = applyDelta(content, change.splice);
    this.remember(version, content);
    return content;
  }

  /** Keeps a content in memory; the oldest ones beyond the bound go. */
  remember(version: number, content: string): void {
    this.#memory.delete(version);
    this.#memory.set(version, content);
    let characters = [...this.#memory.values()].reduce((sum, { length }) => sum + length, 0);
    for (const [oldest, { length }] of this.#memory) {
      if (oldest === version || (this.#memory.size <= KEPT_IN_MEMORY && characters <= MEMORY_CHARACTERS)) break;
      this.#memory.delete(oldest);
      characters -= length;
    }
  }
}

/**
 * Hash and size of contents, each time by what is new where a content continues the one before: 10,000 appends are not 10,000
 * hashes of the whole.
 */
class ContentDigest {
  #content = "";
  #bytes = 0;
  #hash: Hash = createHash("sha256");

  /** SHA-256 (hex), and bytes as UTF-8. */
  of(content: string): { hash: string; bytes: number } {
    // By a slice: `startsWith` looks at one unit after another.
    const goesOn = content.slice(0, this.#content.length) === this.#content;
    const hash = goesOn ? this.#hash.copy() : createHash("sha256");
    const rest = goesOn ? content.slice(this.#content.length) : content;
    hash.update(rest);
    this.#bytes = (goesOn ? this.#bytes : 0) + Buffer.byteLength(rest);
    this.#hash = hash;
    this.#content = content;
    return { hash: hash.copy().digest("hex"), bytes: this.#bytes };
  }
}
