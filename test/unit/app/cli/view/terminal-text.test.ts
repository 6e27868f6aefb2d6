import { describe, expect, it } from "vitest";
import { fitRow, flow, justify, paint, plainText, rowWidth, span } from "../../../../../app/cli/view/styled-row.ts";
import { cleanText, clip, column, widthOf } from "../../../../../app/cli/view/terminal-text.ts";

const ESCAPE = "\u001b";

describe("cleanText", () => {
  it.each([
    ["colours", `${ESCAPE}[31mred${ESCAPE}[0m`, "red"],
    ["a cleared screen", `a${ESCAPE}[2J${ESCAPE}[1;1Hb`, "ab"],
    ["a window title", `a${ESCAPE}]0;owned\u0007b`, "ab"],
    ["a link", `${ESCAPE}]8;;http://x${ESCAPE}\\text${ESCAPE}]8;;${ESCAPE}\\`, "text"],
    ["newlines and tabs", "one\r\n\ttwo\u2028three", "one two three"],
    ["a bidirectional override", "abc\u202Edef\u2066", "abc def"],
    ["a lone escape and C1 controls", `a${ESCAPE}\u0090b\u009c`, "a b"],
    ["a lone surrogate", "a\ud800b", "a\ufffdb"],
  ])("takes out %s", (_, dirty, clean) => {
    expect(cleanText(dirty)).toBe(clean);
  });

  it("hides what looks like a key", () => {
    expect(cleanText("429: key sk-proj-abc123def456ghi789 refused")).toBe("429: key [key] refused");
    expect(cleanText("Authorization: Bearer abc.def.ghijkl")).toBe("Authorization: Bearer [key]");
    expect(cleanText('{"api_key": "hunter2hunter2"}')).toBe('{"api_key": "[key]"}');
    expect(cleanText("http://me:hunter2@example.org/v1")).toBe("http://me:[key]@example.org/v1");
  });

  it("leaves ordinary words alone", () => {
    const text = "tokens: 12, keys of the map, risk-assessment-of-the-year, 日本語 🦜🔗 100 %";
    expect(cleanText(text)).toBe(text);
  });
});

describe("width", () => {
  it.each([
    ["abc…", 4],
    ["日本語", 6],
    ["héllo", 5],
    ["he\u0301llo", 5],
    ["👨‍👩‍👧", 2],
    ["🦜🔗", 4],
    ["❤️", 2],
    ["한글", 4],
    ["", 0],
  ])("of %s is %i", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it("is never exceeded by clip and always met by column", () => {
    for (const text of ["plain words here", "日本語のパッケージ", "👨‍👩‍👧👨‍👩‍👧 family", "e\u0301e\u0301e\u0301e\u0301"]) {
      for (let width = 0; width < 20; width += 1) {
        expect(widthOf(clip(text, width))).toBeLessThanOrEqual(width);
        expect(widthOf(column(text, width))).toBe(width);
      }
    }
  });

  it("never cuts a character in two", () => {
    expect(clip("日本語", 4)).toBe("日…");
    expect(clip("👨‍👩‍👧 family", 3)).toBe("👨‍👩‍👧…");
  });
});

describe("a row", () => {
  const row = [span("left "), span("日本語", "good"), span(" right")];

  it("fits any width, with an ellipsis where something is missing", () => {
    for (let width = 1; width < rowWidth(row); width += 1) {
      const fitted = fitRow(row, width);
      expect(rowWidth(fitted)).toBeLessThanOrEqual(width);
      expect(plainText(fitted)).toMatch(/…$/);
    }
    expect(fitRow(row, rowWidth(row))).toEqual(row);
  });

  it("keeps its right part at the edge", () => {
    expect(plainText(justify([span("a task that is long")], [span("1:00")], 20))).toBe("a task that i…  1:00");
    expect(rowWidth(justify([span("task")], [span("1:00")], 40))).toBe(40);
  });

  it("breaks items over lines", () => {
    const items = [[span("one")], [span("two")], [span("three")]];
    expect(flow(items, 12, 3).map(plainText)).toEqual(["one · two", "three"]);
    expect(flow(items, 12, 1).map(plainText)).toEqual(["one · two"]);
  });

  it("is coloured only when asked", () => {
    expect(paint(row, false)).toBe("left 日本語 right");
    expect(paint(row, true)).toBe(`left ${ESCAPE}[32m日本語${ESCAPE}[0m right`);
  });
});
