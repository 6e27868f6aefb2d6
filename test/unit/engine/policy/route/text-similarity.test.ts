import { describe, expect, it } from "vitest";
import { indexTexts } from "../../../../../engine/policy/route/text-similarity.ts";

const texts = ["searches documents for facts", "compares documents and facts", "writes poems"];

describe("the similarity of texts", () => {
  it("is highest for the text that shares the telling words", () => {
    const [searching = 0, comparing = 0, writing = 0] = indexTexts(texts).similarities("compare the facts");
    expect(comparing).toBeGreaterThan(searching);
    expect(searching).toBeGreaterThan(writing);
    expect(writing).toBe(0);
  });

  it("is one for the same text and never more", () => {
    for (const [position, text] of texts.entries()) {
      const similarity = indexTexts(texts).similarities(text)[position] ?? 0;
      expect(similarity).toBeCloseTo(1, 12);
      expect(similarity).toBeLessThanOrEqual(1);
    }
  });

  it("is zero for nothing, for short words and for words that no text holds", () => {
    for (const query of ["", "a of to", "zebra quagga", "!?"])
      expect(indexTexts(texts).similarities(query)).toEqual([0, 0, 0]);
  });

  it("is zero against an empty text, and an empty index answers with nothing", () => {
    expect(indexTexts(["", "facts"]).similarities("facts")).toEqual([0, 1]);
    expect(indexTexts([]).similarities("facts")).toEqual([]);
  });

  it("counts a word that every text uses less than one that few use", () => {
    const [common = 0, rare = 0] = indexTexts(["shared alpha", "shared beta", "shared gamma"]).similarities(
      "shared beta",
    );
    expect(rare).toBeGreaterThan(common);
  });

  it.each(["compare", "compares", "compared", "comparing", "COMPARING"])("finds the same root in %s", (word) => {
    expect(indexTexts(["compares things"]).similarities(word)[0]).toBeGreaterThan(0);
  });

  it("does not care for case, punctuation or order", () => {
    const index = indexTexts(texts);
    expect(index.similarities("FACTS, (documents)!")).toEqual(index.similarities("documents facts"));
  });

  it("reads words of any script", () => {
    expect(indexTexts(["prüft Verträge", "schreibt Gedichte"]).similarities("Verträge prüft")[0]).toBeCloseTo(1, 12);
  });
});
