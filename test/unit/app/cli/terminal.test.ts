import { describe, expect, it } from "vitest";
import { visibleText } from "../../../../app/cli/terminal.ts";

describe("what a terminal would obey", () => {
  it.each([
    ["\u001b[2J\u001b]0;title\u0007", "\\u001b[2J\\u001b]0;title\\u0007"],
    ["\u009b31mred\u007f\u0085", "\\u009b31mred\\u007f\\u0085"],
    ["invoice\u202egpj.exe\u2066\u2069", "invoice\\u202egpj.exe\\u2066\\u2069"],
    ["over\rwritten\b\b", "over\\u000dwritten\\u0008\\u0008"],
    ["a\u2028b\u0000", "a\\u2028b\\u0000"],
  ])("is written out: %j", (text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it("leaves lines, tabs and every script alone", () => {
    const text = "| a\tb |\nשלום\u200f, مرحبا, 日本, 👩‍👩‍👧, é\n";
    expect(visibleText(text)).toBe(text);
    expect(visibleText("one\r\ntwo\r\n")).toBe("one\ntwo\n");
  });

  it("is the same value within JSON", () => {
    const value = { answer: "\u001b[2J\u009b\u007f\u202e\r\n\ud800" };
    const shown = visibleText(JSON.stringify(value));
    expect(JSON.parse(shown)).toEqual(value);
    // oxlint-disable-next-line no-control-regex -- they are what it is about
    expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });
});
