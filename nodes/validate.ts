/**
 * Node `validate`: does the output fit what the subtask expects? JSON is checked against its schema, text by the subtask's own
 * check; without either, text passes. Citations that do not hold are sent back once; what has them all the same is a result.
 */
import { judgeOutput } from "../engine/policy/output/validate-output.ts";
import { brokenInLane } from "../engine/runtime/citations/checked-citations.ts";
import { laneNode } from "../engine/runtime/lanes/lane-node.ts";

export const validate = laneNode(
  async (lane) => {
    const { run, subtask, state } = lane;
    const { contents } = run.shared;
    const given = contents.text(state.output);
    const judged = judgeOutput(given, subtask);
    if (!judged.ok) return { signal: { kind: judged.kind, evidence: judged.problem }, next: "recover" };
    const output = judged.output === given ? state.output : await contents.keep(judged.output);
    const broken = await brokenInLane(lane, judged.output);
    if (broken === undefined) return { outcome: "done", output, next: "publish" };
    return { output, sound: output, signal: { kind: "broken-citation", evidence: broken }, next: "recover" };
  },
  (signal) => ({ signal, next: "recover" }),
);
