/** What becomes of a conflict by the word of a model or a human. Pure. */
import type { ConflictRegion } from "../../../state/artifact.ts";
import type { ArtifactRules } from "./artifact-type.ts";
import { canonicalContent, type Checked } from "./canonical.ts";
import { mergeThreeWay } from "./three-way.ts";

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
