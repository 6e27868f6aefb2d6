import { expect, it } from "vitest";
import { answerWords } from "../../../../../engine/policy/wording/answer-words.ts";
import { languageOf, LANGUAGES } from "../../../../../engine/policy/wording/language.ts";
import { coverageOf } from "../../../../../state/outcome.ts";

it.each([
  ["en", "The pump is old, and it was never sold to the town."],
  ["de", "Die Pumpe ist alt und wurde nicht an die Stadt verkauft."],
  ["fr", "La pompe est ancienne et les villes ne sont pas dans le contrat."],
  ["es", "La bomba es antigua y no se vendió a los pueblos del valle."],
  ["it", "La pompa è vecchia e non si vende nella città della valle."],
  ["pt", "A bomba é antiga e não foi vendida para os povos do vale, mas ao rei."],
  ["nl", "De pomp is oud en het werd niet aan de stad verkocht, maar wel van hout."],
  ["zh", "这台水泵很旧，从未出售。"],
] as const)("%s is told by its small words", (language, text) => expect(languageOf(text)).toBe(language));

it("what is quoted, and code, says nothing of it", () => {
  expect(languageOf('"the words of the document and of it are that" [a.md:1] — das ist es und nicht die andere')).toBe(
    "de",
  );
  expect(languageOf("```\nthe and is of that it\n```\nDas ist die Pumpe und nicht der Hahn.")).toBe("de");
});

it("where a text shows none, the next one does; English in the end", () => {
  expect(languageOf("42", "Was ist das und wer hat es nicht?")).toBe("de");
  expect(languageOf("42", "43")).toBe("en");
});

it("each language has words for every outcome", () => {
  const coverage = coverageOf(3, ["done", "not-found", "infra"]);
  const said = LANGUAGES.map((language) => answerWords(language).coverage(coverage));
  expect(said[0]).toBe("Coverage: 1 of 3 done, 1 not found, 1 infra");
  expect(said[1]).toBe("Abdeckung: 1 von 3 erledigt, 1 nicht gefunden, 1 durch die Infrastruktur verhindert");
  expect(new Set(said).size).toBe(LANGUAGES.length);
  for (const one of said) expect(one).not.toMatch(/undefined|\{/);
});
