import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { halveTask, openTask, textOfPart, type TaskPart } from "../../../../../engine/policy/plan/cut-task.ts";

const lines = (count: number, of = (number: number): string => `item number ${number} of the list`): string =>
  Array.from({ length: count }, (_, index) => of(index + 1)).join("\n");

/** Halved until nothing is left to halve, or below `bytes`. */
function pieces(part: TaskPart, bytes: number): TaskPart[] {
  const halves = Buffer.byteLength(part.bulk) <= bytes ? undefined : halveTask(part);
  return halves === undefined ? [part] : halves.flatMap((half) => pieces(half, bytes));
}

describe("a long task", () => {
  it.each([
    ["after a blank line", `Check each of these.\n\n${lines(50)}`, "Check each of these."],
    ["after a colon", `Check each of these:\n${lines(50)}`, "Check each of these:"],
    ["marked", `Check these.\nAll of them.\n${lines(50, (n) => `- item ${n}`)}`, "Check these.\nAll of them."],
  ])("has its question for a head, where the list stands %s", (_, task, head) => {
    const part = openTask(task);
    expect(part.head).toBe(head);
    expect(part.bulk).not.toContain(head);
    expect(part.bulk.trim()).toMatch(/^(- )?item/);
  });

  it("has what is said after the list in every part", () => {
    const { head, bulk, tail } = openTask(`Check these:\n\n${lines(50)}\n\nGive one row for each.`);
    expect([head, tail]).toEqual(["Check these:", "Give one row for each."]);
    expect(bulk).toMatch(/item number 50 of the list\s*$/);
  });

  it("keeps in its bulk what may be an item: a first line that announces nothing, a first paragraph among many", () => {
    for (const task of [lines(50), lines(50).replaceAll("\n", "\n\n")]) {
      expect(openTask(task).bulk).toBe(task);
      expect(openTask(task).head).toBe("item number 1 of the list");
    }
  });

  it("is halved between its items, and the halves are about equal", () => {
    const [one, other] = halveTask(openTask(`Check these:\n${lines(100)}`))!;
    for (const { head } of [one, other]) expect(head).toBe("Check these:");
    expect(one.bulk.trim().split("\n")).toHaveLength(50);
    expect(other.bulk.trim().split("\n")).toHaveLength(50);
    expect(textOfPart(other)).toMatch(/^Check these:\n\nitem number 51 of the list\n/);
  });

  it("is never cut within an item that goes on below its first line", () => {
    const task = `Check these:\n${lines(40, (n) => `- item ${n}\n  with more about it\n  and still more`)}`;
    for (const { bulk } of pieces(openTask(task), 300)) expect(bulk.trim()).toMatch(/^- item[\s\S]*and still more$/);
  });

  it("of one endless line is cut between sentences, then words, then anywhere", () => {
    expect(halveTask(openTask("One sentence of it. ".repeat(100)))![0].bulk).toMatch(/it\. $/);
    expect(halveTask(openTask("word ".repeat(400)))![0].bulk).toMatch(/word $/);
    for (const { bulk } of pieces(openTask("😀".repeat(3000)), 500)) expect(bulk.isWellFormed()).toBe(true);
  });

  it("that is short is not cut", () => {
    expect(halveTask(openTask("What is it?"))).toBeUndefined();
  });

  it("loses nothing: the parts, put together, are the bulk", () => {
    const text = fc.array(fc.constantFrom("\n", "\n\n", " ", "- ", "1. ", "word", "Ends. ", "Which? ", "ü", "😀"), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 400 }), (words, bytes) => {
        const task = openTask(words.join(""));
        const parts = pieces(task, bytes);
        expect(parts.map(({ bulk }) => bulk).join("")).toBe(task.bulk);
        expect(parts.every(({ head, tail }) => head === task.head && tail === task.tail)).toBe(true);
        // Nothing of the task is outside of head, bulk and tail.
        const letters = (all: string): number => all.replace(/\s/g, "").length;
        const whole = letters(task.head) + letters(task.bulk) + letters(task.tail);
        expect(whole).toBeGreaterThanOrEqual(letters(words.join("")));
      }),
    );
  });
});
