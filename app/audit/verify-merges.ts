/**
 * The writes of a run and what became of those that met another, derived once more from their contents: each line says what the record
 * of its write says, and each conflict came to what the three-way merge of base, committed and incoming makes of it under its policy.
 *
 * 1. What an arbiter or a person has said is not derived: of such a conflict, that it was one.
 * 2. What is lost is not called wrong: that a content is missing is a problem of its own.
 */
import canonicalize from "canonicalize";
import { digestOf } from "../../adapters/storage/content-pack.ts";
import { openContents } from "../../adapters/storage/content-store.ts";
import type { JournalLine, LineOf } from "../../engine/journal/events.ts";
import { contentText } from "../../engine/journal/recorded-messages.ts";
import type { Differing } from "../../engine/policy/audit/decisions.ts";
import { rulesOf, type ArtifactRules } from "../../engine/policy/merge/artifact-rules.ts";
import { decideStale } from "../../engine/policy/merge/commit-write.ts";
import { writeEntries } from "../../engine/policy/merge/journal-entries.ts";
import { mergeThreeWay } from "../../engine/policy/merge/three-way.ts";
import type { Contents } from "../../engine/ports/board.ts";
import { ArtifactLog } from "../../engine/runtime/artifacts/artifact-log.ts";
import type { ArtifactEvent, ConflictRecord, DeclaredArtifact } from "../../state/artifact.ts";

interface RecordedWrite {
  line: LineOf<"write"> | LineOf<"conflict">;
  event: ArtifactEvent;
  rules: ArtifactRules;
}

export class MergeAudit {
  readonly #contents: Contents;
  readonly #declared: (artifact: string) => DeclaredArtifact | undefined;
  readonly #writes: RecordedWrite[] = [];

  /** `declared`: by the plan as it was at the line that was added last. */
  constructor(runFolder: string, declared: (artifact: string) => DeclaredArtifact | undefined) {
    this.#contents = openContents(runFolder);
    this.#declared = declared;
  }

  readonly add = (line: JournalLine): void => {
    if (line.kind !== "write" && line.kind !== "conflict") return;
    const text = this.#text(line.data.content);
    if (text === undefined) return;
    const { artifact } = line.data;
    const policy = line.kind === "conflict" ? line.data.policy : "reject-and-retry";
    const rules = rulesOf(artifact, this.#declared(artifact), policy);
    this.#writes.push({ line, event: JSON.parse(text), rules });
  };

  /** By line, in no order. */
  async differing(run: string): Promise<Differing[]> {
    const events = new Map(this.#writes.map(({ event }) => [event.seq, event]));
    const refused = (): Promise<never> => Promise.reject(new Error("it is lost, or was not to be written"));
    const content = async (hash: string): Promise<string> => this.#text(hash) ?? refused();
    const storage = { content, read: refused, append: refused, putContent: refused };
    const log = new ArtifactLog(
      { runId: run, storage },
      [...events.values()].toSorted((one, other) => one.seq - other.seq),
    );
    const found: Differing[] = [];
    const seen = new Set<string>();
    for (const { line, event, rules } of this.#writes) {
      const { conflict } = event;
      const isFirst = line.kind === "conflict" && conflict !== undefined && !seen.has(conflict.id);
      if (isFirst) seen.add(conflict.id);
      const problem = lineProblem(line, event) ?? (isFirst ? await mergeProblem(log, conflict, rules) : undefined);
      if (problem !== undefined) found.push({ line: line.seq, problem });
    }
    return found;
  }

  #text(digest: string | undefined): string | undefined {
    try {
      return digest === undefined ? undefined : contentText(this.#contents, digest);
    } catch {
      return undefined;
    }
  }
}

function lineProblem(line: RecordedWrite["line"], event: ArtifactEvent): string | undefined {
  const entries = writeEntries(event, line.data.content ?? "").map(({ entry }) => entry);
  const own = entries.find(({ kind }) => kind === line.kind);
  const { key: _once, ...data }: Readonly<Record<string, unknown>> = line.data;
  const isSame = own?.subtask === line.subtask && canonicalize(own?.data) === canonicalize(data);
  return isSame ? undefined : `does not say what the record of its ${line.kind} says`;
}

/** What is wrong with the first record of a conflict; undefined: nothing. */
async function mergeProblem(
  log: ArtifactLog,
  conflict: ConflictRecord,
  rules: ArtifactRules,
): Promise<string | undefined> {
  const { artifact, committed: at, policy } = conflict;
  const sides = await sidesOf(log, conflict).catch(() => undefined);
  if (sides === undefined) return undefined;
  if (digestOf(sides.incoming) !== conflict.incoming.hash) return "has another incoming content than its hash is of";
  if (rules.policy !== policy) return `goes by the policy ${policy}, and the plan says ${rules.policy}`;
  const type = log.versions(artifact)[0]?.type ?? rules.type;
  const decided = decideStale(rules, sides.incoming, mergeThreeWay({ ...sides, type, key: rules.key }));
  const merge = `the merge of what was based on version ${conflict.base} with version ${at} of ${artifact}`;
  const { result } = decided;
  if (conflict.result !== result) return `says "${conflict.result}", and ${merge} is "${result ?? "none"}"`;
  if (canonicalize(conflict.regions) !== canonicalize(decided.regions)) return `names other places than ${merge} has`;
  const content = "content" in decided ? decided.content : sides.committed;
  return isWhatCameOfIt(log, conflict, content === sides.committed ? undefined : content)
    ? undefined
    : `has version ${conflict.version ?? "none"} come of it, and ${merge} makes another`;
}

async function sidesOf(log: ArtifactLog, conflict: ConflictRecord) {
  const [base, incoming] = [await log.base(conflict), await log.incoming(conflict)];
  return { base: base.content, committed: await log.content(conflict.artifact, conflict.committed), incoming };
}

/** `content`: of the version that comes of it; undefined: none does. */
function isWhatCameOfIt(log: ArtifactLog, { artifact, committed, version }: ConflictRecord, content?: string): boolean {
  if (content === undefined) return version === null;
  return version === committed + 1 && log.versions(artifact)[committed]?.hash === digestOf(content);
}
