import { describe, expect, it } from "vitest";
import { SpokenText, withoutThoughts } from "../../../../../engine/policy/reply/thoughts.ts";

describe("what was thought aloud", () => {
  it.each<[string, string, string]>([
    ["a block before the answer", "<think>\nLet me see {1}.\n</think>\n\nBees.", "Bees."],
    ["an empty block", "<think>\n\n</think>\n\nBees.", "Bees."],
    ["a block that is never closed", "<think>Let me see.", ""],
    ["several blocks", "<think>a</think>Bees\n<think>b</think>\nmake honey.", "Bees\n\nmake honey."],
    ["a block amid a line", "Bees <think>or was it wasps, perhaps?</think>make honey.", "Bees make honey."],
    ["a closing mark alone", 'Okay, {"a": 1}. So...\n</think>\nBees.', "Bees."],
    ["a closing mark alone, on the line of the answer", "So it is bees.</think>Bees.", "Bees."],
    ["a closing mark before words in quotes", 'It says so.</think>"Bees dance." [a.md:1]', '"Bees dance." [a.md:1]'],
    ["a closing mark behind words in quotes", 'So I say "bees."</think>Bees.', "Bees."],
    ["a closing mark behind a sentence", "So it is bees. </think> Bees.", "Bees."],
    ["blocks within a block", '<think>a <think>b</think> c</think>"Bees."', '"Bees."'],
    [
      "a block of reasoning",
      "<reasoning>Wasps?</reasoning>\nBees.<scratchpad>or wasps, after all?</scratchpad>",
      "Bees.",
    ],
    ["a code block that was begun in thought", "<think>\n```\nlet</think>\nBees.\n```\nx\n```", "Bees.\n```\nx\n```"],
    ["other marks", "<thinking>a</thinking>[THINK]b[/THINK]◁think▷c◁/think▷Bees.", "Bees."],
    ["marks in capitals", "<THINK>a</THINK>Bees.", "Bees."],
    [
      "an analysis channel",
      "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Bees.",
      "Bees.",
    ],
  ])("is taken out: %s", (_, text, said) => {
    expect(withoutThoughts(text)).toBe(said);
  });

  it.each([
    "Bees think.",
    "  Bees think of honey.\n",
    "The tag `<think>` opens thinking, and `</think>` closes it.",
    "The <think> and </think> tags delimit it.",
    'It begins with "<think>".',
    'It ends with "</think>" alone.',
    "Models write </think> where they end.",
    "A prompt:\n```\n<think>\nhm\n</think>\n```\nThat is all.",
  ])("is not what only speaks of it: %j", (text) => {
    expect(withoutThoughts(text)).toBe(text);
  });
});

describe("a reply while it comes", () => {
  const read = (text: string, size: number): string => {
    const spoken = new SpokenText();
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      text.slice(at * size, (at + 1) * size),
    );
    return pieces.map((piece) => spoken.take(piece)).join("") + spoken.rest();
  };

  it.each([
    ["<think>\nLet me see {1}.\n</think>\n\nBees.", "Bees."],
    ["\n <THINKING>a</thinking> <think>b</think>Bees <think> is a mark.", "Bees <think> is a mark."],
    ["<think>never closed", ""],
    ["<thin", "<thin"],
    ["<thing>Bees.", "<thing>Bees."],
    ["  Bees.", "  Bees."],
    ["", ""],
  ])("is shown without what is thought before it, in pieces of any size: %j", (text, said) => {
    for (const size of [1, 2, 3, 7, 100]) expect(read(text, size)).toBe(said);
  });
});
