/** A subtask's own check of its output's text (`check` in the plan). Pure, but for the time that a pattern may take. */
import type { OutputCheck } from "../../../state/plan.ts";
import { inTime } from "./in-time.ts";

/** What is wrong, in one line that a model can act on; undefined: nothing. */
export function checkOutput(output: string, check: OutputCheck): string | undefined {
  const { matches, lacks, least } = check;
  if (least !== undefined && output.length < least) return `it has ${output.length} characters, fewer than ${least}`;
  if (matches !== undefined) {
    const tried = inTime(matches, () => new RegExp(matches, "iu").test(output));
    if (!tried.ok) return `whether it matches /${matches}/ cannot be told: ${tried.problem}`;
    if (!tried.value) return `it does not match /${matches}/`;
  }
  if (lacks === undefined) return undefined;
  const tried = inTime(lacks, () => new RegExp(lacks, "iu").test(output));
  if (!tried.ok) return `whether it matches /${lacks}/, which it must not, cannot be told: ${tried.problem}`;
  return tried.value ? `it matches /${lacks}/, which it must not` : undefined;
}
