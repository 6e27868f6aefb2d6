/** What each kind of question takes for an answer: a value, a number, a reason, a way, what a name means. Pure. */
import { isProgram } from "./lines.ts";
import type { Question, QuestionKind, Term } from "./question.ts";
import { matchOf, type Match } from "./titles.ts";
import type { Unit } from "./units.ts";
import { isClassWord, isStopWord, namesIn, stemsOf, stemSet, surfaceWords } from "./words.ts";

export interface Fit {
  unit: Unit;
  next: Unit | undefined;
  /** Whether it stands in the entry of what is asked about. */
  entry: Match;
  /** The first of its entry that says what the thing is or does. */
  isFirst: boolean;
  /** The part of the subject that it holds itself, 0 to 1. */
  own: number;
}

const NUMBER =
  /(?<![\p{L}_-])(?!^\d+ \p{Lu})\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|zero|none|no limit|unlimited|infinity|never|always|once|daily|weekly)\b/iu;
/** Not that it can be another, and not that it is a default elsewhere. */
const DEFAULT =
  /\bdefaults?\b(?! (?:\w+ ){0,4}?(?:can|may|could|should|is not|isn't)\b)|\bif (?:it is )?(?:not specified|not given|not set|unset|omitted)\b/i;
const VALUE_OF_DEFAULT =
  /\bdefaults?(?: \w+){0,3}?(?: (?:is|are|to|of|was))?[:=]? (?:\| )?(?:\w+ ){0,2}?["'`‘“\d<(*$/-]|\bdefaults? (?:is|are|to) \S|^\W*defaults?(?: value)?\W*[:|=]|\((?:the )?default|[\d"'`\])]\S* (?:\w+ ){0,2}by default|by default[^.]*\d|^\W*\S*[\d/"'`]\S* (?:is|are) the default\b|\b(?:specified|given|set|unset|omitted)\b.*\bused\b/i;
/** What holds only then is not what is asked for. */
const CONDITIONAL = /\b(?:if|when|where|unless) [^,.]+, (?:\w+ ){0,3}?defaults?\b/i;
/** The name of what stands beside or below it: `Default value:`, `Context`. */
const FIELD = /^\W*(?:defaults?(?: values?)?|context|rationale|motivation|background|reasons?|why)\W*$/i;
const REASON =
  /\b(?:because|since|so that|in order to|due to|reason|therefore|avoids?|prevents?|otherwise|why|context)\b/i;
const GIVES_REASONS = /\b(?:context|rationale|motivation|background|reasons?|why)\b/i;
const WAY =
  /^\W*(?:to |use |you (?:can|may|should)|call |set |add |run |pass |create |install |enable |import |specify |configure )|\b(?:you can|can be|by (?:using|calling|setting|passing|adding)|using|use)\b/i;
const LISTS = /[\w"'`*)-]+, (?:\S+, )*\S+,? (?:and|or) \S|(?:\S+, ){3,}|:\W*$/;
const INJECTION =
  /\b(?:ignore|disregard|forget)\b.{0,30}\b(?:previous|prior|above|earlier|all)\b.{0,30}\b(?:instructions?|prompts?|rules)\b/i;
/** Where it is told what was, is to be, or is not the matter; and what is asked of that. */
const LESSER =
  /(?:^|\/)(?:change-?log|history|changes|release-?s?(?:notes)?|relnotes?|news|whats-?new|upgrading|proposals?|version\d|migrat\w+|contributing|security|code_of_conduct|third-?party\w*|licen[cs]e|copying|notice|todo|[\w-]*index)\b(?:[^/]*$|\/)|(?:^|\/)(?:tests?|__tests__|fixtures|locales?|i18n|deps|vendor)\//i;
const PAST =
  /\b(?:since|new|news|changed?|changes|version|release|deprecated|removed|licen[cs]e|security|copyright)\b/i;
const POINTS_AWAY =
  /^\W*(?:please )?(?:see|refer to|read more|for (?:more|further)|more (?:info|details?|information)|previous topic|next topic)\b|:\s*!?\[[^\]]*\]\([^)]*\)\W*$|\?["'`)*_]*$|\b\d+(?:\.\d+)+\.?$/i;
const VERB = /^(?:is|are|was|means?|stands?|lets?|will|must|can|may|has|\p{Ll}{2,}(?:[^su]|[^s]u)s)$/u;
const IS_BESIDE = /^.{0,80}?\b(?:is|are) (?:only|also|not|no|still|now|always|never|available|ignored|deprecated)\b/i;
const SENTENCE_WORD = /^[("'`*_‘“]*\p{L}[\p{L}'’-]*[.,;:!?)"'`*_’”]*$/u;

/** What shows that a unit is of a kind. */
const SIGNS: Readonly<Partial<Record<QuestionKind, RegExp>>> = {
  default: VALUE_OF_DEFAULT,
  number: NUMBER,
  why: REASON,
  how: WAY,
  example: WAY,
};

const RULES: Readonly<Record<QuestionKind, (fit: Fit, question: Question) => boolean>> = {
  default: ({ unit }, { asksNumber, terms }) =>
    statesDefault(withField(unit), terms) && (!asksNumber || NUMBER.test(unit.text)),
  number: ({ unit: { text }, own, entry }) => NUMBER.test(text) && (own >= 0.6 || (entry === "exact" && own >= 0.3)),
  definition: (fit, question) =>
    ((fit.entry !== "none" && fit.isFirst) || isAbout(fit.unit, question)) &&
    question.wanted?.test(fit.unit.text) !== false,
  why: ({ unit, own }) => GIVES_REASONS.test(titleOf(unit)) || (REASON.test(unit.text) && own >= 0.4),
  list: ({ unit: { text }, entry, own }, question) =>
    (own >= 0.7 || entry !== "none") && LISTS.test(text) && areMany(text, question),
  how: (fit, question) => isFact(fit, question) && (WAY.test(fit.unit.text) || fit.entry !== "none"),
  example: isFact,
  fact: isFact,
};

/** It says something besides what the question says, and of what is wanted. */
function isFact({ unit, entry, own, isFirst }: Fit, { wanted = /[\p{L}\p{N}]/u, terms }: Question): boolean {
  if (own < 0.5 && !(entry === "exact" && (own >= 0.3 || isFirst))) return false;
  const asked = new Set(terms.map(({ stem }) => stem));
  const isAsked = (word: string): boolean => {
    const [whole = "", ...parts] = stemsOf(surfaceWords(word)[0] ?? "");
    return asked.has(whole) || (parts.length > 0 && parts.every((part) => asked.has(part)));
  };
  const others = `${titleOf(unit)} ${unit.text}`.split(/\s+/).filter((word) => !isAsked(word));
  return wanted.test(others.join(" "));
}

/** Whether a unit that holds the subject says what is asked for. */
export function isAnswerTo(fit: Fit, question: Question): boolean {
  const { kind, text, place } = fit.unit;
  const asked = question.kind;
  if (INJECTION.test(text) || (LESSER.test(place.path) && !PAST.test(question.text))) return false;
  if (kind === "code") return (asked === "example" || asked === "how") && fit.own >= 0.85;
  if (asked !== "default" && asked !== "list" && (kind === "name" || isSynopsis(text))) return false;
  return !isVain(fit, asked) && RULES[asked](fit, question);
}

/** It announces what does not follow. */
function isVain({ unit: { kind, text, place }, next }: Fit, asked: QuestionKind): boolean {
  if (kind === "name" || !/:\W*$/.test(text)) return false;
  const follows = next?.place.path === place.path && next.kind !== "prose" && next.kind !== "name";
  return !follows || (asked === "list" && next.kind === "code");
}

/** What a unit scores above what it holds, for being of the kind that is asked for. */
export function showsKind({ unit, entry, isFirst }: Fit, question: Question): number {
  const isDefinition = question.kind === "definition";
  const isExample = question.kind === "example" && unit.kind === "code";
  return [
    [SIGNS[question.kind]?.test(withField(unit)), 0.2],
    [isDefinition && entry !== "none" && isFirst, 0.45],
    [isExample || (isDefinition && isAbout(unit, question)), 0.2],
    [entry === "first", 0.1],
    [entry === "exact", 0.2],
  ].reduce((sum, [holds, bonus]) => sum + (holds === true ? Number(bonus) : 0), 0);
}

/** What it scores below, for being what seldom is an answer. */
export function malusOf({ text, kind, place: { path } }: Unit): number {
  return [
    [INJECTION.test(text), 2],
    [POINTS_AWAY.test(text), 0.25],
    [LESSER.test(path) || isProgram(path), 0.3],
    [kind === "name" || kind === "code", 0.1],
  ].reduce((sum, [holds, malus]) => sum + (holds === true ? Number(malus) : 0), 0);
}

/** It says something, and not only how it is written, of what type it is or when it came. A name and its value do: `alpha 111`. */
export function startsEntry({ kind, text }: Unit, question: Question): boolean {
  if (kind === "name" || kind === "code" || POINTS_AWAY.test(text)) return false;
  const [first = "", ...more] = text.split(/\s+/, 7);
  if (kind === "row") return more.length > 4 && text.includes(" | ") && !isSynopsis(text);
  if (more.length > 1) return !isSynopsis(text) && !/^[\w ]{1,20}: \S+$/.test(text);
  return !more.every(isClassWord) && matchOf(first, question) === "exact";
}

/** "The X option …s", "X - …", "With X …": it opens with what is asked about, or with what that is called under these titles. */
function isAbout({ kind, text, place }: Unit, { terms }: Question): boolean {
  if (kind === "name" || kind === "code" || IS_BESIDE.test(text)) return false;
  const isOf = (words: ReadonlySet<string>, { stem, parts }: Term): boolean =>
    words.has(stem) || (parts.length > 1 && parts.every((part) => words.has(part)));
  const words = surfaceWords(text.slice(0, 200));
  const isAsked = (word: string): boolean =>
    isStopWord(word) || isClassWord(word) || terms.some((term) => isOf(new Set(stemsOf(word)), term));
  const end = words.findIndex((word) => !isAsked(word));
  const isValue = text.split(/\s+/, 5).length < 5 || /\s[-–—|]\s|:\s/.test(text.slice(0, 80));
  const isStatement = isValue || words.slice(1, end + 3).some((word) => VERB.test(word));
  if (end < 1 || !isStatement) return false;
  const subject = new Set(words.slice(0, end).flatMap(stemsOf));
  const around = stemSet([...place.names, ...place.headings].join(" "));
  const main = terms.filter(({ isMain }) => isMain);
  return main.some((term) => isOf(subject, term)) && main.every((term) => isOf(subject, term) || isOf(around, term));
}

function titleOf({ place: { names, headings } }: Unit): string {
  return names.at(-1) ?? headings.at(-1) ?? "";
}

function withField({ text, place }: Unit): string {
  const name = place.names.at(-1) ?? "";
  return FIELD.test(name) ? `${name} ${text}` : text;
}

/** A value of this, not this as the value of something else: "x defaults to the y option" says nothing of y. */
function statesDefault(text: string, terms: readonly Term[]): boolean {
  if (!DEFAULT.test(text) || !VALUE_OF_DEFAULT.test(text) || CONDITIONAL.test(text)) return false;
  const value = surfaceWords(/\bdefaults?(?: \w+)?:? (?:to|is|are) (.{1,60})/i.exec(text)?.[1] ?? "").slice(0, 3);
  return !terms.some(({ isName, name }) => isName && value.some((word) => namesIn(word).includes(name)));
}

/** What a list is of stands there in the plural. */
function areMany(text: string, { terms }: Question): boolean {
  const many = terms.filter(({ word, isName, isMain }) => isMain && !isName && /[^s]s$/i.test(word));
  const stems = new Set(
    surfaceWords(text)
      .filter((word) => /s$/i.test(word))
      .flatMap(stemsOf),
  );
  return many.length === 0 || many.some(({ stem }) => stems.has(stem));
}

/** How a command is written, or a row of figures: less than half of it are words. */
function isSynopsis(text: string): boolean {
  const parts = text.split(/[\s|]+/, 40);
  return parts.length > 2 && parts.filter((part) => SENTENCE_WORD.test(part)).length <= parts.length / 2;
}
