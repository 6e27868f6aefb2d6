/** Whether an output fits what its subtask expects: JSON its schema, text the subtask's own check. Pure, but for the time that a pattern may take. */
import type { OutputCheck, Subtask } from "../../../state/plan.ts";
import { inTime } from "./in-time.ts";
import { validateOutput } from "./validate-output.ts";

export type Judged =
  { ok: true; output: string } | { ok: false; kind: "invalid-output" | "check-failed"; problem: string };

/** `output` is the text as it is published: of JSON, without fences and remarks. */
export function judgeOutput(given: string, { expects, check }: Subtask): Judged {
  const validated = expects === undefined ? ({ ok: true, output: given } as const) : validateOutput(given, expects);
  if (!validated.ok) return { ok: false, kind: "invalid-output", problem: validated.problem };
  const problem = check === undefined ? undefined : checkOutput(validated.output, check);
  if (problem !== undefined) return { ok: false, kind: "check-failed", problem };
  return { ok: true, output: validated.output };
}

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
