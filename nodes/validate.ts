/**
 * Node `validate`: does the output fit what the subtask expects? JSON is checked against its schema, text by the subtask's own
 * check; without either, text passes.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { checkOutput } from "../engine/answer/check-output.ts";
import { validateOutput } from "../engine/answer/validate-output.ts";
import type { Services } from "../engine/ports.ts";
import { signalOf } from "../engine/recovery/guarded.ts";
import type { LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { Subtask } from "../state/plan.ts";

export function validate(services: Services) {
  return async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
    const run = await services.runs.open(state.runId, config);
    try {
      const subtask = run.board.subtask(state.subtask) as Subtask;
      return verdictOn(state.output, subtask);
    } catch (error) {
      return { signal: signalOf(error, config.signal), next: "recover" };
    }
  };
}

function verdictOn(given: string, { expects, check }: Subtask): LaneUpdate {
  const validated = expects === undefined ? ({ ok: true, output: given } as const) : validateOutput(given, expects);
  if (!validated.ok) return { signal: { kind: "invalid-output", evidence: validated.problem }, next: "recover" };
  const problem = check === undefined ? undefined : checkOutput(validated.output, check);
  if (problem !== undefined) return { signal: { kind: "check-failed", evidence: problem }, next: "recover" };
  return { outcome: "done", output: validated.output, next: "publish" };
}
