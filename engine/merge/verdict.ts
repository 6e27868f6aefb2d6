/** What becomes of a conflict by the word of a model or a human. Pure. */
import type { ConflictRegion } from "../../state/artifact.ts";
import type { ArtifactRules } from "./artifact-type.ts";
import { canonicalContent } from "./canonical.ts";
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

export function decideVerdict({ rules, base, head, incoming, shown, verdict }: VerdictFacts): VerdictDecision {
  if (verdict.take === "committed") return { kind: "content", content: head };
  if (verdict.take === "incoming") {
    const merge = mergeThreeWay({ ...rules, base, committed: head, incoming });
    return { kind: "content", content: merge.kind === "merged" ? merge.content : merge.incomingFirst };
  }
  const checked = canonicalContent(rules.type, verdict.content, rules.key);
  if (!checked.ok) return { kind: "problem", problem: checked.problem };
  const merge = mergeThreeWay({ ...rules, base: shown, committed: head, incoming: checked.content });
  return merge.kind === "merged"
    ? { kind: "content", content: merge.content }
    : { kind: "contested", regions: merge.regions };
}
