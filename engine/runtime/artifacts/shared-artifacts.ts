/**
 * The artifacts of one run: commits, merges, conflicts. Every write becomes an event of the board's log, and all that is known
 * here is a fold of that log.
 *
 * 1. No lost update (G4): a write that is accepted is in the value, or in a conflict record that keeps base, both sides, who,
 *    policy and result.
 * 2. Commits of one artifact happen one after the other; those of different artifacts do not wait for each other.
 * 3. A write is known by (subtask, attempt, turn, call): repeated after a crash it is answered as the first time, not applied
 *    twice; another write in its place is refused, since the first one stands.
 * 4. Durable, then on record in the journal, then answered. What a crash kept from the journal is added when the run is opened.
 */
import { createHash } from "node:crypto";
import {
  mergeArtifactRecords,
  type ArtifactRecords,
  type ArtifactVersion,
  type ConflictRecord,
  type WriteOrigin,
} from "../../../state/artifact.ts";
import type { ArtifactEvent } from "../../../state/artifact-event.ts";
import { ArtifactContents } from "./artifact-contents.ts";
import type { ArtifactStorage } from "../../ports/board.ts";
import type { ArtifactRules } from "../../policy/merge/artifact-rules.ts";
import type { ArtifactChange } from "../../policy/merge/change.ts";
import { decideCommit } from "../../policy/merge/commit-write.ts";
import { decideVerdict, type Verdict } from "../../policy/merge/commit-write.ts";

/** Characters of one content. */
const LONGEST_CONTENT = 64_000_000;

export interface ArtifactWrite {
  artifact: string;
  change: ArtifactChange;
  /** The version that the writer had before it; 0: none. */
  base: number;
  /** As in a conflict record: what the writer goes by is what its write of that conflict made. */
  after?: string;
  by: WriteOrigin;
}

export type WriteOutcome =
  | { kind: "committed"; version: ArtifactVersion; conflict?: ConflictRecord }
  /** The artifact says so already, or nothing of the write was taken. */
  | { kind: "unchanged"; version: number; conflict?: ConflictRecord }
  /** The writer can mend it. */
  | { kind: "problem"; problem: string }
  /** The base was stale, the two cannot be merged, and the policy leaves it to the writer. */
  | { kind: "rejected"; conflict: ConflictRecord }
  /** A model or a human is to say: `resolve` takes the word. */
  | { kind: "pending"; conflict: ConflictRecord };

export interface ArtifactFacts {
  runId: string;
  storage: ArtifactStorage;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** By the plan as it is now. */
  rules: (name: string) => ArtifactRules;
  /** Puts what became of a write on record, once. */
  journal: (event: ArtifactEvent) => Promise<void>;
}

/** What a write comes to: a content, a conflict, or both. */
interface Ruling {
  write: ArtifactWrite;
  rules: ArtifactRules;
  head: Versioned;
  base: Versioned;
  /** What the artifact is to hold; undefined: what it holds. */
  content?: string;
  /** What the stale write would have made. */
  incoming?: string;
  conflict?: Pick<ConflictRecord, "regions" | "result" | "reason">;
}

interface Versioned {
  version: number;
  content: string;
}

export class SharedArtifacts {
  readonly #facts: ArtifactFacts;
  readonly #contents = new Map<string, ArtifactContents>();
  readonly #events = new Map<string, ArtifactEvent>();
  readonly #turns = new Map<string, Promise<unknown>>();
  #appending: Promise<unknown> = Promise.resolve();
  #records: ArtifactRecords = {};
  #seq = 0;

  constructor(facts: ArtifactFacts, events: readonly ArtifactEvent[]) {
    this.#facts = facts;
    for (const event of events) this.#apply(event);
  }

  /** The newest version of each artifact, by name: what the graph's channel says too. */
  get records(): ArtifactRecords {
    return this.#records;
  }

  /** Oldest first, each as it stands now. */
  get conflicts(): ConflictRecord[] {
    return [...this.#events.values()].flatMap(({ conflict }) => conflict ?? []);
  }

  conflictOf(by: WriteOrigin): ConflictRecord | undefined {
    return this.#events.get(keyOf(by))?.conflict;
  }

  /** Oldest first. */
  versions(artifact: string): ArtifactVersion[] {
    return this.#contents.get(artifact)?.versions ?? [];
  }

  /** The versions of all these artifacts, in the order in which they were committed. */
  writesTo(names: readonly string[]): ArtifactVersion[] {
    const made = [...this.#events.values()].flatMap(({ seq, version }) =>
      version !== undefined && names.includes(version.artifact) ? [{ seq, version }] : [],
    );
    return made.toSorted((one, other) => one.seq - other.seq).map(({ version }) => version);
  }

  /** What an artifact is does not change once it is written, whatever a later plan says. */
  rules(artifact: string): ArtifactRules {
    const rules = this.#facts.rules(artifact);
    return { ...rules, type: this.#contents.get(artifact)?.newest?.type ?? rules.type };
  }

  /** "" for version 0, and for an artifact that nobody has written. */
  content(artifact: string, version: number): Promise<string> {
    return this.#contentsOf(artifact).content(version);
  }

  /** What the stale write of a conflict would have made. */
  async incoming({ id, artifact }: ConflictRecord): Promise<string> {
    const { conflict, incoming } = this.#events.get(id) as Required<ArtifactEvent>;
    return this.#contentsOf(artifact).restore(incoming, conflict.incoming.hash);
  }

  /** What the writer of a conflict went by. */
  async base(conflict: ConflictRecord): Promise<string> {
    return (await this.#baseOf(conflict)).content;
  }

  /** Whether this write is on record. */
  has(by: WriteOrigin): boolean {
    return this.#events.has(keyOf(by));
  }

  /** The newest version of each artifact that one of these subtasks has written. */
  recordsOf(subtasks: readonly string[]): ArtifactRecords {
    const written = new Set<string>();
    for (const { version } of this.#events.values())
      if (version !== undefined && subtasks.includes(version.by.subtask)) written.add(version.artifact);
    return Object.fromEntries(Object.entries(this.#records).filter(([name]) => written.has(name)));
  }

  /** Commits, merges, or says why not. Throws what the storage and the journal throw. */
  commit(write: ArtifactWrite): Promise<WriteOutcome> {
    return this.#inTurn(write.artifact, async () => {
      const known = this.#events.get(keyOf(write.by));
      if (known !== undefined) return this.#again(known, write);
      const contents = this.#contentsOf(write.artifact);
      const rules = this.rules(write.artifact);
      if (!contents.has(write.base)) return problem(`there is no version ${write.base} of ${write.artifact}`);
      const base = await this.#baseOf(write);
      const head = await headOf(contents);
      const decision = decideCommit({ ...rules, head, base, change: write.change });
      if (decision.kind === "problem") return problem(decision.problem);
      if (decision.kind === "unchanged") return { kind: "unchanged", version: head.version };
      const { incoming, regions } = decision;
      if (decision.kind === "undecided") {
        const result = decision.policy === "reject-and-retry" ? ("rejected" as const) : ("pending" as const);
        return this.#record({ write, rules, head, base, incoming, conflict: { regions, result } });
      }
      const { content, result } = decision;
      if (content.length > LONGEST_CONTENT) return problem(`it would be longer than ${LONGEST_CONTENT} characters`);
      const ruling = { write, rules, head, base, content };
      return this.#record(result === null ? ruling : { ...ruling, incoming, conflict: { regions, result } });
    });
  }

  /**
   * Ends a pending conflict. `seen`: the version that whoever judged was shown; pending again, with what is contested now, where
   * what he wrote clashes with a later one.
   */
  resolve(
    conflict: ConflictRecord,
    verdict: Verdict,
    { seen, reason }: { seen: number; reason: string },
  ): Promise<WriteOutcome> {
    const { artifact, id } = conflict;
    return this.#inTurn(artifact, async () => {
      const event = this.#events.get(id) as Required<ArtifactEvent>;
      if (event.conflict.result !== "pending") return outcomeOf(event);
      const contents = this.#contentsOf(artifact);
      const rules = this.rules(artifact);
      const head = await headOf(contents);
      const base = await this.#baseOf(conflict);
      const incoming = await contents.restore(event.incoming, conflict.incoming.hash);
      const shown = await contents.content(seen);
      const decided = decideVerdict({ rules, base: base.content, head: head.content, incoming, shown, verdict });
      if (decided.kind === "problem") return problem(decided.problem);
      const write = {
        artifact,
        change: { do: "write" as const, content: incoming },
        base: base.version,
        ...(conflict.after === undefined ? {} : { after: conflict.after }),
        by: conflict.by,
      };
      if (decided.kind === "contested")
        return this.#record({
          write,
          rules,
          head,
          base,
          incoming,
          conflict: { regions: decided.regions, result: "pending", reason },
        });
      const result = rules.policy === "arbiter" ? ("arbitrated" as const) : ("human" as const);
      const { regions } = conflict;
      return this.#record({
        write,
        rules,
        head,
        base,
        content: decided.content,
        incoming,
        conflict: { regions, result, reason },
      });
    });
  }

  async #record({ write, rules, head, base, content, incoming, conflict }: Ruling): Promise<WriteOutcome> {
    const contents = this.#contentsOf(write.artifact);
    const key = keyOf(write.by);
    const request = this.#events.get(key)?.request ?? requestOf(write);
    const event: Omit<ArtifactEvent, "seq"> = { key, request };
    if (content !== undefined && content !== head.content) {
      event.version = this.#versionOf(write, rules, {
        number: head.version + 1,
        // What came of no conflict was made of what was there.
        base: conflict === undefined ? head.version : base.version,
        content,
      });
      event.content = await contents.keep(content, head.content, event.version.hash);
    }
    if (conflict !== undefined && incoming !== undefined) {
      event.conflict = {
        ...{ id: key, artifact: write.artifact, base: base.version, committed: head.version, ...conflict },
        ...(write.after === undefined ? {} : { after: write.after }),
        incoming: { hash: sha256(incoming), bytes: Buffer.byteLength(incoming) },
        ...{ by: write.by, policy: rules.policy, version: event.version?.version ?? null, at: this.#now() },
      };
      event.incoming = await contents.keepBeside(incoming, base.version, event.conflict.incoming.hash);
    }
    if (event.version === undefined && event.conflict === undefined)
      return { kind: "unchanged", version: head.version };
    const stored = await this.#append(event);
    if (stored.version !== undefined) contents.remember(stored.version.version, content as string);
    await this.#facts.journal(stored);
    return outcomeOf(stored);
  }

  /** Events of different artifacts share one log: their numbers follow the order in which they are stored. */
  #append(event: Omit<ArtifactEvent, "seq">): Promise<ArtifactEvent> {
    const appended = this.#appending.then(async () => {
      // As it will be read back: a part of a content would keep the whole of it in memory.
      const stored = JSON.parse(JSON.stringify({ seq: this.#seq + 1, ...event })) as ArtifactEvent;
      await this.#facts.storage.append(stored);
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
    if (version === undefined || content === undefined) return;
    this.#contentsOf(version.artifact).add(version, content);
    const { artifact, type, hash, bytes, by } = version;
    const record = { runId: this.#facts.runId, artifact, type, version: version.version, hash, bytes, by: by.subtask };
    this.#records = mergeArtifactRecords(this.#records, [{ [artifact]: record }]);
  }

  async #again(known: ArtifactEvent, write: ArtifactWrite): Promise<WriteOutcome> {
    // Of a conflict that is still open the question stands, whatever the writer says now.
    if (known.request === requestOf(write) || known.conflict?.result === "pending") {
      await this.#facts.journal(known);
      return outcomeOf(known);
    }
    const what = known.version === undefined ? "a write" : `version ${known.version.version}`;
    const artifact = known.version?.artifact ?? known.conflict?.artifact ?? write.artifact;
    return problem(
      `before a restart this step had written ${what} of ${artifact} already: read it, and write again if need be`,
    );
  }

  async #baseOf({ artifact, base, after }: Pick<ConflictRecord, "artifact" | "base" | "after">): Promise<Versioned> {
    const before = after === undefined ? undefined : this.#events.get(after)?.conflict;
    if (before?.artifact !== artifact) return { version: base, content: await this.content(artifact, base) };
    return { version: before.base, content: await this.incoming(before) };
  }

  #versionOf(
    { artifact, by }: ArtifactWrite,
    { type }: ArtifactRules,
    made: { number: number; base: number; content: string },
  ): ArtifactVersion {
    const { number: version, base, content } = made;
    const { hash, bytes } = this.#contentsOf(artifact).digest(content);
    return { artifact, type, version, hash, bytes, base, by, at: this.#now() };
  }

  #now(): string {
    return new Date(this.#facts.now()).toISOString();
  }

  #contentsOf(artifact: string): ArtifactContents {
    const known = this.#contents.get(artifact) ?? new ArtifactContents(this.#facts.storage);
    this.#contents.set(artifact, known);
    return known;
  }

  async #inTurn<Result>(artifact: string, work: () => Promise<Result>): Promise<Result> {
    const mine = (this.#turns.get(artifact) ?? Promise.resolve()).catch(() => undefined).then(work);
    this.#turns.set(artifact, mine);
    return mine.finally(() => this.#turns.get(artifact) === mine && this.#turns.delete(artifact));
  }
}

/** What the journal and the board know a write by. */
export function keyOf({ subtask, attempt, turn, call }: WriteOrigin): string {
  return `${subtask}/${attempt}/${turn}/${call}`;
}

function outcomeOf({ version, conflict }: ArtifactEvent): WriteOutcome {
  const found = conflict === undefined ? {} : { conflict };
  if (version !== undefined) return { kind: "committed", version, ...found };
  if (conflict?.result === "pending") return { kind: "pending", conflict };
  if (conflict?.result === "rejected") return { kind: "rejected", conflict };
  return { kind: "unchanged", version: conflict?.committed ?? 0, ...found };
}

function problem(text: string): WriteOutcome {
  return { kind: "problem", problem: text };
}

async function headOf(contents: ArtifactContents): Promise<Versioned> {
  const version = contents.newest?.version ?? 0;
  return { version, content: await contents.content(version) };
}

/** Not its base: a step that is repeated may have read a later version. */
function requestOf({ artifact, change }: ArtifactWrite): string {
  return sha256(JSON.stringify([artifact, change]));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
