/** A result held against what the journal of its run has on record of it. */
import canonicalize from "canonicalize";
import { openContents } from "../../adapters/storage/content-store.ts";
import { recordedPlan } from "../../engine/journal/recorded-messages.ts";
import type { RunView } from "../../engine/journal/run-view.ts";
import { resultDigest } from "../../engine/policy/audit/result-problems.ts";
import { parallelismReport } from "../../engine/policy/report/parallelism.ts";
import type { Contents } from "../../engine/ports/board.ts";
import type { RunResult } from "../../state/run-result.ts";

/** What is said of these in other ways: subtasks by a digest, the head by the chain, the folder by where it stands. */
const BY_OTHERS: ReadonlySet<string> = new Set(["subtasks", "journalHead", "runDir"]);

/**
 * The members of a result that are not as the end of its run has them on record, or as the journal makes them; none where the run has
 * not ended. What a release did not record, or is lost, changes nothing: that contents are missing is found by looking at them.
 */
export function changedMembers(folder: string, result: RunResult, view: RunView): string[] {
  const { end, isClosed } = view;
  if (!isClosed || end === undefined) return [];
  const changed = resultDigest(result) === end.digest ? [] : ["answer or subtasks"];
  const expected = expectedResult(openContents(folder), view);
  if (expected === undefined) return changed;
  const names = new Set([...Object.keys(expected), ...Object.keys(result)].filter((name) => !BY_OTHERS.has(name)));
  const found: Readonly<Record<string, unknown>> = { ...result };
  return [...changed, ...[...names].filter((name) => canonicalize(found[name]) !== canonicalize(expected[name]))];
}

/** The result as the run's end has it, with what was made of the whole journal afterwards. */
function expectedResult(contents: Contents, view: RunView): Readonly<Record<string, unknown>> | undefined {
  const content = [...view.plans.values()].at(-1)?.content;
  const recorded = view.end?.result;
  if (recorded === undefined) return undefined;
  try {
    const end = JSON.parse(contents.text({ digest: recorded, characters: 0, bytes: 0 })) as RunResult;
    const parallelism = parallelismReport(view, content === undefined ? undefined : recordedPlan(contents, content));
    const timing = { ...end.timing, criticalSteps: parallelism.criticalSteps };
    return JSON.parse(JSON.stringify({ ...end, timing, parallelism })) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
