/** A result held against what the journal of its run has on record of it. */
import canonicalize from "canonicalize";
import { openContents } from "../../adapters/storage/content-store.ts";
import type { RunView } from "../../engine/journal/run-view.ts";
import { resultDigest } from "../../engine/policy/audit/result-problems.ts";
import type { Contents } from "../../engine/ports/board.ts";
import type { RunResult } from "../../state/run-result.ts";
import { contentJson } from "../../engine/journal/recorded-messages.ts";

/**
 * What is said of these in other ways: subtasks by a digest, the head by the chain, the folder by where it stands; and the report of
 * parallelism, which is no claim of the run's but made from the journal by whoever shows it.
 */
const BY_OTHERS: ReadonlySet<string> = new Set(["subtasks", "journalHead", "runDir", "parallelism"]);

/**
 * The members of a result that are not as the end of its run has them on record; none where the run has
 * not ended. What a release did not record, or is lost, changes nothing: that contents are missing is found by looking at them.
 */
export function changedMembers(folder: string, result: RunResult, view: RunView): string[] {
  const { end, isClosed } = view;
  if (!isClosed || end === undefined) return [];
  const changed = resultDigest(result) === end.digest ? [] : ["answer or subtasks"];
  const expected = expectedResult(openContents(folder), view, result);
  if (expected === undefined) return changed;
  const names = new Set([...Object.keys(expected), ...Object.keys(result)].filter((name) => !BY_OTHERS.has(name)));
  const found: Readonly<Record<string, unknown>> = { ...result };
  return [...changed, ...[...names].filter((name) => canonicalize(found[name]) !== canonicalize(expected[name]))];
}

/** The result as the run's end has it; what was counted of the whole journal afterwards is as it is found. */
function expectedResult(
  contents: Contents,
  { end }: RunView,
  { timing }: RunResult,
): Readonly<Record<string, unknown>> | undefined {
  if (end?.result === undefined) return undefined;
  try {
    const recorded: RunResult = contentJson(contents, end.result);
    return { ...recorded, timing: { ...recorded.timing, criticalSteps: timing.criticalSteps } };
  } catch {
    return undefined;
  }
}

/**
 * A result as JSON in pieces, one for each subtask, exactly as `JSON.stringify` has it: outputs that are kept beside it are read one
 * after another, never all at once. Pure but for that.
 * `indent`: spaces a level; 0: all in one line.
 */
export function* resultJson(result: RunResult & { diff?: object }, indent = 0): Generator<string> {
  const lineEnd = (depth: number): string => (indent === 0 ? "" : `\n${" ".repeat(depth * indent)}`);
  const json = (value: unknown, depth: number): string =>
    JSON.stringify(value, null, indent).replaceAll("\n", lineEnd(depth));
  const colon = indent === 0 ? ":" : ": ";
  let before = "{";
  for (const [key, value] of Object.entries(result).filter(([, each]) => each !== undefined)) {
    yield `${before}${lineEnd(1)}${JSON.stringify(key)}${colon}`;
    before = ",";
    if (value !== result.subtasks || result.subtasks.length === 0) {
      yield json(value, 1);
      continue;
    }
    for (const [place, subtask] of result.subtasks.entries())
      yield `${place === 0 ? "[" : ","}${lineEnd(2)}${json(subtask, 2)}`;
    yield `${lineEnd(1)}]`;
  }
  yield `${lineEnd(0)}}`;
}
