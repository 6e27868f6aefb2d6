/** A conflict as a question for a human, and the answer as a verdict. */
import type { ConflictRecord } from "../../../state/artifact.ts";
import { SwarmError } from "../../../state/errors.ts";
import { readDecisions, requestOf, type HumanRequest, type ReviewDecision } from "../../../state/review.ts";
import { canonicalContent } from "../../policy/merge/canonical.ts";
import type { ArtifactLog } from "./artifact-log.ts";
import type { ArtifactWriter, WriteOutcome } from "./artifact-writer.ts";
import type { Verdict } from "../../policy/merge/commit-write.ts";

/** Characters of a content that a question shows; the contested places are shown in any case. */
const LONGEST_CONTENT = 20_000;
const MOST_REGIONS = 20;

/**
 * Approve lets the stale write go first where both changed the same, edit gives the content in place of both, reject leaves what
 * is committed.
 */
export async function conflictRequest(
  artifacts: ArtifactLog,
  subtask: string,
  conflicts: readonly ConflictRecord[],
): Promise<HumanRequest> {
  const actions = await Promise.all(
    conflicts.map(async (conflict) => ({
      name: "resolve_conflict",
      args: await argsOf(artifacts, conflict),
      description: `Subtask ${conflict.by.subtask} wrote ${conflict.artifact} on version ${conflict.base}, others have come to version ${conflict.committed}, and both changed the same. Take its write (approve), give the content yourself (edit), or leave what is there (reject)?`,
    })),
  );
  return requestOf({ kind: "conflict", subtask, actions });
}

async function argsOf(artifacts: ArtifactLog, conflict: ConflictRecord): Promise<Record<string, unknown>> {
  const { artifact, base, committed, by, regions } = conflict;
  const [current, incoming] = await Promise.all([artifacts.content(artifact, committed), artifacts.incoming(conflict)]);
  const whole = [current, incoming].every(({ length }) => length <= LONGEST_CONTENT);
  return {
    artifact,
    type: artifacts.rules(artifact).type,
    base,
    committed,
    by: by.subtask,
    contested: regions.slice(0, MOST_REGIONS),
    ...(whole ? { current, incoming } : { bytes: { current: current.length, incoming: incoming.length } }),
    content: whole ? current : "",
  };
}

/** Throws SwarmError ANSWER_INVALID, also for a content that does not fit the artifact's type. */
export function readVerdicts(
  artifacts: ArtifactLog,
  conflicts: readonly ConflictRecord[],
  answer: unknown,
): ReviewDecision[] {
  const decisions = readDecisions(answer, conflicts.length);
  for (const [index, { artifact }] of conflicts.entries()) {
    const decision = decisions[index];
    if (decision?.type !== "edit") continue;
    const { type, key } = artifacts.rules(artifact);
    const checked = canonicalContent(type, decision.edited_action.args["content"], key);
    if (checked.ok) continue;
    throw new SwarmError("ANSWER_INVALID", `the content given for ${artifact} does not fit: ${checked.problem}`, {
      next: 'give "content" among the arguments of "edited_action"',
    });
  }
  return decisions;
}

export async function answerConflicts(
  writer: ArtifactWriter,
  conflicts: readonly ConflictRecord[],
  decisions: readonly ReviewDecision[],
): Promise<WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  for (const [index, conflict] of conflicts.entries()) {
    const decision = decisions[index] ?? { type: "reject" as const };
    const { verdict, reason } = rulingOf(decision);
    outcomes.push(await writer.resolve(conflict, verdict, { seen: conflict.committed, reason }));
  }
  return outcomes;
}

function rulingOf(decision: ReviewDecision): { verdict: Verdict; reason: string } {
  if (decision.type === "approve") return { verdict: { take: "incoming" }, reason: "a human took the write" };
  if (decision.type === "reject")
    return { verdict: { take: "committed" }, reason: decision.message ?? "a human left what was there" };
  const { content } = decision.edited_action.args;
  return { verdict: { take: "content", content }, reason: "a human gave the content" };
}
