/**
 * A result held against what its run's journal says: what was spent and published, which artifacts there are, and the digest of answer
 * and subtasks that `run-end` has. Pure.
 */
import { createHash, hash } from "node:crypto";
import type { DataOf } from "../../journal/events.ts";
import { conflictsIn, type RunView } from "../../journal/run-view.ts";
import { coverageOf, type Coverage } from "../../../state/outcome.ts";
import type { RunResult } from "../../../state/run-result.ts";
import type { Usage } from "../../../state/usage.ts";

/** What `run-end` says of a result: the SHA-256 (hex) of `[answer, subtasks]` as JSON. Outputs are read one by one. */
export function resultDigest({ answer, subtasks }: Pick<RunResult, "answer" | "subtasks">): string {
  const hash = createHash("sha256").update(`[${JSON.stringify(answer)},[`);
  for (const [place, subtask] of subtasks.entries()) hash.update(`${place > 0 ? "," : ""}${JSON.stringify(subtask)}`);
  return hash.update("]]").digest("hex");
}

/** What does not agree, one line each; the journal is closed. `changed`: members that are not as the run's end has them on record. */
export function resultProblems(
  result: RunResult,
  { view, changed }: { view: RunView; changed: readonly string[] },
): string[] {
  const { end, start, head, spending } = view;
  if (end === undefined) return ["the journal does not say how the run ended"];
  const problems = result.subtasks.flatMap((subtask) =>
    subtaskProblems(subtask, view.lanes.get(subtask.id)?.published?.data),
  );
  const agree = (what: string, does: boolean): void =>
    void (does || problems.push(`${what} is not what the journal says`));
  agree("journalHead", result.journalHead === head.hash);
  for (const member of changed) agree(member, false);
  agree("status", result.status === end.status);
  agree("task", result.task === start?.task);
  agree("usage", sameUsage(result.usage, end.usage) && sameUsage(result.usage, spending.spent));
  agree("coverage", sameCoverage(result.coverage, end.coverage));
  agree("coverage", result.forecast !== undefined || sameCoverage(result.coverage, coverageIn(result)));
  agree("conflicts", result.conflicts === view.conflicts.size);
  const merges = view.conflicts.size - conflictsIn(view);
  agree("merges", (result.merges ?? merges) === merges);
  const shown = (name: string, version: number, hash: string): string => `${name} ${version} ${hash}`;
  const artifacts = result.artifacts.map(({ name, version, hash }) => shown(name, version, hash)).toSorted();
  const written = [...view.artifacts.values()].map(({ name, version, hash }) => shown(name, version, hash)).toSorted();
  agree("artifacts", artifacts.join("\n") === written.join("\n"));
  return [...new Set(problems)];
}

function subtaskProblems(
  { id, outcome, output }: RunResult["subtasks"][number],
  published: DataOf<"publish"> | undefined,
): string[] {
  if (published === undefined)
    return outcome === "done" ? [`subtask ${id} is done, and the journal has no result of it`] : [];
  const digest = hash("sha256", output);
  const isOther = published.outcome !== outcome || (published.digest ?? digest) !== digest;
  return isOther ? [`the result of subtask ${id} is not the one that was published`] : [];
}

function coverageIn({ subtasks }: RunResult): Coverage {
  return coverageOf(
    subtasks.length,
    subtasks.flatMap(({ outcome }) => outcome ?? []),
  );
}

function sameCoverage(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => (one[name] ?? 0) === (other[name] ?? 0));
}

/** Money is a sum of fractions, and may have been made in another order. */
function sameUsage(one: Usage, other: Usage): boolean {
  const names = Object.keys(other) as (keyof Usage)[];
  return names.every((name) => Math.abs(one[name] - other[name]) <= 1e-9 * Math.max(1, Math.abs(other[name])));
}
