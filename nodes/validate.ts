/**
 * Node `validate`: does the output fit what the subtask expects? JSON is checked against its schema, text by the subtask's own
 * check; without either, text passes.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { judgeOutput } from "../engine/policy/output/judge-output.ts";
import type { Contents } from "../engine/ports/board.ts";
import type { Services } from "../engine/runtime/run/run.ts";
import { signalOf } from "../engine/runtime/run/guarded.ts";
import type { TextOrKept } from "../state/lane-record.ts";
import type { LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { Subtask } from "../state/plan.ts";

export function validate(services: Services) {
  return async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
    const run = await services.runs.open(state, config);
    try {
      const subtask = run.shared.board.subtask(state.subtask) as Subtask;
      return await verdictOn(run.shared.contents, state.output, subtask);
    } catch (error) {
      return { signal: signalOf(error, config.signal), next: "recover" };
    }
  };
}

async function verdictOn(contents: Contents, output: TextOrKept, subtask: Subtask): Promise<LaneUpdate> {
  const given = contents.text(output);
  const judged = judgeOutput(given, subtask);
  if (!judged.ok) return { signal: { kind: judged.kind, evidence: judged.problem }, next: "recover" };
  const validated = judged.output === given ? output : await contents.keep(judged.output);
  return { outcome: "done", output: validated, next: "publish" };
}
