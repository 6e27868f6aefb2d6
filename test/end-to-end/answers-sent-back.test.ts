/** What a synthesizer, or the only writer of the answer, says in place of it is sent back once. Through the command line, with scripted models. */
import { describe, expect, it } from "vitest";
import { answerRun, promptOf } from "../support/answer-run.ts";
import type { ModelCall } from "../support/model-server/call.ts";

const work = (id: string, more: object = {}) => ({ id, title: `Title of ${id}`, instructions: `Do ${id}.`, ...more });
const say = (content: string) => () => ({ content });

describe("what the synthesizer says in place of an answer", () => {
  const REFUSAL = "I'm sorry, but I can't help with that.";
  const two = {
    subtasks: [work("one"), work("two")],
    agent: ({ subtaskId }: ModelCall) => ({ content: `Result of ${subtaskId}.` }),
  };

  it.each([
    ["declined", REFUSAL],
    ["announced", "Let me look at the results first."],
  ])("is sent back once: %s", async (signal, first) => {
    const { result, synthesizer, lines } = await answerRun({ ...two, synthesizer: [say(first), say("Both hold.")] });
    expect(promptOf(synthesizer[1]!)).toMatch(/That is no answer: .*\nWrite the answer now, from the results/);
    expect(lines.flatMap((line) => (line.kind === "signal" ? [line.data["kind"]] : []))).toEqual([signal]);
    expect(result).toMatchObject({ status: "complete", answeredBy: "model" });
    expect(result.answer).toBe("Both hold.\n\n---\nCoverage: 2 of 2 done.\n");
  });

  it("is no answer when it stays: the results stand side by side, with the reason", async () => {
    const { result } = await answerRun({ ...two, synthesizer: [say(REFUSAL), say(REFUSAL)] });
    expect(result.answeredBy).toBe("code");
    expect(result.answer).toMatch(
      /^The results stand side by side.*the synthesizer has written no answer \(declined: /,
    );
    expect(result.answer).toContain("Result of one.");
  });

  it("is asked in other words where it was cut by its length, and given the same results", async () => {
    const cut = () => ({ content: "Both ho", finishReason: "length" });
    const { result, synthesizer } = await answerRun({ ...two, synthesizer: [cut, say("Both hold.")] });
    expect(promptOf(synthesizer[1]!)).toContain("say it in fewer words");
    expect(promptOf(synthesizer[1]!)).toContain("Result of two.");
    expect(result.answer).toMatch(/^Both hold\./);
  });
});

it("an answer that stands whole in a block of code is taken out of it, with the blocks within it", async () => {
  const { result } = await answerRun({
    subtasks: [work("one")],
    agent: say("```markdown\n# Both\n\n```sh\nls\n```\n```"),
  });
  expect(result.answer).toMatch(/^# Both\n\n```sh\nls\n```\n\n---\n/);
});

it("an answer that was to be an artifact is asked for where its only writer has not written it", async () => {
  const write = {
    toolCalls: [{ name: "write_artifact", args: { name: "guide.md", content: "# Guide\n\nTurn it on.\n" } }],
  };
  const script = { subtasks: [work("one", { writes: ["guide.md"] })], plan: { answer: "guide.md" } };
  const replies = [{ content: "I have written it." }, write, { content: "Written." }];
  const { result, agents } = await answerRun({ ...script, agent: ({ turn }) => replies[turn]! });
  expect(promptOf(agents[1]!)).toContain("artifact guide.md is to be the answer of the run, and is not written");
  expect(result.answer).toMatch(/^# Guide\n\nTurn it on\./);
  const never = await answerRun({ ...script, agent: say("The guide is: turn it on.") });
  expect(never.agents).toHaveLength(2);
  expect(never.result.answer).toMatch(/^The guide is: turn it on\./);
});

describe("citations that the synthesizer leaves behind", () => {
  const script = {
    documents: { "docs/one.md": "Line of one.\n", "docs/two.md": "Line of two.\n" },
    subtasks: [work("one"), work("two")],
    agent: ({ subtaskId }: ModelCall) => ({ content: `"Line of ${subtaskId}." [docs/${subtaskId}.md:1]` }),
  };

  it("are asked for once", async () => {
    const { result, synthesizer } = await answerRun({
      ...script,
      synthesizer: [say("There are two lines."), say('There are two lines, as in "Line of one." [docs/one.md:1]')],
    });
    expect(promptOf(synthesizer[1]!)).toContain("It cites nothing, and the results do");
    expect(result.citations).toMatchObject({ total: 1, verified: 1 });
  });

  it("are not insisted on", async () => {
    const { result } = await answerRun({
      ...script,
      synthesizer: [say("There are two lines."), say("I am sorry, I cannot help with that.")],
    });
    expect(result).toMatchObject({ status: "complete", answeredBy: "model" });
    expect(result.answer).toMatch(/^There are two lines\.\n\n---\nCoverage: 2 of 2 done\. 0 citations/);
  });
});
