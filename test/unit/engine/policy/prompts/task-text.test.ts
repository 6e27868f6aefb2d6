import { expect, it } from "vitest";
import { boundedTask, TASK_CHARACTERS } from "../../../../../engine/policy/prompts/markup.ts";

it("a task up to the bound is shown whole", () => {
  const task = "x".repeat(TASK_CHARACTERS);
  expect(boundedTask(`  ${task}\n`)).toBe(task);
});

it("beyond it head and tail are, cut at the end of a line, and the text says how much is not", () => {
  const task = `Question?\n${Array.from({ length: 2000 }, (_, index) => `line ${index + 1} of the task`).join("\n")}\nThe end.`;
  const shown = boundedTask(task);
  expect(shown.length).toBeLessThanOrEqual(TASK_CHARACTERS);
  expect(shown).toMatch(/^Question\?\nline 1 of the task\n/);
  expect(shown).toMatch(/line 2000 of the task\nThe end\.$/);
  const [, characters] =
    /of the task\n\[cut here: (\d+) characters from the middle of the task\]\nline/.exec(shown) ?? [];
  expect(Number(characters)).toBeGreaterThan(task.length - TASK_CHARACTERS);
});

it.each(["x", "智", "😀"])("a text of the character %s is never cut within one", (character) => {
  const shown = boundedTask(character.repeat(20_000));
  expect(shown.length).toBeLessThanOrEqual(TASK_CHARACTERS);
  expect(shown.isWellFormed()).toBe(true);
});
