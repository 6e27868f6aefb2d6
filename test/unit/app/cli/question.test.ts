import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { exampleAnswer, resumeMap } from "../../../../app/cli/answers.ts";
import { askPending } from "../../../../app/cli/prompt/ask-pending.ts";
import { questionText, readArgs, wholeQuestionText } from "../../../../app/cli/prompt/question.ts";
import { actionsOf, readDecisions, requestOf, type HumanRequest } from "../../../../state/review.ts";
import type { PendingInterrupt } from "../../../../state/run-result.ts";

const ID = "0".repeat(32);
function pendingOf(args: Record<string, unknown>, allowed?: HumanRequest["review_configs"][0]["allowed_decisions"]) {
  const action = { name: "do_it", args, description: "Do it?" };
  const { kind, subtask, ...request } = requestOf({
    kind: "task",
    actions: [action],
    ...(allowed === undefined ? {} : { allowed }),
  });
  return { id: ID, kind, subtask, request } satisfies PendingInterrupt;
}

describe("a question on the terminal", () => {
  it("shows its arguments without what would steer the terminal, long ones cut", () => {
    const [action] = actionsOf(
      pendingOf({ text: "red\u001B[31m\nnext", list: [], n: Array.from({ length: 99 }, (_, i) => i) }),
    );
    const text = questionText(action!);
    expect(text).toContain("Do it?\ntext:\n  red\n  next");
    expect(text).not.toContain("\u001B");
    expect(text).toMatch(/… \d+ more lines/);
  });

  it("shows a plan as a list", () => {
    const plan = {
      subtasks: [
        {
          id: "each",
          title: "Decision of {{item}}",
          instructions: "What?\nRead it.",
          forEach: ["a", "b"],
          dependsOn: [],
        },
        { id: "all", instructions: "Compare.", dependsOn: ["each"], agent: "writer", writes: ["out.md"] },
      ],
      checks: [{ id: "c" }],
    };
    expect(questionText(actionsOf(pendingOf({ plan }))[0]!).split("\n")).toEqual([
      "Do it?",
      "1. each: Decision of {{item}}",
      "   What? Read it.",
      "   once for each of 2 items",
      "2. all: Compare.",
      "   after each; by writer; writes out.md",
      "Then 1 check must hold.",
    ]);
  });

  it("is shown in full where one looks at a run: all of a plan's keys, and each line of a long text", () => {
    const long = Array.from({ length: 300 }, (_, index) => `line ${index} ${"x".repeat(400)}`).join("\n");
    const subtasks = [
      {
        id: "a",
        instructions: long,
        forEach: ["u", "v"],
        skills: [],
        steps: 5,
        expects: { type: "object", required: [] },
      },
    ];
    const checks = [{ id: "c", artifacts: ["out.md"], predicate: "It is whole." }];
    const lines = wholeQuestionText(actionsOf(pendingOf({ plan: { subtasks, checks } }))[0]!).split("\n");
    expect(lines.slice(0, 2)).toEqual(["Do it?", "1. a:"]);
    expect(lines[301]).toBe(`   line 299 ${"x".repeat(400)}`);
    expect(lines.slice(302)).toEqual([
      "   steps: 5",
      '   expects: {"type":"object","required":[]}',
      "   forEach: u, v",
      'checks: [{"id":"c","artifacts":["out.md"],"predicate":"It is whole."}]',
    ]);
    const answer = wholeQuestionText(actionsOf(pendingOf({ answer: long }))[0]!).split("\n");
    expect(answer).toHaveLength(302);
  });

  it.each([
    ['{"a":1}', { args: { a: 1 } }],
    ["[1]", { problem: "it is not a JSON object" }],
    ["{", { problem: expect.stringContaining("it is not JSON") }],
  ])("reads typed arguments: %s", (typed, read) => expect(readArgs(typed)).toEqual(read));
});

describe("an answer by interrupt id", () => {
  it("is refused for what is not pending, and where several wait without a name", () => {
    const pending = [pendingOf({})];
    expect(resumeMap(pending, "approve", "r")).toEqual({ [ID]: "approve" });
    expect(() => resumeMap(pending, { ["1".repeat(32)]: "approve" }, "r")).toThrow(/does not wait for an answer/);
    expect(() => resumeMap([], "approve", "r")).toThrow(/waits for no answer/);
    expect(() => resumeMap([...pending, ...pending], "approve", "r")).toThrow(/waits for 2 answers/);
  });

  it.each([
    [pendingOf({ x: 1 }), "approve"],
    [pendingOf({ output: "" }, ["edit", "reject"]), "edit"],
    [pendingOf({ maxSteps: 50 }, ["edit", "reject"]), "edit"],
  ])("has an example that fits what is asked", (pending, type) => {
    expect(readDecisions(JSON.parse(exampleAnswer(pending)), 1)).toMatchObject([{ type }]);
  });

  it.each([
    ["whose input ends", (input: PassThrough) => input.end()],
    ["whose input is closed by Ctrl-D", (input: PassThrough) => input.write("\u0004")],
    ["during which the process is told to stop", (_: PassThrough, stop: () => void) => stop()],
  ])("%s is left for later", async (_, leave) => {
    const shown = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    try {
      const input = new PassThrough();
      const stopping = new AbortController();
      const how = { input, signal: stopping.signal };
      const asked = askPending([pendingOf({ text: "one" }), pendingOf({ text: "two" })], how);
      leave(input, () => stopping.abort());
      expect(await asked).toEqual({});
    } finally {
      shown.mockRestore();
    }
  });
});
