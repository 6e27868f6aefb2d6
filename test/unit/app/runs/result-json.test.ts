import { expect, it } from "vitest";
import { resultJson } from "../../../../app/runs/result-on-record.ts";
import { buildResult } from "../../../../engine/policy/answer/build-result.ts";
import { NO_USAGE } from "../../../../state/usage.ts";
import { lookupOf, planOf, resultOf, subtaskOf } from "../../engine/builders.ts";

it("is what JSON.stringify makes of the result, and comes a subtask at a time", () => {
  const output = 'Lines\nof "text"';
  for (const ids of [[], ["a"], ["a", "b", "c"]]) {
    const result = buildResult({
      ...{ runId: "r", task: "t", plan: planOf(...ids.map((id) => subtaskOf(id))), answer: "An\nanswer" },
      ...{ lookup: lookupOf(...ids.map((id) => resultOf(id, { output }))), usage: NO_USAGE, wallMs: 1 },
      ...{ interrupts: [{ id: "i", kind: "plan" as const, subtask: null, request: { subtasks: [] } }] },
      ...{ citations: { total: 0, verified: 0, broken: [] }, model: "m", runDir: null },
    });
    for (const indent of [0, 2]) {
      const pieces = [...resultJson(result, indent)];
      expect(pieces.join("")).toBe(JSON.stringify(result, null, indent));
      for (const piece of pieces) expect(piece.split("Lines").length).toBeLessThanOrEqual(2);
    }
  }
});
