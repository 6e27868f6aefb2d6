/** What a question asks: its subject as weighted terms, and the kind of answer that would satisfy it. */
import { isClassWord, isStopWord, nameOf, stemsOf, surfaceWords, wordsLike } from "./words.ts";

export type QuestionKind = "default" | "definition" | "number" | "why" | "how" | "example" | "list" | "fact";

export interface Term {
  word: string;
  stem: string;
  /** As `namesIn` has it. */
  name: string;
  synonyms: readonly string[];
  /** What an identifier is made of. */
  parts: readonly string[];
  weight: number;
  /** Of the subject itself: no word of the asking, and not what kind of thing it is. */
  isMain: boolean;
  /** An identifier, or a word in quotes: nothing else stands for it. */
  isName: boolean;
}

export interface Question {
  text: string;
  kind: QuestionKind;
  /** How many, how long, which mode: an answer has a number. */
  asksNumber: boolean;
  /** What an answer has besides the question's own words: a path, a date, a name. */
  wanted: RegExp | undefined;
  terms: readonly Term[];
  words: ReadonlySet<string>;
  /** Neighbouring words, in lower case. */
  phrases: readonly string[];
}

/** Words of the asking, not of the subject. */
const ASKING =
  /^(?:set|put|used?|using|works?|ways?|things?|want|makes?|gets?|possible|best|exactly|look|find|show|much|many|long|kinds?|handle[ds]?|happens?|details?|differences?|differs?|relates?|related|compared?|documents?|documentation|docs?|answer|question|explain|describe|name|call|called|state|stand|often|large|big|cases?)$/i;
/** In a question for a default the documents need not repeat it. */
const OF_DEFAULTS = /^(?:defaults?|unset|omitted|specified|none|nothing)$/i;
const NUMBER =
  /\bhow (?:many|much|long|often|large|big|fast|far|old|high|tall|wide|deep|heavy)\b|\b(?:what|which) (?:\w+ )?(?:limit|size|length|number|port|mode|exit (?:code|status)|interval|percentage|version|u?g?ids?)\b|\b(?:maximum|minimum|number of)\b/i;
const KINDS: readonly [QuestionKind, RegExp][] = [
  ["definition", /^\W*(?:please )?(?:explain|describe)\b/i],
  ["how", /^\W*how (?:do|can|to|should|would)\b(?!.* by default)/i],
  [
    "default",
    /\bdefaults?\b|\bif (?:\S+ is )?(?:none is |nothing is )?(?:specified|not specified|not given|not set|unset|omitted)\b/i,
  ],
  ["why", /^\W*why\b|\b(?:and|stat\w+|say|explain) why\b|\b(?:reason|rationale)s?\b/i],
  ["number", NUMBER],
  [
    "list",
    /^\W*(?:please )?(?:list|name|enumerate)\b|\b(?:all|every) (?:of )?(?:the )?[\w-]+s\b|\bwhat are the\b|\b(?:which|what) (?:[\w-]+ ){0,3}?[\w-]+s (?:[\w-]+ ){0,3}?(?:are (?:there|available|supported|possible|allowed)|exist|can|may|take|have|return)\b|\b(?:which|what) (?:[\w-]+ )?(?:values|options|kinds|types|modes) (?:does|do|of)\b/i,
  ],
  ["example", /\bexamples?\b|\bsnippet\b/i],
  ["how", /\bhow\b|\bsteps? to\b|\bway to\b/i],
  [
    "definition",
    /\bwhat (?:does|do|is|are|was)\b.{1,80}?\b(?:do|mean|return|for|stand for|about|print|specify|control)\b\W*$|^\W*what(?:'s| is| are) (?!.* of )[^,]{1,60}\?*$|\b(?:define|definition|purpose)\b|\bwhat happens (?:when|if) \S+ is (?:set|enabled|given|used)\b/i,
  ],
];
/** By the word after "which": what an answer has to show. */
const WANTED: readonly [RegExp, RegExp][] = [
  [
    /\b(?:which|what) (?:\w+ )?(?:file|directory|folder|path)\b|\bwhere (?:is|are|does|do|must|should)\b/i,
    /[\w~$.}]?\/[\w.~${]|\w\.(?:\w{2,4})\b|\b(?:directory|folder|database|section|file)\b|\b(?:in|at|on|under|near|from) (?:the )?\p{Lu}/u,
  ],
  [/\b(?:which|what) (?:\w+ )?signal\b/i, /\bSIG[A-Z]|\b(?:HUP|TERM|KILL|INT|USR[12]|QUIT)\b/],
  [/\b(?:which|what) (?:\w+ )?(?:option|flag|switch)\b/i, /(?:^|[\s"'`(])--?\w|[A-Z]\w*[A-Z=]|_/],
  [
    /\b(?:which|what) (?:\w+ )?(?:function|method|command|module|variable|directive|hook|program|tool|attribute|keyword|setting|header|property)\b/i,
    /[a-z][_.-][a-z]|\w\(|[a-z][A-Z]|\b[A-Z]{3,}\b|["'`‘“<]\S/,
  ],
  [/\bsince (?:when|which)\b|\b(?:which|what) version\b/i, /\d+\.\d+/],
  [/\b(?:stands? for|short for|abbreviation)\b/i, /\bstands? for\b|\bshort for\b|abbreviat|acronym|\([^)]+\)/i],
  [/\bwhen (?:was|were|did)\b/i, /\b(?:\d{4}|since|until|(?:version|release)s? \d)|\d[.:/-]\d/i],
  [/\b(?:on|in) (?:which|what) (?:date|day|year|month)\b/i, /\d|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b/],
  [/\bwhen\b/i, /\b(?:when|before|after|if|once|as soon as|while|during|every|until|at|on)\b|\d{4}/i],
];
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
    const isBare = isStopWord(word) || (kind === "default" && OF_DEFAULTS.test(word));
    if (isBare && !marked.has(word)) continue;
    const term = termOf(word, { isFirst: at === 0, isMarked: marked.has(word) });
    if ((terms.get(term.stem)?.weight ?? 0) < term.weight) terms.set(term.stem, term);
  }
  const pairs = words.slice(1).map((word, at) => [words[at] ?? "", word] as const);
  return {
    text,
    kind,
    asksNumber: NUMBER.test(text),
    wanted: kind === "fact" || kind === "definition" ? WANTED.find(([cue]) => cue.test(text))?.[1] : undefined,
    terms: [...terms.values()],
    words: new Set(words),
    phrases: pairs.filter((pair) => !pair.some(isStopWord)).map((pair) => pair.join(" ").toLowerCase()),
  };
}

function termOf(word: string, { isFirst, isMarked }: { isFirst: boolean; isMarked: boolean }): Term {
  const isName = isMarked || /[\p{L}\p{N}][._$][\p{L}\p{N}]|\p{Ll}\p{Lu}|^\$|_/u.test(word);
  const [stem = "", ...parts] = stemsOf(word);
  const isAsking = ASKING.test(word) || (isFirst && /^(?:list|enumerate)$/i.test(word));
  const usual = isAsking ? 0.15 : isClassWord(word) ? 0.3 : !isFirst && /^\p{Lu}/u.test(word) ? 1.3 : 1;
  const synonyms = isName ? [] : wordsLike(word).flatMap((one) => stemsOf(one)[0] ?? []);
  return {
    word,
    stem,
    name: nameOf(word),
    synonyms,
    parts,
    weight: isName ? 2 : usual,
    isMain: isName || usual >= 1,
    isName,
  };
}
