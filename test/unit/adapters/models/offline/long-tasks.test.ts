/** Long and repetitive tasks: every pattern of the offline engine goes through them once. */
import { describe, expect, it } from "vitest";
import { briefOf } from "../../../../../adapters/models/offline/agent/brief.ts";
import type { AgentConversation } from "../../../../../adapters/models/offline/agent/conversation.ts";
import { readQuestion } from "../../../../../adapters/models/offline/agent/question.ts";
import { planTask } from "../../../../../adapters/models/offline/planner/plan-task.ts";
import { inTime } from "../../../../../engine/policy/output/in-time.ts";

const CHARACTERS = 300_000;
/** Far above what one pass takes on a busy machine; far below what a pass for each word would. */
const MOST_MS = 10_000;
const TEXTS = [
  "Look at alpha and beta and say what is what. ",
  ...["a", "word ", "- item, one\n", "   \n", "which ", "what is ", "a, b, ", "`a ", "node ", "What is x? ", "."],
  ...["(a) ", "if nothing ", "each of the following: a, ", "compare ", "for each ", "....", "\u2019"],
];

describe("a long task", () => {
  it.each(TEXTS)("of %j again and again is planned and read in one pass", (part) => {
    const task = part.repeat(Math.ceil(CHARACTERS / part.length));
    const conversation = { task, subtask: { id: "s", title: "t", instructions: task }, inputs: [{}], exchanges: [] };
    const facts = { task, documents: undefined, skills: [], toolsByAgent: [], maxSubtasks: 100, objections: [] };
    const read = inTime(
      part,
      () => [
        planTask(facts).length > 0,
        readQuestion(task).kinds.size > 0,
        briefOf(conversation as unknown as AgentConversation).scope,
      ],
      MOST_MS,
    );
    expect(read).toMatchObject({ ok: true, value: [true, true, undefined] });
  });

  it("asks what its beginning and its end ask", () => {
    const { terms } = readQuestion(`Who is Ada Lovelace?\n${"filler ".repeat(5000)}\nWhere is Babbage buried?`);
    expect(terms.map(({ stem }) => stem)).toEqual(
      expect.arrayContaining(["lovelac", "babbag"].map((stem) => expect.stringContaining(stem))),
    );
  });
});
