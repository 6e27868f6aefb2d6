/**
 * Writes to the artifacts of one run: commits, merges, conflicts. Owns what becomes of a write; what is known of them is the log that
 * this adds to (`artifact-log.ts`).
 *
 * 1. No lost update (G4): a write that is accepted is in the value, or in a conflict record that keeps base, both sides, who,
 *    policy and result.
 * 2. Commits of one artifact happen one after the other; those of different artifacts do not wait for each other.
 * 3. A write is known by (subtask, attempt, turn, call): repeated after a crash it is answered as the first time, not applied
 *    twice; another write in its place is refused, since the first one stands.
 * 4. Durable, then on record in the journal, then answered. What a crash kept from the journal is added when the run is opened.
 */
import { hash } from "node:crypto";
import type { ArtifactEvent, ArtifactVersion, ConflictRecord, WriteOrigin } from "../../../state/artifact.ts";
import { SwarmError } from "../../../state/errors.ts";
import type { Plan } from "../../../state/plan.ts";
import type { ArtifactRules } from "../../policy/merge/artifact-rules.ts";
import type { ArtifactChange } from "../../policy/merge/change.ts";
import { decideCommit, decideVerdict, type Verdict } from "../../policy/merge/commit-write.ts";
import { KeyedQueue } from "../waiting/waits.ts";
import { keyOf, type ArtifactLog, type Versioned } from "./artifact-log.ts";

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

interface WriterFacts {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Puts what became of a write on record, once. */
  journal: (event: ArtifactEvent) => Promise<void>;
  /** Resolves when it is the turn of a write. */
  turn: (by: WriteOrigin) => Promise<void>;
}

/** Where a write finds its artifact, and what it goes by. */
interface Standing {
  write: Omit<ArtifactWrite, "change">;
  /** Of what it asked for. */
  request: string;
  rules: ArtifactRules;
  head: Versioned;
  base: Versioned;
}

/** What a write comes to: a content, a conflict, or both. */
interface Ruling {
  /** What the artifact is to hold; undefined: what it holds. */
  content?: string;
  /** `incoming`: what the stale write would have made. */
  conflict?: { incoming: string } & Pick<ConflictRecord, "regions" | "result" | "reason">;
}

export class ArtifactWriter {
  readonly log: ArtifactLog;
  readonly #facts: WriterFacts;
  /** By artifact. */
  readonly #commits = new KeyedQueue();

  constructor(log: ArtifactLog, facts: WriterFacts) {
    this.log = log;
    this.#facts = facts;
  }

  /** Commits, merges, or says why not. Throws what the storage and the journal throw. */
  async commit(write: ArtifactWrite): Promise<WriteOutcome> {
    await this.#facts.turn(write.by);
    return this.#commits.add(write.artifact, async () => {
      const known = this.log.eventOf(write.by);
      if (known !== undefined) return this.#again(known, write);
      if (!this.log.contentsOf(write.artifact).has(write.base))
        return problem(`there is no version ${write.base} of ${write.artifact}`);
      const standing = await this.#standing(write, requestOf(write));
      const { rules, head, base } = standing;
      const decision = decideCommit({ ...rules, head, base, change: write.change });
      if (decision.kind === "problem") return problem(decision.problem);
      if (decision.kind === "unchanged") return { kind: "unchanged", version: head.version };
      const { incoming, regions } = decision;
      if (decision.kind === "undecided")
        return this.#record(standing, { conflict: { incoming, regions, result: decision.result } });
      const { content, result } = decision;
      if (content.length > LONGEST_CONTENT) return problem(`it would be longer than ${LONGEST_CONTENT} characters`);
      const conflict = result === null ? {} : { conflict: { incoming, regions, result } };
      return this.#record(standing, { content, ...conflict });
    });
  }

  /**
   * Ends a pending conflict. `seen`: the version that whoever judged was shown; pending again, with what is contested now, where
   * what he wrote clashes with a later one.
   */
  async resolve(
    conflict: ConflictRecord,
    verdict: Verdict,
    { seen, reason }: { seen: number; reason: string },
  ): Promise<WriteOutcome> {
    const { artifact } = conflict;
    await this.#facts.turn(conflict.by);
    return this.#commits.add(artifact, async () => {
      const event = this.log.eventOf(conflict.by);
      if (event === undefined) return problem(`there is no conflict ${conflict.id}`);
      if (event.conflict?.result !== "pending") return outcomeOf(event);
      const standing = await this.#standing(conflict, event.request);
      const { rules, head, base } = standing;
      const [incoming, shown] = [await this.log.incoming(conflict), await this.log.content(artifact, seen)];
      const decided = decideVerdict({ rules, base: base.content, head: head.content, incoming, shown, verdict });
      if (decided.kind === "problem") return problem(decided.problem);
      if (decided.kind === "contested") {
        const { regions } = decided;
        return this.#record(standing, { conflict: { incoming, regions, result: "pending", reason } });
      }
      const { regions } = conflict;
      const result = rules.policy === "arbiter" ? "arbitrated" : "human";
      const { content } = decided;
      return this.#record(standing, { content, conflict: { incoming, regions, result, reason } });
    });
  }

  /** Takes over what became of a write in the run that this one forks from, as it stands there, once. */
  async keep({ seq: _seq, ...event }: ArtifactEvent, keptFrom: string): Promise<void> {
    const { artifact = "", by } = event.version ?? event.conflict ?? {};
    await this.#commits.add(artifact, async () => {
      const known = by === undefined ? undefined : this.log.eventOf(by);
      await this.#facts.journal(known ?? (await this.log.append({ ...event, keptFrom })));
    });
  }

  async #standing(write: Standing["write"], request: string): Promise<Standing> {
    const { artifact } = write;
    const { log } = this;
    const version = log.records[artifact]?.version ?? 0;
    const head = { version, content: await log.content(artifact, version) };
    return { write, request, rules: log.rules(artifact), head, base: await log.base(write) };
  }

  async #record({ write, request, rules, head, base }: Standing, { content, conflict }: Ruling): Promise<WriteOutcome> {
    const { artifact, after, by } = write;
    const contents = this.log.contentsOf(artifact);
    const at = new Date(this.#facts.now()).toISOString();
    const event: Omit<ArtifactEvent, "seq"> = { key: keyOf(by), request };
    if (content !== undefined && content !== head.content) {
      const { hash, bytes } = contents.digest(content);
      // What came of no conflict was made of what was there.
      const madeOf = conflict === undefined ? head.version : base.version;
      event.version = { artifact, type: rules.type, version: head.version + 1, hash, bytes, base: madeOf, by, at };
      event.content = await contents.keep(content, head.content, hash);
    }
    if (conflict !== undefined) {
      const { incoming, ...found } = conflict;
      const digest = { hash: hash("sha256", incoming), bytes: Buffer.byteLength(incoming) };
      event.conflict = {
        id: event.key,
        artifact,
        base: base.version,
        committed: head.version,
        ...found,
        ...(after === undefined ? {} : { after }),
        incoming: digest,
        by,
        policy: rules.policy,
        version: event.version?.version ?? null,
        at,
      };
      event.incoming = await contents.keepBeside(incoming, base.version, digest.hash);
    }
    if (event.version === undefined && event.conflict === undefined)
      return { kind: "unchanged", version: head.version };
    const stored = await this.log.append(event);
    if (event.version !== undefined && content !== undefined) contents.remember(event.version.version, content);
    await this.#facts.journal(stored);
    return outcomeOf(stored);
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

/** Not its base: a step that is repeated may have read a later version. */
function requestOf({ artifact, change }: ArtifactWrite): string {
  return hash("sha256", JSON.stringify([artifact, change]));
}

/** What the journal calls the writer; a subtask may have the same id. */
const PLAN_WRITER = "plan";
/** No subtask's attempt is 0: no write of one is taken for a write of the plan. */
export const PLAN_ATTEMPT = 0;

/** Puts what the plan says that artifacts hold at the beginning on the board, as their first version. Doing it twice does it once. */
export async function declareArtifacts(writer: ArtifactWriter, plan: Plan): Promise<void> {
  for (const [call, { name, content }] of plan.artifacts.entries()) {
    if (content === undefined || writer.log.versions(name).length > 0) continue;
    const by = { subtask: PLAN_WRITER, attempt: PLAN_ATTEMPT, agent: PLAN_WRITER, turn: plan.version, call };
    const outcome = await writer.commit({ artifact: name, change: { do: "write", content }, base: 0, by });
    if (outcome.kind === "problem")
      throw new SwarmError("PLAN_INVALID", `the plan is not valid: artifact "${name}": ${outcome.problem}`);
  }
}
