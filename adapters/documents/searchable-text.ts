/**
 * What FTS5's `unicode61` tokenizer (words of letters and digits, diacritics removed, then Porter stems) cannot do by itself,
 * done to the text before it is indexed, and to a query in the same way:
 * 1. Chinese, Japanese and Korean are indexed character by character; a query asks for each two neighbours.
 * 2. The parts of `camelCase` names can be found beside the whole names.
 * Pure.
 */

const CJK = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]/;
const ALL_CJK = new RegExp(CJK, "g");
const CJK_RUNS = new RegExp(`(${CJK.source}+)`);
/** Begins at the beginning of a word and looks so far only: linear in the length of any word. */
const CAMEL = /(?<![A-Za-z])[A-Za-z]{0,62}?[a-z][A-Z][A-Za-z]*/g;
const CAMEL_SEAM = /(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/;
const INNER = /[^\p{L}\p{M}\p{N}]+/u;

const LONGEST_QUERY = 2_000;
const LONGEST_WORD = 64;
const MOST_TERMS = 32;

/** Words that say nothing about what is sought: English, and those with which questions begin. */
const STOP_WORDS = new Set(
  (
    "a about above after again all also am an and any are as at be because been before being below between both but by can could did do " +
    "does doing down during each either few for from further had has have having he her here hers him his how i if in into is it its " +
    "itself just let me more most my no nor not of off on once only or other our out over own per please same she should so some such " +
    "than that the their them then there these they this those through to too under until up upon us use used uses using very was we were what when where " +
    "whether which while who whom whose why will with within without would yes you your"
  ).split(" "),
);

export function searchable(text: string): string {
  const spaced = CJK.test(text) ? text.replace(ALL_CJK, " $& ") : text;
  const parts = new Set<string>();
  for (const [name] of text.matchAll(CAMEL)) {
    if (name.length <= LONGEST_WORD) for (const part of name.split(CAMEL_SEAM)) parts.add(part.toLowerCase());
  }
  return parts.size === 0 ? spaced : `${spaced}\n${[...parts].join(" ")}`;
}

export interface QueryTerms {
  /** FTS5 phrases in quotes; any of them makes a hit. */
  any: string[];
  /** Those that must all be there for the boost. */
  all: string[];
}

/**
 * The phrases of a query. Quoted, and of letters and digits alone, so no character of the query is syntax. Stop words are
 * dropped where other words remain; `node-fetch` asks for the phrase and for each of its words.
 */
export function queryTerms(query: string): QueryTerms {
  const chunks = query
    .slice(0, LONGEST_QUERY)
    .toWellFormed()
    .split(/\s+/u)
    .map(wordsOf)
    .filter((words) => words.length > 0);
  const telling = chunks.filter((words) => words.length > 1 || !isStopWord(words[0] ?? ""));
  const [any, all] = [new Set<string>(), new Set<string>()];
  for (const words of telling.length > 0 ? telling : chunks) {
    if (words.length > 1) any.add(phrase(words));
    for (const word of wordsAlone(words)) for (const term of termsOf(word)) all.add(term);
  }
  for (const term of all) any.add(term);
  return { any: [...any].slice(0, MOST_TERMS), all: [...all].slice(0, MOST_TERMS) };
}

/** Of a compound, the words that say something without the others: not the digits of `1.2.3`, not the `of` of `end-of-life`. */
function wordsAlone(words: readonly string[]): readonly string[] {
  return words.length === 1 ? words : words.filter((word) => (word.length > 1 || CJK.test(word)) && !isStopWord(word));
}

/** In any case. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word.toLowerCase());
}

function wordsOf(chunk: string): string[] {
  return chunk
    .split(INNER)
    .filter((word) => word !== "" && /[\p{L}\p{N}]/u.test(word))
    .map((word) => word.slice(0, LONGEST_WORD).toWellFormed());
}

function phrase(words: readonly string[]): string {
  return `"${words.join(" ").replace(ALL_CJK, " $& ")}"`;
}

/** One phrase for a word; for a run of Chinese one for each two neighbours. */
function termsOf(word: string): string[] {
  if (!CJK.test(word)) return [`"${word}"`];
  return word
    .split(CJK_RUNS)
    .filter((run) => run !== "")
    .flatMap((run) => {
      if (!CJK.test(run) || run.length === 1) return [`"${run}"`];
      return Array.from({ length: run.length - 1 }, (_, index) => `"${run[index]} ${run[index + 1]}"`);
    });
}
