/**
 * What a text claims by its citations, and whether the cited places bear it, as far as that can be told without a model: numbers,
 * dates and names of the sentence must stand there. Pure.
 *
 * 1. A citation stands for what is said since the one before it in its sentence, the last one also for what follows.
 * 2. Cells of a table and items of a list are sentences of their own.
 * 3. Where it cannot be told whether a word is a name, it is none.
 */
import { plainText } from "../../../state/plain-text.ts";
import type { FoundCitation } from "../prompts/citation-rule.ts";
import type { Language } from "../wording/language.ts";
import { replacedAt } from "./texts.ts";
import { figuresIn, figuresSaid, isMonth } from "./figures.ts";

export interface Claim {
  text: string;
  /** Places in the list of citations: they adjoin. */
  citations: number[];
}

/** What can bear a claim. */
export interface Support {
  /** The cited lines. */
  said: string;
  /** Where else a name may stand: the path, headings above, the question itself. */
  about: string;
}

/** Stands for a character of a citation. */
const MASK = "\uFFFC";
const ENDS_SENTENCE = new RegExp(
  // Behind a full stop may stand what the sentence is cited by.
  `(?:(?<!(?:^|[\\s(])(?:\\p{L}|\\d{1,2}|\\p{L}\\.\\s?\\p{L}|vs|No|Nr|ca|approx|Dr|Mr|Mrs|St|etc))[.!?…][)"”»*_]*(?=\\s|${MASK}|$)|[。！？])(?:[ \\t]*\\n?[ \\t]*${MASK}+[.,;]?)*`,
  "gu",
);
const BREAKS = /\n\s*\n|\n(?=\s*(?:[-*+•>]|\d+[.)]|#{1,6}|\|)\s?)|(?<!\\)\|/g;
const MOST_NAMED = 5;

/** In the order of the text. `citations` are those that it has, in order. */
export function claimsIn(text: string, citations: readonly FoundCitation[]): Claim[] {
  const masked = replacedAt(
    text,
    citations.map(({ from, to }) => ({ from, to, by: MASK.repeat(to - from) })),
  );
  const ends = [...masked.matchAll(ENDS_SENTENCE), ...masked.matchAll(BREAKS)].map(
    ({ 0: end, index }) => index + end.length,
  );
  const borders = [...new Set([0, ...ends, text.length])].toSorted((one, other) => one - other);
  const claims: Claim[] = [];
  let next = 0;
  for (const [at, from] of borders.slice(0, -1).entries()) {
    const to = borders[at + 1] ?? text.length;
    const own: number[] = [];
    while (next < citations.length && (citations[next]?.from ?? 0) < to) own.push(next++);
    if (own.length > 0)
      claims.push(
        ...claimsOfSentence(
          masked,
          { from, to },
          own.map((index) => ({ index, ...(citations[index] as FoundCitation) })),
        ),
      );
  }
  return claims;
}

function claimsOfSentence(
  masked: string,
  { from, to }: { from: number; to: number },
  citations: readonly (FoundCitation & { index: number })[],
): Claim[] {
  const claims: Claim[] = [];
  let at = from;
  for (const { index, ...citation } of citations) {
    const said = masked.slice(at, citation.from);
    const before = claims.at(-1);
    if (before !== undefined && !/[\p{L}\p{N}]/u.test(said)) before.citations.push(index);
    else claims.push({ text: said, citations: [index] });
    at = citation.to;
  }
  const last = claims.at(-1);
  if (last !== undefined) last.text += ` ${masked.slice(at, to)}`;
  return claims;
}

/** The numbers, dates and names of a claim that do not stand where it is cited, as the claim has them. */
export function missingIn(claim: string, support: Support, language: Language): string[] {
  const text = plainText(claim)
    .replace(/^\s*(?:[-*+•>]\s+|\d+[.)]\s+|#{1,6}\s+)+/, "")
    .replace(/`[^`]*`|https?:\/\/\S+|\uFFFC+/g, " … ")
    .replace(/[*_~]+/g, "");
  const said = figuresSaid(plainText(support.said));
  const figures = figuresIn(text).filter(({ readings }) => !readings.some((reading) => said.has(reading)));
  const known = folded(`${support.said}\n${support.about}`);
  return [
    ...figures.map((figure) => figure.text),
    ...namesIn(text, language).flatMap((name) => missingName(name, known, language)),
  ].slice(0, MOST_NAMED);
}

/** Words in a row, as they stand. */
interface Name {
  words: string[];
  /** One of them would do: words that are capital for another reason may be among them. */
  isLoose: boolean;
}

/** In German every noun is capital: there a name has two such words, or a letter or digit within that no noun has. */
function namesIn(text: string, language: Language): Name[] {
  const names: Name[] = [];
  let run: string[] = [];
  const close = (): void => {
    const marked = run.filter(isMarked);
    if (language !== "de" && run.length > 0) names.push({ words: run, isLoose: false });
    else if (marked.length > 0) names.push({ words: marked, isLoose: false });
    else if (run.length > 1) names.push({ words: run, isLoose: true });
    run = [];
  };
  let behind = 0;
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’&-]*/gu)) {
    const between = text.slice(behind, index);
    const isFirst = behind === 0 || /[.:!?…"“„(]\s*$/.test(between);
    behind = index + word.length;
    if (!/^[\s&]*$/.test(between)) close();
    if (isNameWord(word, isFirst)) run.push(word);
    else close();
  }
  close();
  return names;
}

/** The first word of a sentence is capital anyway. */
function isNameWord(word: string, isFirst: boolean): boolean {
  if (!/^\p{Lu}/u.test(word) || isMonth(word) || word.length < 2) return false;
  return isMarked(word) || !isFirst;
}

function isMarked(word: string): boolean {
  return /^\p{L}.*[\p{Lu}\p{N}]/u.test(word);
}

function missingName({ words, isLoose }: Name, known: string, language: Language): string[] {
  const missing = words.filter((word) => isOfScript(word, known) && !known.includes(stemOf(word, language)));
  if (missing.length === 0 || (isLoose && missing.length < words.length)) return [];
  return [missing.join(" ")];
}

/** A name that the cited place has in another script may be the same. */
function isOfScript(word: string, known: string): boolean {
  return ALPHABETS.every((script) => !script.test(word) || script.test(known));
}

const ALPHABETS = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];
/** In these a name ends by its place in the sentence, on up to two other letters. */
const INFLECTING: ReadonlySet<Language> = new Set(["pl", "ru"]);

/** Without an ending that a sentence puts on a name. */
function stemOf(word: string, language: Language): string {
  const bare = folded(word).replace(language === "tr" ? /['’].*$/ : /['’]s?$/, "");
  if (INFLECTING.has(language)) return bare.length > 4 ? bare.slice(0, -2) : bare;
  return bare.length > 4 ? bare.replace(/(?:es|s|n)$/, "") : bare;
}

function folded(text: string): string {
  return plainText(text).normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
