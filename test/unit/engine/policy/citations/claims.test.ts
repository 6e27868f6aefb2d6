/** What a citation is there for: figures, dates and names of the sentence stand in the cited place, or are named as missing. */
import { describe, expect, it } from "vitest";
import { checkCitations } from "../../../../../engine/policy/citations/check-citations.ts";
import type { DocumentLibrary } from "../../../../../engine/ports/documents.ts";

const LINES = [
  "# Pump station Nord",
  "",
  "The pump was installed on 5 March 2019 by Erik Larsen.",
  "It weighs 3.7 million grams, has twelve valves and costs 1.234,50 EUR, which the report of the",
  "year calls cheap at a rate of 20 %.",
  "Alpha costs 10 EUR.",
  "Beta costs 20 EUR.",
  "Die Pumpe Nord lief bis 14:30 mit Version 1.2.3.",
  "Насос построил завод в городе Варшава.",
];
const documents = {
  read: (path: string, from = 1, count = Infinity) => {
    if (path !== "docs/pump.md") return undefined;
    const firstLine = Math.max(1, from);
    const lines = LINES.slice(firstLine - 1, firstLine - 1 + count);
    return { path, firstLine, lines, score: 0, totalLines: LINES.length };
  },
} as unknown as DocumentLibrary;

/** What is missing beside each citation that does not bear its claim. */
const missing = (text: string, task = ""): string[][] =>
  checkCitations(text, { documents, task }).unsupported.map((one) => one.missing);
const at = (line: number | string): string => `[docs/pump.md:${line}]`;

describe("a claim is borne by its place where", () => {
  it.each([
    ["a date is written otherwise", `It was installed on 2019-03-05 ${at(3)}.`],
    ["a month alone is named", `It was installed in March 2019 ${at(3)}.`],
    ["a year alone is named", `It was installed in 2019 ${at(3)}.`],
    ["a number is written out", `It weighs 3,700,000 grams ${at(4)}.`],
    ["a number stands in words there", `It has 12 valves ${at(4)}.`],
    ["thousands and decimals are parted otherwise", `It costs 1,234.5 EUR ${at(4)}.`],
    ["the sentence goes on in the next line", `The rate is 20 % ${at(4)}.`],
    ["a time and a version stand there", `It ran until 14:30 on version 1.2.3 ${at(8)}.`],
    ["a name stands there in another script", `Насос установил в 2019 году Эрик Ларсен ${at(3)}.`],
    ["a name ends there as another sentence has it", `Его построили в Варшаве, и это не ново ${at(9)}.`],
    ["a name stands in the heading above", `It is clear that Nord has it since 2019 ${at(3)}.`],
    ["a name is the question's", `As for Glasshive, it was installed in 2019 ${at(3)}.`],
    ["each part of a sentence has its own", `While Alpha costs 10 EUR ${at(6)}, one pays 20 EUR for Beta ${at(7)}.`],
    ["the number is that of a list", `12. It was installed in 2019 ${at(3)}.`],
    ["the sentence stands before its quote", `It was Erik Larsen. "by Erik Larsen" ${at(3)}`],
    ["the table's cells have each its own", `| 7 | Alpha | 10 EUR ${at(6)} |\n| 8 | Beta | 20 EUR ${at(7)} |`],
    ["German nouns are capital", `Die Pumpe hat nach dem Bericht eine Version und das ist die Zahl 14:30 ${at(8)}.`],
    ["it is a block of code", `\`\`\`\nx = 99 # "installed" ${at(3)}\n\`\`\``],
  ])("%s", (_, text) => expect(missing(text, "What of Glasshive?")).toEqual([]));
});

describe("what is not there is named:", () => {
  it.each([
    ["a year", `It was installed in 2021 ${at(3)}.`, ["2021"]],
    ["a day", `It was installed on 2019-03-06 ${at(3)}.`, ["2019-03-06"]],
    ["a name", `It was installed in 2019 by Maria Jensen ${at(3)}.`, ["Maria Jensen"]],
    ["a number of a neighbouring line", `The price of Alpha is 20 EUR ${at(6)}.`, ["20"]],
    ["a number in the same digits of another size", `It weighs 3.7 kg in 37 parts ${at(4)}.`, ["37"]],
    ["what follows the citation", `As ${at(3)} says, it was built by Jensen in 1973.`, ["1973", "Jensen"]],
    [
      "a name of two words in German",
      `Das ist die Pumpe und die Deutsche Bahn hat sie nicht ${at(8)}.`,
      ["Deutsche Bahn"],
    ],
    [
      "a name with a mark of its own",
      `Sie ist mit PostgreSQL und nicht mit der anderen Version ${at(8)}.`,
      ["PostgreSQL"],
    ],
  ])("%s", (_, text, expected) => expect(missing(text)).toEqual([expected]));

  it("not beside words that do not stand there at all", () => {
    const report = checkCitations(`In 2021 "it was sold" ${at(3)}.`, { documents });
    expect(report.broken).toHaveLength(1);
    expect(report.unsupported).toEqual([]);
  });
});

describe("how a line really reads is told", () => {
  const problem = (text: string): string | undefined => checkCitations(text, { documents }).broken[0]?.problem;

  it.each([
    [
      `"cheap" ${at(3)}`,
      'line 3 reads "The pump was installed on 5 March 2019 by Erik Larsen."; the quoted words stand in line 5',
    ],
    [`"nothing" ${at("6-7")}`, 'lines 6 to 7 read "Alpha costs 10 EUR. Beta costs 20 EUR."'],
    [`"x" ${at(99)}`, "docs/pump.md has 9 lines"],
    ['"x" [docs/none.md:1]', "there is no document docs/none.md"],
    [`"x" ${at("1-900")}`, "1 to 900 are no lines to quote from"],
  ])("of %s", (text, expected) => expect(problem(text)).toBe(expected));
});

describe("a quote stands where", () => {
  it.each([
    ["words are left out in the middle", `"The pump … by Erik Larsen." ${at(3)}`],
    ["its dashes and quotes are typographic", `“It weighs 3.7 million grams” ${at(4)}`],
    ["it is cited by several places", `"Beta costs" [docs/pump.md:6; docs/pump.md:7]`],
    ["it is in the strings of JSON", JSON.stringify({ a: [`"Beta costs" ${at(7)}`] })],
    [
      "it is in the lines of a table",
      `${JSON.stringify({ a: `"Beta" ${at(7)}` })}\n${JSON.stringify({ a: `"Alpha" ${at(6)}` })}`,
    ],
  ])("%s", (_, text) => {
    const { total, verified } = checkCitations(text, { documents });
    expect(verified).toBe(total);
    expect(total).toBeGreaterThan(0);
  });

  it("not where its parts stand in another order", () => {
    expect(checkCitations(`"Erik Larsen … The pump" ${at(3)}`, { documents }).verified).toBe(0);
  });
});
