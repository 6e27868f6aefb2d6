/** What a question asks: its subject as weighted terms, and the kind of answer that would satisfy it. */
import { isStopWord, stemsOf, surfaceWords, synonymsOf } from "./words.ts";

export type QuestionKind = "default" | "definition" | "number" | "why" | "how" | "example" | "list" | "fact";

export interface Term {
  stem: string;
  word: string;
  synonyms: readonly string[];
  /** What an identifier is made of. */
  parts: readonly string[];
  weight: number;
  /** An identifier, or a word in quotes: nothing else stands for it. */
  isName: boolean;
}

export interface Question {
  text: string;
  kind: QuestionKind;
  /** How many, how long, which mode: an answer has a number. */
  asksNumber: boolean;
  terms: readonly Term[];
  /** Neighbouring words, in lower case. */
  phrases: readonly string[];
}

const NUMBER =
  /\bhow (?:many|much|long|often|large|big|fast|far|old)\b|\b(?:what|which) (?:\w+ )?(?:limit|size|length|number|port|mode|exit (?:code|status)|interval|percentage|version|u?g?ids?)\b|\b(?:maximum|minimum|number of)\b/i;
const KINDS: readonly [QuestionKind, RegExp][] = [
  ["default", /\bdefaults?\b/i],
  ["why", /\bwhy\b|\b(?:reason|rationale)s?\b/i],
  ["number", NUMBER],
  [
    "list",
    /^\W*(?:please )?(?:list|name|enumerate)\b|\b(?:all|every) (?:of )?(?:the )?[\w-]+s\b|\bwhat are the\b|\b(?:which|what) [\w -]+s (?:are there|exist|are (?:available|supported|possible|allowed)|can|may)\b/i,
  ],
  ["example", /\bexamples?\b|\bsnippet\b/i],
  ["how", /\bhow\b|\bsteps? to\b|\bway to\b/i],
  [
    "definition",
    /\bwhat (?:does|do|is|are|was)\b.{1,80}?\b(?:do|mean|return|for|stand for|about|print)\b\W*$|^\W*what(?:'s| is| are) (?:(?:a|an|the) )?[^,]{1,60}\?*$|\b(?:define|definition|explain|describe|purpose)\b/i,
  ],
];
/** Words of the asking, not of the subject; and what a thing is, which a document need not repeat. */
const ASKING =
  /^(?:set|put|used?|using|works?|ways?|things?|want|makes?|gets?|possible|best|exactly|look|find|show|much|many|long|kinds?|handle[ds]?|happens?|details?|differences?|differs?|relates?|related|compared?|documents?|documentation|docs?|answer|question|explain|describe|name|call|called|state|stand|often|large|big|cases?)$/i;
const CLASS =
  /^(?:options?|parameters?|arguments?|functions?|methods?|commands?|variables?|settings?|values?|defaults?|flags?|class|keywords?|directives?|builtins?|modules?|tools?)$/i;
/** Of a long text, its beginning and its end: the rest is material. */
const HEAD = 6000;
const TAIL = 2000;

export function askedPart(text: string): string {
  return text.length <= HEAD + TAIL ? text : `${text.slice(0, HEAD)}\n${text.slice(-TAIL)}`.toWellFormed();
}

/** Pure. */
export function readQuestion(given: string): Question {
  const text = askedPart(given);
  const kind = KINDS.find(([, cue]) => cue.test(text))?.[0] ?? "fact";
  const quotes = text.matchAll(/[`"'“‘]([^`"'”’\n]{2,60})[`"'”’]|(?<!\S)--?(\w[\w-]*)/g);
  const marked = new Set([...quotes].flatMap(([, quoted, flag]) => surfaceWords(quoted ?? flag ?? "")));
  const words = surfaceWords(text);
  const terms = new Map<string, Term>();
  for (const [at, word] of words.entries()) {
    const isBare = isStopWord(word) || (kind === "default" && /^defaults?$/i.test(word));
    if (isBare && !marked.has(word)) continue;
    const term = termOf(word, { isFirst: at === 0, isMarked: marked.has(word) });
    if ((terms.get(term.stem)?.weight ?? 0) < term.weight) terms.set(term.stem, term);
  }
  const pairs = words.slice(1).map((word, at) => [words[at] ?? "", word] as const);
  const phrases = pairs.filter((pair) => !pair.some(isStopWord)).map((pair) => pair.join(" ").toLowerCase());
  return { text, kind, asksNumber: NUMBER.test(text), terms: [...terms.values()], phrases };
}

function termOf(word: string, { isFirst, isMarked }: { isFirst: boolean; isMarked: boolean }): Term {
  const isName = isMarked || /[\p{L}\p{N}][._$][\p{L}\p{N}]|\p{Ll}\p{Lu}|^\p{Lu}{3,}$|^\$|_/u.test(word);
  const [stem = "", ...parts] = stemsOf(word);
  const isAsking = ASKING.test(word) || (isFirst && /^(?:list|enumerate)$/i.test(word));
  const usual = isAsking ? 0.15 : CLASS.test(word) ? 0.3 : !isFirst && /^\p{Lu}/u.test(word) ? 1.3 : 1;
  return { stem, word, synonyms: isName ? [] : synonymsOf(stem), parts, weight: isName ? 2 : usual, isName };
}
