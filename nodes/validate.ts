/**
 * Node `validate`: does the output fit what the subtask expects? JSON is checked against its schema, text by the subtask's own
 * check; without either, text passes.
 */
import { judgeOutput } from "../engine/policy/output/judge-output.ts";
import { laneNode } from "../engine/runtime/lanes/lane-node.ts";

export const validate = laneNode(
  async ({ run, subtask, state }) => {
    const { contents } = run.shared;
    const given = contents.text(state.output);
    const judged = judgeOutput(given, subtask);
    if (!judged.ok) return { signal: { kind: judged.kind, evidence: judged.problem }, next: "recover" };
    const output = judged.output === given ? state.output : await contents.keep(judged.output);
    return { outcome: "done", output, next: "publish" };
  },
  (signal) => ({ signal, next: "recover" }),
);
