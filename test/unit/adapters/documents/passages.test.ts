import { describe, expect, it } from "vitest";
import { passagesOf, type Shape } from "../../../../adapters/documents/passages.ts";
import { textLines } from "../../../../adapters/documents/text-lines.ts";

function spans(text: string, name: string, shape: Shape): string[] {
  const { lines, headings } = textLines(text, name);
  return passagesOf(lines, headings, shape).map(({ firstLine, lastLine, heading }) =>
    `${firstLine}-${lastLine} ${heading}`.trim(),
  );
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

describe("passages", () => {
  it("of prose are its sections, each under the headings above it", () => {
    const text =
      "# Guide\n\nIntro one.\nIntro two.\n\n## Install\n\nRun it.\nThen more.\n\n## Use\n\nCall it.\nAnd again.\n";
    expect(spans(text, "a.md", "prose")).toEqual(["1-4 Guide", "6-9 Guide > Install", "11-14 Guide > Use"]);
  });

  it("keep a bare heading with what follows", () => {
    expect(spans("# Guide\n\n## Install\n\nRun it.\n", "a.md", "prose")).toEqual(["1-5 Guide > Install"]);
  });

  it("of a long section end at a blank line, or after so many lines", () => {
    const parted = [...numbered(20), "", ...numbered(10)].join("\n");
    expect(spans(parted, "a.txt", "prose")).toEqual(["1-20", "22-31"]);
    expect(spans(numbered(80).join("\n"), "a.txt", "prose")).toEqual(["1-36", "37-72", "73-80"]);
    expect(spans(numbered(90).join("\n"), "a.ts", "source")).toEqual(["1-40", "41-80", "81-90"]);
  });

  it("of small settings are the whole file", () => {
    const json = JSON.stringify(Object.fromEntries(numbered(60).map((name) => [name, name])), null, 2);
    expect(spans(json, "package.json", "settings")).toEqual(["1-62"]);
  });

  it("cover every line that is not blank exactly once", () => {
    const lines = Array.from({ length: 500 }, (_, index) =>
      index % 7 === 3 ? "" : index % 31 === 0 ? `# H${index}` : `text ${"x".repeat(index)}`,
    );
    for (const shape of ["prose", "settings", "source"] as const) {
      const { headings } = textLines(lines.join("\n"), "a.md");
      const covered = passagesOf(lines, headings, shape).flatMap(({ firstLine, lastLine }) =>
        Array.from({ length: lastLine - firstLine + 1 }, (_, index) => firstLine + index),
      );
      expect(new Set(covered).size).toBe(covered.length);
      const missed = lines.flatMap((line, index) => (line !== "" && !covered.includes(index + 1) ? [index + 1] : []));
      expect(missed).toEqual([]);
    }
  });

  it("of nothing are none", () => {
    expect(spans("", "a.md", "prose")).toEqual([]);
    expect(spans("\n \n\t\n", "a.md", "prose")).toEqual([]);
  });
});
