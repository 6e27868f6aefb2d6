/** The words that code puts into an answer, in the answer's language. Pure. */
import { coverageKey, OUTCOMES, plainWords, type Coverage } from "../../../state/outcome.ts";
import { PHRASES, type Phrases } from "./answer-phrases.ts";
import type { Language } from "./language.ts";

/** What is said as it stands. */
type Fixed = "missing" | "infra" | "noCitations" | "artifacts" | "unapproved" | "notVerified" | "notThere";

export interface AnswerWords extends Readonly<Pick<Phrases, Fixed>> {
  /** A sentence. */
  coverage(coverage: Coverage): string;
  /** How one subtask ended, or that it did not run. */
  outcome(name: string): string;
  more(count: number): string;
  /** `unsupported`: those whose claim does not stand there. */
  citations(counts: { total: number; verified: number; unsupported: number }): string;
  artifactCitations(counts: { name: string; total: number; broken: number; unsupported: number }): string;
  /** Of items that the written answer lacked. */
  added(counts: { added: number; total: number }): string;
  checks(counts: { held: number; total: number }): string;
  denied(count: number): string;
}

export function answerWords(language: Language): AnswerWords {
  return wordsOf(PHRASES[language]);
}

/** In some languages a count needs a word behind it that one alone does not. */
const COUNTER = /^[项件건]\s?/u;

function wordsOf(phrases: Phrases): AnswerWords {
  const ends = phrases.outcomes?.split(" | ") ?? [];
  // The first of them is `done`.
  const ended = (name: string): string => ends[OUTCOMES.findIndex((one) => one === name) - 1] ?? plainWords(name);
  const bearing = (unsupported: number): string =>
    unsupported === 0 ? "" : filled(phrases.unsupported, { unsupported });
  return {
    ...phrases,
    outcome: (name) => ended(name).replace(COUNTER, ""),
    coverage(coverage) {
      const named = OUTCOMES.flatMap((name) => {
        const count = coverage[coverageKey(name)];
        return name === "done" || count === 0 ? [] : [`${count} ${ended(name)}`];
      });
      return [filled(phrases.covered, coverage), ...named].join(", ");
    },
    more: (count) => filled(phrases.more, { count }),
    citations: ({ unsupported, ...counts }) => filled(phrases.citations, counts) + bearing(unsupported),
    artifactCitations: ({ name, total, broken, unsupported }) =>
      filled(phrases.artifactCitations, { name, total, verified: total - broken }) + bearing(unsupported),
    added: (counts) => filled(phrases.added, counts),
    checks: (counts) => filled(phrases.checks, counts),
    denied: (count) => filled((count === 1 ? phrases.deniedOne : undefined) ?? phrases.denied, { count }),
  };
}

function filled(phrase: string, values: Readonly<Record<string, string | number>>): string {
  return phrase.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}
