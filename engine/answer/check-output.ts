/** A subtask's own check of its output's text (`check` in the plan). Pure. */
import type { OutputCheck } from "../../state/plan.ts";

/** What is wrong, in one line that a model can act on; undefined: nothing. */
export function checkOutput(output: string, check: OutputCheck): string | undefined {
  const { matches, lacks, least } = check;
  if (least !== undefined && output.length < least) return `it has ${output.length} characters, fewer than ${least}`;
  if (matches !== undefined && !new RegExp(matches, "iu").test(output)) return `it does not match /${matches}/`;
  if (lacks !== undefined && new RegExp(lacks, "iu").test(output)) return `it matches /${lacks}/, which it must not`;
  return undefined;
}
