/**
 * Which units answer a question best, and whether they answer it at all. A unit is measured by how much of the question's
 * subject it and its surroundings hold (rare words first), then by signs of the kind of answer that is asked for.
 * An answer is presented only where the subject is there nearly whole; what comes close is shown as that, never as an answer.
 */
import type { Pace } from "../pace.ts";
import { isProgram } from "./blocks.ts";
import type { Question, QuestionKind, Term } from "./question.ts";
import type { Unit } from "./units.ts";
import { stemsOf, stemSet, surfaceWords } from "./words.ts";

export interface Ranked {
  unit: Unit;
  /** Its place among all units. */
  at: number;
  score: number;
  /** The part of the question's subject that it and its surroundings hold, 0 to 1. */
  coverage: number;
  isAnswer: boolean;
}

type Words = ReadonlySet<string>;
type Held = Record<"own" | "label" | "heading" | "before" | "place", Words>;

/** What it is to the question: an entry about the very thing, the first sentence of it, a sentence about it. */
interface Fit {
  isNamed: boolean;
  isFirst: boolean;
  isAbout: boolean;
  own: number;
}

/** Not that it can be another. */
const DEFAULT = /\bdefaults?\b(?! (?:\w+ ){0,4}?(?:can|may|could|should|is not|isn't)\b)/i;
const VALUE_OF_DEFAULT =
  /\bdefaults?(?: \w+){0,3}?(?: (?:is|are|to|of|was))?[:=]? (?:\w+ ){0,2}?["'`‘“\d<(*$/-]|\bdefaults? (?:is|to) \S|[\d"'`\])]\S* (?:\w+ ){0,2}by default|by default[^.]*\d/i;
const NUMBER =
  /(?!^\d+ \p{Lu})\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|zero|none|no limit|unlimited|infinity|never|always|once|daily|weekly)\b/iu;
const REASON =
  /\b(?:because|since|so that|in order to|due to|reason|therefore|avoids?|prevents?|otherwise|why|context)\b/i;
const GIVES_REASONS = /\b(?:context|rationale|motivation|background|reasons?|why)\b/i;
const WAY =
  /^\W*(?:to |use |you (?:can|may|should)|call |set |add |run |pass |create |install |enable |import |specify |configure )|\b(?:you can|can be|by (?:using|calling|setting|passing|adding)|using|use)\b/i;
/** Characters. */
const SHORT_VALUE = 40;
const DEFINES = /\b(?:is|are|was|means?|stands? for|lets?|allows?|will|must|\w{2,}s)\b/i;
const LISTS = /[\w"'`*)-]+, (?:\S+, )*\S+,? (?:and|or) \S|(?:\S+, ){3,}|(?: \| \S+){2,}|:\W*$/;
const INJECTION =
  /\b(?:ignore|disregard|forget)\b.{0,30}\b(?:previous|prior|above|earlier|all)\b.{0,30}\b(?:instructions?|prompts?|rules)\b/i;
const LESSER =
  /(?:^|\/)(?:change-?log|history|changes|releases?|news|version\d|migrat\w+|contributing|security|code_of_conduct|third-?party\w*|licen[cs]e|copying|notice|todo|\w*index)\b[^/]*$|(?:^|\/)(?:tests?|__tests__|fixtures|locales?|i18n|deps|vendor)\//i;
const POINTS_AWAY =
  /^\W*(?:see|refer to|read more|for (?:more|further)|more (?:info|details?|information))\b|:\s*!?\[[^\]]*\]\([^)]*\)\W*$|\?["'`)*_]*$|\b\d+(?:\.\d+)+\.?$/i;
const LEANS = /^\W*(?:this|it|these|those|they|that|thus|therefore|hence|instead)\b/i;
const SENTENCE_WORD = /^[("'`*_]*\p{L}[\p{L}'’-]*[.,;:!?)"'`*_]*$/u;
const ANNOUNCES = /:\W*$/;
const EXPLAINING: ReadonlySet<QuestionKind> = new Set(["definition", "why", "how", "fact"]);
/** Of the subject, at least, in an answer. */
const FEWEST: Readonly<Record<QuestionKind, number>> = {
  ...{ default: 0.65, definition: 0.75, number: 0.78, fact: 0.78, why: 0.7, how: 0.72, example: 0.7, list: 0.78 },
};
const NONE: Words = new Set();
const MOST_BEFORE = 200;

/** Best first; equal ones in reading order. */
export async function rankUnits(units: readonly Unit[], question: Question, pace: Pace): Promise<Ranked[]> {
  const held: Held[] = [];
  for (const at of units.keys()) {
    await pace.step();
    held.push(heldBy(units, at, held[at - 1]));
  }
  const weights = weightsOf(question.terms, held);
  const ranked: Ranked[] = [];
  for (const [at, unit] of units.entries()) {
    await pace.step();
    const { coverage, own, areNamesHeld } = coverageOf(question.terms, weights, held[at] as Held);
    const fit = { ...fitOf(units, at, question), own };
    const score = coverage + 0.12 * own + signsOf(unit, question, fit) + phraseBonus(unit, question) - malusOf(unit);
    const isWhole = areNamesHeld && coverage >= FEWEST[question.kind];
    const isAnswer = isWhole && isOfKind(unit, question, fit) && !isEmptyPromise(units, at, question.kind);
    ranked.push({ unit, at, score, coverage, isAnswer });
  }
  return ranked.sort((one, other) => other.score - one.score || one.unit.rank - other.unit.rank || one.at - other.at);
}

function heldBy(units: readonly Unit[], at: number, last: Held | undefined): Held {
  const unit = units[at] as Unit;
  const above = units[at - 1];
  const isSame = last !== undefined && above !== undefined && isSamePlace(above, unit);
  const own = stemSet(unit.text.replace(/\]\([^)]*\)|https?:\/\/\S+/g, " "));
  if (!isSame) {
    const label = stemSet([...unit.names, unit.label].join(" "));
    return {
      own,
      label,
      heading: stemSet(unit.headings.join(" ")),
      before: NONE,
      place: stemSet(placeWords(unit.path)),
    };
  }
  const isOneBlock = above.block === unit.block && last.before.size < MOST_BEFORE;
  const before = unit.block - above.block > 1 ? NONE : isOneBlock ? new Set([...last.before, ...last.own]) : last.own;
  return { ...last, own, before };
}

/** Whether two units stand under the same label and headings of one document. Pure. */
export function isSamePlace(one: Unit, { path, label, headings }: Unit): boolean {
  return one.path === path && one.label === label && one.headings.join("\n") === headings.join("\n");
}

/** The words of a file's name and its folder's. Pure. */
export function placeWords(path: string): string {
  const [folder, file = folder] = path.split("/").slice(-2);
  return `${folder} ${file?.replace(/\.\w+$/, "")}`.replace(/[-_.]/g, " ");
}

/** Rare among the candidates counts more. */
function weightsOf(terms: readonly Term[], held: readonly Held[]): number[] {
  return terms.map((term) => {
    const count = held.filter(({ own }) => own.has(term.stem)).length;
    const rarity = Math.log((held.length + 1) / (count + 1)) / Math.log(held.length + 2);
    return term.weight * (0.4 + 0.6 * rarity);
  });
}

function coverageOf(terms: readonly Term[], weights: readonly number[], held: Held) {
  const sums = { whole: 0, covered: 0, own: 0 };
  let areNamesHeld = true;
  for (const [index, term] of terms.entries()) {
    const weight = weights[index] as number;
    const part = partHeld(term, held);
    sums.whole += weight;
    sums.covered += weight * part;
    if (held.own.has(term.stem)) sums.own += weight;
    if (term.isName && part < 0.8) areNamesHeld = false;
  }
  const share = (sum: number): number => (sums.whole === 0 ? 1 : sum / sums.whole);
  return { coverage: share(sums.covered), own: share(sums.own), areNamesHeld };
}

function partHeld({ stem, parts, synonyms, isName }: Term, { own, label, heading, before, place }: Held): number {
  const isMade = (words: Words): boolean => parts.length > 1 && parts.every((part) => words.has(part));
  const has = (words: Words): boolean => words.has(stem) || (!isName && isMade(words));
  if (has(own) || has(label)) return 1;
  if (has(heading)) return 0.9;
  if (has(place) || isMade(place)) return 0.85;
  const isMeant = (words: Words): boolean => synonyms.some((one) => words.has(one));
  if (isMeant(own) || isMeant(label)) return 0.8;
  if (has(before)) return 0.75;
  return isMeant(heading) || isMeant(before) ? 0.6 : 0;
}

function fitOf(units: readonly Unit[], at: number, question: Question): Omit<Fit, "own"> {
  const unit = units[at] as Unit;
  const above = units[at - 1];
  const isFirst =
    unit.kind !== "label" &&
    (above === undefined || above.kind === "label" || isSynopsis(above.text) || !isSamePlace(above, unit));
  return { isNamed: isEntryOf(unit, question), isFirst, isAbout: isAboutSubject(unit.text, question) };
}

/** Its label begins with the name that is asked about, to the letter; or it says nothing but what is asked. */
function isEntryOf({ label, names: others, kind, text, headings }: Unit, { terms }: Question): boolean {
  const title = label || (headings.at(-1) ?? "");
  const opening = kind === "item" || kind === "row" ? [text.slice(0, 60)] : [];
  const words = [title, ...others, ...opening].flatMap((one) => surfaceWords(one).slice(0, 3));
  if (terms.some(({ isName, word }) => isName && words.includes(word))) return true;
  const mainTerms = terms.filter(({ weight }) => weight >= 1);
  const main = mainTerms.flatMap(({ stem, synonyms, parts }) => [stem, ...synonyms, ...parts]);
  const isMain = (stem: string): boolean => main.includes(stem);
  if (opening.some((one) => isMain(stemsOf(surfaceWords(one)[0] ?? "")[0] ?? ""))) return true;
  const stems = [...stemSet(title)];
  const count = mainTerms.length;
  if (count > 1 && stems.length >= count && stems.slice(0, count).every(isMain)) return true;
  const known = new Set(terms.flatMap(({ stem, parts, weight }) => (weight >= 0.3 ? [stem, ...parts] : [])));
  return stems.some(isMain) && stems.every((stem) => isMain(stem) || known.has(stem));
}

/** "The X option …", or its value: "X 40". */
function isAboutSubject(text: string, { terms }: Question): boolean {
  const opening = stemSet(surfaceWords(text).slice(0, 9).join(" "));
  const names = terms.filter(({ isName }) => isName);
  const wanted = names.length > 0 ? names : terms.filter(({ weight }) => weight >= 1);
  if (wanted.length === 0 || !wanted.every(({ stem }) => opening.has(stem))) return false;
  const isValue = text.length < SHORT_VALUE && /[\d:=]/.test(text);
  return isValue || DEFINES.test(text.slice(0, 160));
}

/** How a command is written, or a row of figures: less than half of it are words. */
function isSynopsis(text: string): boolean {
  const parts = text.split(/\s+/, 40);
  return parts.length > 2 && parts.filter((part) => SENTENCE_WORD.test(part)).length < parts.length / 2;
}

/** It announces what does not follow. */
function isEmptyPromise(units: readonly Unit[], at: number, asked: QuestionKind): boolean {
  const [unit, next] = [units[at] as Unit, units[at + 1]];
  if (!ANNOUNCES.test(unit.text) || unit.kind === "label") return false;
  const follows = next?.path === unit.path && next.kind !== "prose" && next.kind !== "label";
  return !follows || (asked === "list" && next.kind === "code");
}

type OfKind = (unit: Unit, fit: Fit, asksNumber: boolean) => boolean;

const isFact: OfKind = (_, { isNamed, isFirst, own }) => own >= 0.55 || (isNamed && (own >= 0.3 || isFirst));
const OF_KIND: Readonly<Record<QuestionKind, OfKind>> = {
  default: ({ text }, _, asksNumber) => DEFAULT.test(text) && (!asksNumber || NUMBER.test(text)),
  number: ({ text }, { own }) => NUMBER.test(text) && own >= 0.3,
  definition: (_, { isNamed, isFirst, isAbout }) => (isNamed && isFirst) || isAbout,
  why: ({ text, label, headings }, { own }) =>
    GIVES_REASONS.test(label || (headings.at(-1) ?? "")) || (REASON.test(text) && own >= 0.3),
  list: ({ text }, { isNamed, own }) => (own >= 0.5 || isNamed) && LISTS.test(text),
  ...{ how: isFact, example: isFact, fact: isFact },
};

/** What a list is of stands there in the plural. */
function areMany(text: string, { terms }: Question): boolean {
  const many = terms.filter(({ word, weight, isName }) => weight >= 1 && !isName && /[^s]s$/i.test(word));
  const words = surfaceWords(text).filter((word) => /s$/i.test(word));
  const stems = new Set(words.flatMap(stemsOf));
  return many.length === 0 || many.some(({ stem }) => stems.has(stem));
}

function isOfKind(unit: Unit, question: Question, fit: Fit): boolean {
  const { kind: asked, asksNumber } = question;
  const { text, kind } = unit;
  const isLoose = kind === "prose" && text.length > 200 && !/[.!?:)]\W*$/.test(text);
  if (isLoose || INJECTION.test(text) || (kind === "code" && asked !== "example")) return false;
  if (kind === "label" && asked !== "default" && asked !== "list") return false;
  if (asked === "list" && !areMany(text, question)) return false;
  if (EXPLAINING.has(asked) && isSynopsis(text)) return false;
  return OF_KIND[asked](unit, fit, asksNumber);
}

/** Signs of the kind of answer, each with what it adds. */
function signsOf({ text, kind, label }: Unit, { kind: asked, asksNumber }: Question, fit: Fit): number {
  const { isNamed, isFirst, isAbout } = fit;
  const signs: Partial<Record<QuestionKind, readonly [boolean, number][]>> = {
    default: [
      [DEFAULT.test(text), 0.25],
      [VALUE_OF_DEFAULT.test(text), 0.12],
      [NUMBER.test(text), asksNumber ? 0.15 : 0.05],
    ],
    number: [[NUMBER.test(text), 0.2]],
    definition: [
      [isNamed && isFirst, 0.45],
      [isAbout, 0.2],
    ],
    why: [
      [REASON.test(text), 0.2],
      [GIVES_REASONS.test(label), 0.2],
    ],
    how: [[WAY.test(text), 0.12]],
    example: [
      [kind === "code", 0.2],
      [WAY.test(text), 0.12],
    ],
  };
  return (signs[asked] ?? []).reduce(
    (sum, [holds, bonus]) => sum + (holds ? bonus : 0),
    isNamed && asked !== "why" ? 0.15 : 0,
  );
}

function phraseBonus({ label, text }: Unit, { phrases }: Question): number {
  const words = `${label} ${text}`.toLowerCase();
  return Math.min(0.16, 0.08 * phrases.filter((phrase) => words.includes(phrase)).length);
}

function malusOf({ text, kind, path, label, index }: Unit): number {
  let malus = POINTS_AWAY.test(text) ? 0.25 : LEANS.test(text) && index > 0 && label === "" ? 0.1 : 0;
  if (INJECTION.test(text)) malus += 2;
  if (LESSER.test(path) || isProgram(path)) malus += 0.15;
  if (kind === "label" || kind === "code") malus += 0.1;
  if (text.split(/\s+/).length < 4 && label === "") malus += 0.15;
  return text.length > 450 ? malus + 0.08 : malus;
}
