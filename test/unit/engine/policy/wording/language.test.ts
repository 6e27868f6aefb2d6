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
  ["pl", "Pompa jest stara i nie była sprzedana do miasta, ale to nie koniec."],
  ["tr", "Bu pompa çok eski ve bir daha satılmadı, ama yine de var."],
  ["ru", "Насос старый, и городу его не продавали."],
  ["ar", "المضخة قديمة ولم تُبع للمدينة قط."],
  ["zh", "这台水泵很旧，从未出售。"],
  ["ja", "このポンプは古く、町に売られたことはない。"],
  ["ko", "이 펌프는 오래되었고 마을에 팔린 적이 없다."],
  ["en", "Насос старий, і місту його не продавали."],
  ["en", "این پمپ قدیمی است و هرگز فروخته نشد."],
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
  expect(answerWords("ja").outcome("not-found")).toBe("該当なし");
  expect(answerWords("ru").outcome("not-found")).toBe("не найдено");
});

it.each(LANGUAGES)("all that is said in %s has its figures", (language) => {
  const words = answerWords(language);
  const counts = { total: 31, verified: 17, unsupported: 13 };
  const said = [
    [words.citations(counts), "31", "17", "13"],
    [words.artifactCitations({ name: "guide.md", total: 31, broken: 14, unsupported: 13 }), "guide.md", "17", "13"],
    [words.added({ added: 17, total: 31 }), "17", "31"],
    [words.checks({ held: 17, total: 31 }), "17", "31"],
    [words.more(17), "17"],
    [words.denied(17), "17"],
    [words.denied(1), "1"],
  ];
  for (const [text = "", ...figures] of said) {
    for (const figure of figures) expect(text).toContain(figure);
    expect(text).not.toMatch(/undefined|[{}]/);
  }
});
