/** The words that code puts into an answer, in the answer's language. Pure. */
import { coverageKey, OUTCOMES, plainWords, type Coverage } from "../../../state/outcome.ts";
import { PHRASES } from "./answer-phrases.ts";
import type { Language } from "./language.ts";

/** In some languages a count needs a word behind it that one alone does not. */
const COUNTER = /^[项件건]\s?/u;

export function answerWords(language: Language) {
  const phrases = PHRASES[language];
  const ends = phrases.outcomes?.split(" | ") ?? [];
  // The first of them is `done`.
  const ended = (name: string): string => ends[OUTCOMES.findIndex((one) => one === name) - 1] ?? plainWords(name);
  const bearing = (unsupported: number): string =>
    unsupported === 0 ? "" : filled(phrases.unsupported, { unsupported });
  return {
    ...phrases,
    /** How one subtask ended, or that it did not run. */
    outcome: (name: string): string => ended(name).replace(COUNTER, ""),
    /** A sentence. */
    coverage(coverage: Coverage): string {
      const named = OUTCOMES.flatMap((name) => {
        const count = coverage[coverageKey(name)];
        return name === "done" || count === 0 ? [] : [`${count} ${ended(name)}`];
      });
      return [filled(phrases.covered, coverage), ...named].join(", ");
    },
    more: (count: number): string => filled(phrases.more, { count }),
    /** `unsupported`: those whose claim does not stand there. */
    citations: ({ unsupported, ...counts }: { total: number; verified: number; unsupported: number }): string =>
      filled(phrases.citations, counts) + bearing(unsupported),
    artifactCitations(counts: { name: string; total: number; broken: number; unsupported: number }): string {
      const verified = counts.total - counts.broken;
      return filled(phrases.artifactCitations, { ...counts, verified }) + bearing(counts.unsupported);
    },
    /** Of items that the written answer lacked. */
    added: (counts: { added: number; total: number }): string => filled(phrases.added, counts),
    checks: (counts: { held: number; total: number }): string => filled(phrases.checks, counts),
    denied: (count: number): string =>
      filled((count === 1 ? phrases.deniedOne : undefined) ?? phrases.denied, { count }),
  };
}

export type AnswerWords = ReturnType<typeof answerWords>;

function filled(phrase: string, values: Readonly<Record<string, string | number>>): string {
  return phrase.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}
