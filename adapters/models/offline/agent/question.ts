/** What a question asks: its subject as weighted terms, and the kind of answer that would satisfy it. */
import { stemsOf, surfaceWords } from "../text/words.ts";
import { isStopWord } from "../text/stop-words.ts";
import { synonymsOf } from "../text/synonyms.ts";

export type QuestionKind =
  "definition" | "how" | "why" | "when" | "number" | "default" | "version" | "licence" | "list" | "example" | "fact";

export interface Term {
  stem: string;
  synonyms: readonly string[];
  /** What an identifier is made of; each alone says little. */
  parts: readonly string[];
  /** 1 for a common word; more for a name, an identifier or a quoted word. */
  weight: number;
}

export interface Question {
  text: string;
  kinds: ReadonlySet<QuestionKind>;
  terms: readonly Term[];
  /** Neighbouring words of the question, and what stands in quotes or back ticks, in lower case. */
  phrases: readonly string[];
}

const CUES: readonly [QuestionKind, RegExp][] = [
  [
    "definition",
    /\bwhat(?:'s| is| are| does)\b.{0,60}?\b(?:it|mean|do|for|about)?\b\??$|\bdefine\b|\bdefinition\b|\bpurpose\b|\bwhat it is\b/i,
  ],
  ["how", /\bhow\b(?! (?:many|much|long|often|large|big|old|fast))|\bsteps? to\b|\bway to\b|\bset ?up\b|\binstall\b/i],
  ["why", /\bwhy\b|\breasons?\b|\brationale\b/i],
  ["when", /\bwhen\b|\bdate\b|\bsince\b|\bwhich year\b/i],
  [
    "number",
    /\bhow (?:many|much|long|often|large|big|fast)\b|\blimit\b|\bmaximum\b|\bminimum\b|\bsize\b|\bnumber of\b/i,
  ],
  ["default", /\bdefaults?\b/i],
  ["version", /\bversions?\b/i],
  ["licence", /\blicen[cs]e/i],
  [
    "list",
    /\bwhich\b.*\b(?:are|exist|available|supported)\b|\bwhich \w+s\b.*\b(?:accepts?|supports?|offers?|has|have|takes?)\b|\blist\b|\bwhat are\b|\ball (?:the )?\w+s\b|\boptions\b/i,
  ],
  ["example", /\bexamples?\b|\bsnippet\b|\bcode\b|\busage\b/i],
];

/** Words of the asking, not of the subject. */
const ASKING =
  /^(?:set|add|put|change|use|used|using|work|works|way|ways|thing|things|need|needs|needed|want|make|makes|get|possible|best|exactly|look|find|show|much|many|long|kind|kinds|handle[ds]?|handling|happens?|detail|details|difference|differences|compare|comparison|contrast|summary|summarise|summarize|overview|documents?|documentation|docs?|folder|answer|question|explain|describe)$/;
/** Verbs of an order, and a subject elsewhere: "List the names", "a list of names". */
const ORDERING = /^(?:list|name|state|give|tell|find|explain|describe|show)$/;

/** Characters of what is asked that are looked at: the rest, in the middle, is material, and patterns over it take too long. */
const HEAD = 6000;
const TAIL = 2000;

export function askedPart(text: string): string {
  return text.length <= HEAD + TAIL ? text : `${text.slice(0, HEAD)}\n${text.slice(-TAIL)}`.toWellFormed();
}

/** Reads a question. Pure. */
export function readQuestion(given: string): Question {
  const text = askedPart(given);
  const terms = new Map<string, Term>();
  const marked = new Set(
    [...text.matchAll(/[`"'“]([^`"'”]{2,60})[`"'”]/g)].flatMap((match) => surfaceWords(match[1] as string)),
  );
  surfaceWords(text).forEach((word, at) => {
    const lower = word.toLowerCase();
    if (isStopWord(lower)) return;
    const weight = weightOf(word, { isFirst: at === 0, isMarked: marked.has(word) });
    const [whole, ...parts] = stemsOf(word);
    if (whole !== undefined) addTerm(terms, { stem: whole, synonyms: synonymsOf(whole), parts, weight });
  });
  return { text, kinds: kindsOf(text), terms: [...terms.values()], phrases: phrasesOf(text) };
}

function addTerm(terms: Map<string, Term>, term: Term): void {
  const known = terms.get(term.stem);
  if (known === undefined || known.weight < term.weight) terms.set(term.stem, term);
}

function weightOf(word: string, place: { isFirst: boolean; isMarked: boolean }): number {
  const lower = word.toLowerCase();
  if (place.isFirst && ORDERING.test(lower)) return 0.1;
  if (ASKING.test(lower) && !place.isMarked) return 0.35;
  if (place.isMarked) return 2;
  if (/[\p{Ll}\p{N}][\p{Lu}_.]|_|\$|^\p{Lu}{2,}$/u.test(word)) return 1.8;
  if (!place.isFirst && /^\p{Lu}/u.test(word)) return 1.5;
  return word.length > 3 ? 1 : 0.8;
}

function kindsOf(text: string): Set<QuestionKind> {
  const kinds = new Set<QuestionKind>();
  for (const [kind, cue] of CUES) if (cue.test(text)) kinds.add(kind);
  if (kinds.size > 1 && (kinds.has("default") || kinds.has("version") || kinds.has("licence") || kinds.has("number")))
    kinds.delete("definition");
  if (kinds.size === 0) kinds.add("fact");
  return kinds;
}

function phrasesOf(text: string): string[] {
  const phrases = [...text.matchAll(/[`"“]([^`"”]{3,60})[`"”]/g)].map((match) => (match[1] as string).toLowerCase());
  const words = surfaceWords(text).map((word) => word.toLowerCase());
  for (let at = 1; at < words.length; at += 1) {
    const [before, word] = [words[at - 1] as string, words[at] as string];
    if (!isStopWord(before) && !isStopWord(word)) phrases.push(`${before} ${word}`);
  }
  return phrases;
}
