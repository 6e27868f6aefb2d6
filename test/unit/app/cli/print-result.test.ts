import { afterEach, expect, it, vi } from "vitest";
import { buildResult } from "../../../../engine/policy/answer/build-result.ts";
import { printExecution } from "../../../../app/cli/print-result.ts";
import { TERMINAL } from "../../../../app/cli/terminal.ts";
import { NO_USAGE } from "../../../../state/usage.ts";

afterEach(() => vi.restoreAllMocks());

it("a run that asks again says what was wrong with the answer before", async () => {
  const said: string[] = [];
  vi.spyOn(TERMINAL, "note").mockImplementation((line) => void said.push(line));
  const problem = "the plan is not valid: subtasks: has no subtask";
  const result = buildResult({
    ...{ runId: "r", task: "t", plan: undefined, answer: "", model: "offline", status: "paused", runDir: null },
    ...{ lookup: () => undefined, usage: NO_USAGE, wallMs: 0, citations: { total: 0, verified: 0, broken: [] } },
    interrupts: [{ id: "i1", kind: "plan", subtask: null, request: { problem } }],
  });
  const code = await printExecution({ result, interrupted: false, error: undefined }, { json: false, verbose: false });
  expect(code).toBe(4);
  expect(said).toContain(`waits for an answer: plan (interrupt i1); the one before could not be used: ${problem}`);
});
