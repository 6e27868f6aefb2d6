/**
 * Which units answer a question best, and whether they answer it at all.
 * 1. A unit is measured by how much of the question's subject it and its surroundings hold, rare words first.
 * 2. It is an answer only where nearly all of that is there, in the entry of the very thing or in the sentence itself, and where
 *    it has what is asked for: a value, a number, a reason, a path, what a name means.
 * 3. What comes close is ranked too, and is never an answer.
 */
import type { Pace } from "../pace.ts";
import {
  CONDITION,
  INJECTION,
  isOfKind,
  isSynopsis,
  LESSER,
  matchOf,
  signsOf,
  TELLS,
  titlesOf,
  type Fit,
  type Match,
} from "./kinds.ts";
import { isProgram } from "./names.ts";
import type { Question, QuestionKind, Term } from "./question.ts";
import type { Unit } from "./units.ts";
import { CLASS, namesIn, stemSet, stemsOf, surfaceWords, synonymsOf } from "./words.ts";

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
/** What is around a sentence counts less where a sentence has to state a fact. */
const BEFORE: Partial<Record<QuestionKind, number>> = { default: 0.75, definition: 0.75, why: 0.75, how: 0.75 };

const NOT_WHAT_IT_IS =
  /^(?:only|now|also|particularly|not|no|still|ignored|deprecated|implied|available|always|never|already|usually|often|useful)$/i;
const WITH = /^\W*(?:with|using)\b/i;
const VERB = /^(?:is|are|was|means?|stands?|lets?|will|must|can|may|has|\p{Ll}{2,}(?:[^su]|[^s]u)s)$/u;
const POINTS_AWAY =
  /^\W*(?:please )?(?:see|refer to|read more|for (?:more|further)|more (?:info|details?|information)|previous topic|next topic)\b|:\s*!?\[[^\]]*\]\([^)]*\)\W*$|\?["'`)*_]*$|\b\d+(?:\.\d+)+\.?$/i;
const CHANGED =
  /^\W*(?:(?:new|added|changed|deprecated|removed|since) (?:in|since|version)|fix(?:ed)?\b|note\b|warning\b|copyright\b)/i;
const LEANS = /^\W*(?:this|it|these|those|they|that|thus|therefore|hence|instead)\b/i;
const ANNOUNCES = /:\W*$/;
/** Of the subject, at least, in an answer. */
const FEWEST: Readonly<Record<QuestionKind, number>> = {
  default: 0.7,
  definition: 0.75,
  number: 0.8,
  fact: 0.8,
  why: 0.75,
  how: 0.72,
  example: 0.7,
  list: 0.8,
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
  const terms = termsIn(question.terms, held);
  const entries = new Map<string, Match>();
  const counts = Map.groupBy(units, ({ path }) => path);
  const asked = { ...question, terms };
  const weights = weightsOf(terms, held);
  const ranked: Ranked[] = [];
  let told = "";
  for (const [at, unit] of units.entries()) {
    await pace.step();
    const { coverage, own, areNamesHeld } = coverageOf(asked, weights, held[at] as Held);
    const place = [unit.path, ...titlesOf(unit), ...unit.headings].join("\n");
    const isAlone = counts.get(unit.path)?.length === 1 && isNameAndMore(unit, asked);
    const entry = isAlone ? "own" : entryOf(unit, asked, entries);
    const isFirst = (isAlone || isStatement(unit)) && (place !== told || entry === "own");
    if (isFirst) told = place;
    const isWhole = areNamesHeld && coverage >= FEWEST[question.kind];
    const isOfSort = isSort(question, held[at] as Held);
    const fit = { unit, entry, isFirst, isAbout: isAbout(unit, asked), own, isWhole, isOfSort };
    const score = coverage + 0.12 * own + signsOf(fit, question) + phraseBonus(unit, question) - malusOf(unit);
    const isAnswer = isWhole && isOfKind(fit, question) && !isEmptyPromise(units, at, question.kind);
    ranked.push({ unit, at, score, coverage, isAnswer });
  }
  return ranked.sort((one, other) => other.score - one.score || one.unit.rank - other.unit.rank || one.at - other.at);
}

/** Whether two units stand under the same label and headings of one document. Pure. */
export function isSamePlace(one: Unit, other: Unit): boolean {
  return placeOf(one) === placeOf(other);
}

function placeOf({ path, label, headings }: Unit): string {
  return [path, label, ...headings].join("\n");
}

/** The words of a file's name and its folder's. Pure. */
export function placeWords(path: string): string {
  const [folder, file = folder] = path.split("/").slice(-2);
  return `${folder} ${file?.replace(/\.\w+$/, "")}`.replace(/[-_.]/g, " ");
}

function heldBy(units: readonly Unit[], at: number, last: Held | undefined): Held {
  const unit = units[at] as Unit;
  const above = units[at - 1];
  const isSame = last !== undefined && above !== undefined && isSamePlace(above, unit);
  const own = wordsIn(unit.text.replace(/\]\([^)]*\)|https?:\/\/\S+/g, " "));
  if (!isSame) {
    const label = wordsIn([...unit.names, unit.label].join(" "));
    const heading = wordsIn(unit.headings.join(" "));
    return { own, label, heading, before: NONE, place: stemSet(placeWords(unit.path)) };
  }
  const isOneBlock = above.block === unit.block && last.before.size < MOST_BEFORE;
  const before = unit.block - above.block > 1 ? NONE : isOneBlock ? new Set([...last.before, ...last.own]) : last.own;
  return { ...last, own, before };
}

/** Stems, and names behind a mark of their own. */
function wordsIn(text: string): Words {
  return new Set([...stemSet(text), ...[...namesIn(text)].map((name) => `=${name}`)]);
}

/** A word made of several counts by its parts only where it nowhere stands whole. */
function termsIn(terms: readonly Term[], held: readonly Held[]): Term[] {
  const isThere = (name: string): boolean =>
    held.some(({ own, label }) => own.has(`=${name}`) || label.has(`=${name}`));
  return terms.map((term) =>
    term.parts.length > 1 && isThere(term.name) ? { ...term, parts: [], isName: true } : term,
  );
}

/** Rare among the candidates counts more. */
function weightsOf(terms: readonly Term[], held: readonly Held[]): number[] {
  return terms.map((term) => {
    const count = held.filter(({ own }) => own.has(term.stem)).length;
    const rarity = Math.log((held.length + 1) / (count + 1)) / Math.log(held.length + 2);
    return term.weight * (0.4 + 0.6 * rarity);
  });
}

function coverageOf({ terms, kind }: Question, weights: readonly number[], held: Held) {
  const sums = { whole: 0, covered: 0, own: 0 };
  let areNamesHeld = true;
  for (const [index, term] of terms.entries()) {
    const weight = weights[index] as number;
    const part = partHeld(term, held, BEFORE[kind] ?? 0.5);
    // What a thing is, its own page need not repeat.
    if (part === 0 && CLASS.test(term.word) && terms.length > 1) continue;
    sums.whole += weight;
    sums.covered += weight * part;
    const isMeant = !term.isName && term.synonyms.some((one) => held.own.has(one));
    sums.own += weight * (held.own.has(term.isName ? `=${term.name}` : term.stem) ? 1 : isMeant ? 0.8 : 0);
    if (term.isName && part < 0.8) areNamesHeld = false;
  }
  const share = (sum: number): number => (sums.whole === 0 ? 1 : sum / sums.whole);
  return { coverage: share(sums.covered), own: share(sums.own), areNamesHeld };
}

function isSort({ sort }: Question, { own, label, heading }: Held): boolean {
  if (sort === undefined) return true;
  return [sort, ...synonymsOf(sort)].some((stem) => own.has(stem) || label.has(stem) || heading.has(stem));
}

function partHeld(term: Term, { own, label, heading, before, place }: Held, around: number): number {
  const { stem, name, synonyms, isName } = term;
  const parts = isName ? stemsOf(term.word).slice(1) : term.parts;
  const isMade = (words: Words): boolean => parts.length > 1 && parts.every((part) => words.has(part));
  const has = (words: Words): boolean => (isName ? words.has(`=${name}`) : words.has(stem) || isMade(words));
  if (has(own) || has(label)) return 1;
  if (has(heading)) return 0.9;
  if (place.has(stem) || isMade(place)) return 0.85;
  const isMeant = (words: Words): boolean => synonyms.some((one) => words.has(one));
  if (isMeant(own) || isMeant(label)) return 0.8;
  if (has(before)) return around;
  return isMeant(heading) || isMeant(before) ? 0.8 * around : 0;
}

/** Also of an item or a row that begins with the name. */
function entryOf(unit: Unit, question: Question, known: Map<string, Match>): Fit["entry"] {
  const titles = titlesOf(unit);
  const key = titles.join("\n");
  const found = known.get(key) ?? bestOf(titles.map((title) => matchOf(title, question)));
  known.set(key, found);
  if (found !== "none" || (unit.kind !== "item" && unit.kind !== "row")) return found;
  const opening = /^(.{1,60}?)(?:\s[-–—|]|:)\s/.exec(unit.text)?.[1] ?? "";
  return opening !== "" && matchOf(opening, question) === "exact" ? "own" : "none";
}

function bestOf(matches: readonly Match[]): Match {
  return matches.find((match) => match === "exact") ?? matches.find((match) => match === "first") ?? "none";
}

/** It says something, and not only how it is written, of what type it is or when it came. */
function isStatement({ kind, text }: Unit): boolean {
  if (kind === "label" || kind === "code" || [CHANGED, POINTS_AWAY, CONDITION].some((sign) => sign.test(text)))
    return false;
  if (kind === "row" || kind === "pair")
    return TELLS.test(text) || (kind === "row" && text.split(/\s+/).length > 5 && !isSynopsis(text));
  return text.split(/\s+/).length > 2 && !isSynopsis(text) && !/^[\w ]{1,20}: \S+$/.test(text);
}

/** All that a document says can be a name and its value: `alpha 111`. */
function isNameAndMore({ kind, text }: Unit, question: Question): boolean {
  const [first = "", ...more] = text.split(/\s+/);
  return kind === "prose" && more.length > 0 && more.length <= 3 && matchOf(first, question) === "exact";
}

/** "The X option …s", "X - …": its subject is what is asked about. */
function isAbout({ kind, text }: Unit, { terms }: Question): boolean {
  if (kind === "label" || kind === "code") return false;
  const named = terms.filter(({ isName }) => isName);
  const wanted = named.length > 0 ? named : terms.filter(({ weight }) => weight >= 1);
  const words = surfaceWords(text.slice(0, 200)).slice(0, 12);
  const verb = words.findIndex((word, at) => at > 0 && VERB.test(word));
  const dash = /\s[-–—|]\s|:\s/.exec(text.slice(0, 80));
  const before = dash === null ? words.slice(0, verb) : surfaceWords(text.slice(0, dash.index));
  if (dash === null && (verb < 0 || words.slice(verb + 1, verb + 3).some((word) => NOT_WHAT_IT_IS.test(word))))
    return false;
  if (wanted.length === 0 || before.length > 2 + 2 * wanted.length) return false;
  const stems = new Set(before.flatMap(stemsOf));
  const others = before.filter(
    (word) =>
      word.length > 3 && !CLASS.test(word) && !stemsOf(word).some((stem) => terms.some((term) => term.stem === stem)),
  );
  const names = namesIn(text.slice(0, 200));
  const isHeld = ({ stem, name, isName }: Term): boolean => (isName ? names.has(name) : true) && stems.has(stem);
  return (
    (others.length === 0 || WITH.test(text)) &&
    wanted.every(
      (term) => isHeld(term) || (!term.isName && term.parts.length > 1 && term.parts.every((part) => stems.has(part))),
    )
  );
}

/** It announces what does not follow. */
function isEmptyPromise(units: readonly Unit[], at: number, asked: QuestionKind): boolean {
  const [unit, next] = [units[at] as Unit, units[at + 1]];
  if (!ANNOUNCES.test(unit.text) || unit.kind === "label") return false;
  const follows = next?.path === unit.path && next.kind !== "prose" && next.kind !== "label";
  return !follows || (asked === "list" && next.kind === "code");
}

function phraseBonus({ label, text }: Unit, { phrases }: Question): number {
  const words = `${label} ${text}`.toLowerCase();
  return Math.min(0.16, 0.08 * phrases.filter((phrase) => words.includes(phrase)).length);
}

function malusOf({ text, kind, path, label, index }: Unit): number {
  let malus = POINTS_AWAY.test(text) ? 0.25 : LEANS.test(text) && index > 0 && label === "" ? 0.1 : 0;
  if (INJECTION.test(text)) malus += 2;
  if (LESSER.test(path) || isProgram(path)) malus += 0.3;
  if (CHANGED.test(text)) malus += 0.2;
  if (kind === "label" || kind === "code") malus += 0.1;
  if (text.split(/\s+/).length < 4 && label === "") malus += 0.15;
  return text.length > 450 ? malus + 0.08 : malus;
}
