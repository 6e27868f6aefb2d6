/** Node `validate`: does the output fit what the subtask expects? Text passes; JSON is checked against its schema. */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { validateOutput } from "../engine/answer/validate-output.ts";
import type { Services } from "../engine/ports.ts";
import { signalOf } from "../engine/recovery/guarded.ts";
import type { LaneState, LaneUpdate } from "../state/lane-state.ts";

export function validate(services: Services) {
  return async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
    const run = await services.runs.open(state.runId, config);
    try {
      const expects = run.board.subtask(state.subtask)?.expects;
      if (expects === undefined) return { outcome: "done", next: "publish" };
      const checked = validateOutput(state.output, expects);
      if (checked.ok) return { outcome: "done", output: checked.output, next: "publish" };
      return { signal: { kind: "invalid-output", evidence: checked.problem }, next: "recover" };
    } catch (error) {
      return { signal: signalOf(error, config.signal), next: "recover" };
    }
  };
}
