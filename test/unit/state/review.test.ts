import { describe, expect, it } from "vitest";
import type { SwarmError } from "../../../state/errors.ts";
import { readDecisions } from "../../../state/review.ts";

const approve = { type: "approve" } as const;
function refusal(answer: unknown, count = 1): SwarmError {
  try {
    readDecisions(answer, count);
  } catch (error) {
    return error as SwarmError;
  }
  throw new Error("the answer was taken");
}

describe("a human's answer", () => {
  it("is a list of decisions, one for each that was asked", () => {
    const edit = { type: "edit", edited_action: { name: "run_plan", args: { plan: {} } } } as const;
    const reject = { type: "reject", message: "no" } as const;
    expect(readDecisions({ decisions: [approve, edit, reject] }, 3)).toEqual([approve, edit, reject]);
  });

  it.each([{ decisions: [approve] }, [approve], approve, "approve", true])(
    "may be short where one is asked: %j",
    (answer) => {
      expect(readDecisions(answer, 1)).toEqual([approve]);
    },
  );

  it("is refused where it nests without end", () => {
    const levels = 20_000;
    const plan: unknown = JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
    expect(refusal({ type: "edit", args: { plan } }).message).toMatch(/nests deeper than 500 levels$/);
  });

  it.each(["reject", false, { type: "reject" }])("may be a short no: %j", (answer) => {
    expect(readDecisions(answer, 1)).toEqual([{ type: "reject" }]);
  });

  it.each([
    null,
    undefined,
    "",
    "yes",
    "Approve",
    1,
    {},
    { type: "approved" },
    { type: "edit" },
    { type: "edit", edited_action: { args: "x" } },
    { type: "reject", message: 1 },
    { decisions: "approve" },
    { decisions: [] },
    [[approve]],
  ])("is refused where it fits no shape, never taken for a yes: %j", (answer) => {
    expect(refusal(answer).code).toBe("ANSWER_INVALID");
  });

  it.each([
    ["yes", 'expected decisions, "approve" or "reject", got "yes"'],
    [{}, 'decisions 1 type: it is missing: expected one of "approve", "edit", "reject"'],
    [{ type: "aprove" }, 'decisions 1 type: expected one of "approve", "edit", "reject", got "aprove"'],
    [{ type: "edit" }, "decisions 1 edited_action: it is missing: expected an object"],
    [{ type: "edit", args: "x" }, 'decisions 1 edited_action args: expected an object, got "x"'],
    [{ decisions: [{ type: "reject", message: 1 }] }, "decisions 1 message: expected a text, got 1"],
  ])("is told what was expected and what it gave: %j", (answer, said) => {
    expect(refusal(answer).message).toBe(`the answer does not fit the request: ${said}`);
  });

  it("is refused where the number is another, with what to do next", () => {
    expect(refusal([approve, approve]).message).toBe("the answer does not fit the request: it takes 1 decision, got 2");
    expect(refusal(true, 2).message).toBe("the answer does not fit the request: it takes 2 decisions, got 1");
    expect(refusal({ decisions: [] }).message).toMatch(/it takes 1 decision, got none$/);
    expect(refusal(true, 2).next).toMatch(/^answer with \{ "decisions": /);
  });
});
