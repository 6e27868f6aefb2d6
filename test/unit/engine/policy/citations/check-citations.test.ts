import { describe, expect, it } from "vitest";
import { checkCitations } from "../../../../../engine/policy/citations/check-citations.ts";
import type { DocumentLibrary } from "../../../../../engine/ports/documents.ts";

/** Reads as the real library does: a line below the first is the first. */
const library = (texts: Record<string, string>): DocumentLibrary =>
  ({
    read: (path: string, from = 1, count = Infinity) => {
      const lines = texts[path]?.split("\n");
      const firstLine = Math.max(1, from);
      const shown = lines?.slice(firstLine - 1, firstLine - 1 + count);
      return shown && { path, firstLine, lines: shown, score: 0, totalLines: lines?.length ?? 0 };
    },
  }) as unknown as DocumentLibrary;
const documents = library({ "a.md": "Bees dance.\nHives hum.", "app/[slug]/page.tsx": "export const x = 1;" });

describe("the citations of an answer", () => {
  it("are verified where the words stand in the cited line", () => {
    const answer = 'Bees "dance" [a.md:1], hives "Hives hum." [a.md:2].';
    expect(checkCitations(answer, { documents })).toEqual({ total: 2, verified: 2, broken: [], unsupported: [] });
  });

  it.each([
    ["in another line", '"Hives hum." [a.md:1]', "a.md:1", "Hives hum."],
    ["in another document", '"dance" [b.md:1]', "b.md:1", "dance"],
    ["behind the end", '"dance" [a.md:9]', "a.md:9", "dance"],
    ["in no line at all", '"dance" [a.md:0]', "a.md:0", "dance"],
    ["in other letters", '"Dance" [a.md:1]', "a.md:1", "Dance"],
  ])("are broken where the words stand %s", (_, answer, place, quote) => {
    expect(checkCitations(answer, { documents })).toMatchObject({ total: 1, verified: 0, broken: [{ place, quote }] });
  });

  it.each([
    ["over its lines", '"dance. Hives" [a.md:1-2]'],
    ["from the first of them on", '"dance. Hives hum." [a.md:1]'],
    ["in other quotation marks", '"a ‘wrapped’ “sentence” here" [b.md:1-2]'],
    ["past the marks of a comment", '"one two three" [b.md:3-4]'],
  ])("are verified where the words run %s", (_, answer) => {
    const wrapped = library({
      "a.md": "Bees dance.\nHives hum.",
      "b.md": "a 'wrapped'\n \"sentence\" here\n# one\n# two three",
    });
    expect(checkCitations(answer, { documents: wrapped })).toMatchObject({ total: 1, verified: 1 });
  });

  it.each(['"Hives hum." [a.md:1-1]', '"dance" [a.md:2-1]', '"dance" [a.md:1-3]', '"dance" [a.md:1-900]'])(
    "are broken where the lines do not hold: %s",
    (answer) => expect(checkCitations(answer, { documents }).verified).toBe(0),
  );

  it("are all broken without documents", () => {
    expect(checkCitations('"dance" [a.md:1]', { documents: undefined })).toMatchObject({ total: 1, verified: 0 });
  });

  it("count a repeated one once, and an answer without any as nothing", () => {
    expect(checkCitations('"dance" [a.md:1] and "dance" [a.md:1]', { documents }).total).toBe(1);
    expect(checkCitations("It depends.", { documents })).toEqual({
      total: 0,
      verified: 0,
      broken: [],
      unsupported: [],
    });
  });

  it("are found in paths with brackets", () => {
    expect(checkCitations('"const x" [app/[slug]/page.tsx:1]', { documents })).toMatchObject({ total: 1, verified: 1 });
  });
});
