/**
 * The decisions about one write: from the facts to what the board commits, and, of a conflict that a model or a human has judged, what
 * comes of their word. It owns what is stale and what a policy does with a conflict; it neither reads the board nor writes records.
 *
 * 1. No lost update: an accepted change is in the committed content, or its content is in the decision (`incoming`, with regions) for a
 *    conflict record.
 * 2. A change whose base is current commits as it is.
 * 3. An append is made to the head, whatever its base: an append commutes with what was committed in between, since it touches nothing
 *    that was there. Only a row given to a table can meet one that somebody else has changed; where the two conflict, that append is
 *    as stale as a patch.
 * 4. `merged` is said of every stale change that could be merged, and of one that leaves the head as it is: the record of the conflict
 *    exists, though no version comes of it.
 *
 * Pure.
 */
import type { ConflictPolicy, ConflictRegion, ConflictResult } from "../../../state/artifact.ts";
import type { ArtifactRules } from "./artifact-rules.ts";
import { canonicalContent, type Checked } from "./canonical.ts";
import { applyChange, type ArtifactChange } from "./change.ts";
import { type Merge, mergeThreeWay } from "./three-way.ts";

export interface CommitFacts extends ArtifactRules {
  head: { version: number; content: string };
  base: { version: number; content: string };
  change: ArtifactChange;
}

export type CommitDecision =
  /** The change itself is at fault; the writer can mend it. */
  | { kind: "problem"; problem: string }
  /** The head already says it, and the writer had the head. */
  | { kind: "unchanged" }
  /** `incoming`: what the change would have made of the base, or of the head for an append. `result` is null where nothing was stale. */
  | {
      kind: "commit";
      content: string;
      incoming: string;
      regions: ConflictRegion[];
      result: ConflictResult | null;
    }
  /** A conflict that somebody else decides. */
  | {
      kind: "undecided";
      incoming: string;
      regions: ConflictRegion[];
      result: (typeof LEFT_AS)[keyof typeof LEFT_AS];
    };

/** How a conflict stands that its artifact's policy does not decide by itself. */
const LEFT_AS = { "reject-and-retry": "rejected", arbiter: "pending", human: "pending" } as const satisfies Record<
  Exclude<ConflictPolicy, "first-wins" | "last-wins">,
  ConflictResult
>;

export function decideCommit(facts: CommitFacts): CommitDecision {
  const { head, base, change } = facts;
  if (base.version >= head.version) return commitCurrent(facts, apply(facts, head.content));
  if (change.do === "append" && facts.type !== "table") return commitCurrent(facts, apply(facts, head.content));
  const changed = apply(facts, base.content);
  if (!changed.ok) return { kind: "problem", problem: changed.problem };
  const { type, key } = facts;
  const merge = mergeThreeWay({ type, key, base: base.content, committed: head.content, incoming: changed.content });
  if (change.do === "append" && merge.kind === "merged")
    return commitCurrent(facts, { ok: true, content: merge.content });
  return decideStale(facts, changed.content, merge);
}

function apply(facts: CommitFacts, content: string): Checked {
  return applyChange(facts.type, content, facts.change, facts.key);
}

function commitCurrent(facts: CommitFacts, changed: Checked): CommitDecision {
  if (!changed.ok) return { kind: "problem", problem: changed.problem };
  const { content } = changed;
  if (content === facts.head.content) return { kind: "unchanged" };
  return { kind: "commit", content, incoming: content, regions: [], result: null };
}

export type StaleDecision = Extract<CommitDecision, { kind: "commit" | "undecided" }>;

/** What becomes of a stale change that would have made `incoming`. */
export function decideStale({ policy }: Pick<ArtifactRules, "policy">, incoming: string, merge: Merge): StaleDecision {
  if (merge.kind === "merged") {
    return { kind: "commit", content: merge.content, incoming, regions: [], result: "merged" };
  }
  const { regions, committedFirst, incomingFirst } = merge;
  if (policy === "first-wins" || policy === "last-wins") {
    const content = policy === "first-wins" ? committedFirst : incomingFirst;
    return { kind: "commit", content, incoming, regions, result: policy };
  }
  return { kind: "undecided", incoming, regions, result: LEFT_AS[policy] };
}

/** The stale write goes first, the committed content stays as it is, or this content takes the place of both. */
export type Verdict = { take: "incoming" } | { take: "committed" } | { take: "content"; content: unknown };

export interface VerdictFacts {
  rules: ArtifactRules;
  base: string;
  /** What is committed now; others may have gone on since the question. */
  head: string;
  incoming: string;
  /** What was committed when the question was asked. */
  shown: string;
  verdict: Verdict;
}

export type VerdictDecision =
  | { kind: "content"; content: string }
  | { kind: "problem"; problem: string }
  /** What was given clashes with what others have written since. */
  | { kind: "contested"; regions: ConflictRegion[] };

/**
 * What was decided is decided of what was shown: what others have written since is merged with it, and where the two clash the
 * decision does not stand.
 */
export function decideVerdict({ rules, base, head, incoming, shown, verdict }: VerdictFacts): VerdictDecision {
  if (verdict.take === "committed") return { kind: "content", content: head };
  const decided = decidedContent({ rules, base, incoming, shown, verdict });
  if (!decided.ok) return { kind: "problem", problem: decided.problem };
  const merge = mergeThreeWay({ ...rules, base: shown, committed: head, incoming: decided.content });
  if (merge.kind === "merged") return { kind: "content", content: merge.content };
  const now = mergeThreeWay({ ...rules, base, committed: head, incoming });
  return { kind: "contested", regions: now.kind === "conflict" ? now.regions : merge.regions };
}

type Decided = Omit<VerdictFacts, "head" | "verdict"> & { verdict: Exclude<Verdict, { take: "committed" }> };

function decidedContent({ rules, base, incoming, shown, verdict }: Decided): Checked {
  if (verdict.take === "content") return canonicalContent(rules.type, verdict.content, rules.key);
  const merge = mergeThreeWay({ ...rules, base, committed: shown, incoming });
  return { ok: true, content: merge.kind === "merged" ? merge.content : merge.incomingFirst };
}
