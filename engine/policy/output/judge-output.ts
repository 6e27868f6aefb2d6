/** Whether an output fits what its subtask expects: JSON its schema, text the subtask's own check. Pure. */
import type { Subtask } from "../../../state/plan.ts";
import { checkOutput } from "./check-output.ts";
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
