/** What a model repeats without an end is looked through for citations and verdicts in time that grows with its length. */
import { expect, it } from "vitest";
import { verdictIn } from "../../../../../engine/policy/checks/verdict.ts";
import { checkCitations } from "../../../../../engine/policy/citations/check-citations.ts";
import { withMarks } from "../../../../../engine/policy/citations/check-citations.ts";
import { findCitations } from "../../../../../engine/policy/prompts/citation-rule.ts";
import { answerWords } from "../../../../../engine/policy/wording/answer-words.ts";

const TIMES = 30_000;

it.each(["【", "[", "【a", "[[a", "(a.md:", '"', "_"])("%s has no citation", (text) => {
  expect(findCitations(text.repeat(10 * TIMES))).toHaveLength(0);
});

it("citations, one behind the other, are each found, checked and marked", () => {
  const text = Array.from({ length: TIMES }, (_, at) => `Said "x${at}" [b.md:1]. `).join("");
  const report = checkCitations(text, { documents: undefined });
  expect(report).toMatchObject({ total: TIMES, verified: 0 });
  const words = answerWords("en");
  expect(withMarks(text, report, words).split(words.notVerified)).toHaveLength(TIMES + 1);
});

it.each(["\n", "```\n", "* ", "verdict\n"])("%j is no verdict", (text) => {
  expect(verdictIn(text.repeat(10 * TIMES))).toBeUndefined();
});
