/**
 * Which units answer a question best, and whether they answer it at all.
 * 1. A unit is measured by how much of the question's subject it and its surroundings hold, rare words first.
 * 2. It is an answer only where nearly all of that is there, in the entry of the very thing or in the sentence itself, and where
 *    it has what is asked for: a value, a number, a reason, a path, what a name means.
 * 3. What comes close is ranked too, and is never an answer.
 */
import type { Pace } from "../pace.ts";
import {
  INJECTION,
  isOfKind,
  isSynopsis,
  isLesser,
  matchOf,
  POINTS_AWAY,
  signsOf,
  titlesOf,
  type Fit,
  type Match,
} from "./kinds.ts";
import type { Question, QuestionKind, Term } from "./question.ts";
import type { Unit } from "./units.ts";
import { CLASS, namesIn, stemSet, stemsOf } from "./words.ts";

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
const CHANGED =
  /^\W*(?:(?:new|added|changed|deprecated|removed|since) (?:in|since|version)|fix(?:ed)?\b|note\b|warning\b|copyright\b)/i;
const ANNOUNCES = /:\W*$/;
/** Of the subject, at least, in an answer: less where what is around it belongs to it, more where it has to state a fact by itself. */
const FEWEST = { around: 0.74, alone: 0.8 };
/** How much that counts which only the sentences before it hold. */
const BEFORE = { around: 0.75, alone: 0.5 };
const ALONE: ReadonlySet<QuestionKind> = new Set(["number", "fact", "list", "relation"]);
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
  const matches = new Map<string, Match>();
  const counts = Map.groupBy(units, ({ path }) => path);
  const asked = { ...question, terms };
  const weights = weightsOf(terms, held);
  const ranked: Ranked[] = [];
  let told = "";
  for (const [at, unit] of units.entries()) {
    await pace.step();
    if (INJECTION.test(unit.text)) continue;
    const { coverage, own, areNamesHeld } = coverageOf(asked, weights, held[at] as Held);
    const place = [unit.path, ...titlesOf(unit), ...unit.headings].join("\n");
    const entry = entryOf(unit, asked, { matches, isAlone: counts.get(unit.path)?.length === 1 });
    const isFirst = entry === "own" || (isStatement(unit) && place !== told);
    if (isFirst) told = place;
    const isWhole = areNamesHeld && coverage >= FEWEST[measureOf(question)];
    const fit = { unit, entry, isFirst, own, isWhole };
    const score = coverage + 0.12 * own + signsOf(fit, question) - (isLesser(unit.path) ? 0.3 : 0);
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

function measureOf({ kind }: Question): "around" | "alone" {
  return ALONE.has(kind) ? "alone" : "around";
}

function coverageOf(question: Question, weights: readonly number[], held: Held) {
  const { terms } = question;
  const sums = { whole: 0, covered: 0, own: 0 };
  let areNamesHeld = true;
  for (const [index, term] of terms.entries()) {
    const weight = weights[index] as number;
    const part = partHeld(term, held, BEFORE[measureOf(question)]);
    // What a thing is, its own page need not repeat.
    if (part === 0 && CLASS.test(term.word) && terms.length > 1) continue;
    sums.whole += weight;
    sums.covered += weight * part;
    const isMeant = !term.isName && term.synonyms.some((one) => held.own.has(one));
    sums.own += weight * (held.own.has(term.isName ? `=${term.name}` : term.stem) ? 1 : isMeant ? 0.8 : 0);
    if ((term.isName && part < 0.8) || (term.isNeeded && part === 0)) areNamesHeld = false;
  }
  const share = (sum: number): number => (sums.whole === 0 ? 1 : sum / sums.whole);
  return { coverage: share(sums.covered), own: share(sums.own), areNamesHeld };
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

/** Also of an item or a row that begins with the name, and of all that a document says: `alpha 111`. */
function entryOf(
  { kind, text, ...unit }: Unit,
  question: Question,
  { matches, isAlone }: { matches: Map<string, Match>; isAlone: boolean },
): Fit["entry"] {
  const titles = titlesOf(unit);
  const key = titles.join("\n");
  const found = matches.get(key) ?? bestOf(titles.map((title) => matchOf(title, question)));
  matches.set(key, found);
  const isBrief = isAlone && kind === "prose" && text.split(/\s+/).length <= 4;
  if (!isBrief && (found !== "none" || (kind !== "item" && kind !== "row"))) return found;
  const opening = (isBrief ? /^(\S+)\s/ : /^(.{1,60}?)(?:\s[-–—|]|:)\s/).exec(text)?.[1] ?? "";
  return opening !== "" && matchOf(opening, question) === "exact" ? "own" : found;
}

function bestOf(matches: readonly Match[]): Match {
  return matches.find((match) => match === "exact") ?? matches.find((match) => match === "first") ?? "none";
}

/** It says something, and not only how it is written, of what type it is or when it came. */
function isStatement({ kind, text }: Unit): boolean {
  if (kind === "label" || kind === "code" || CHANGED.test(text) || POINTS_AWAY.test(text)) return false;
  if (kind === "row" || kind === "pair") return kind === "row" && text.split(/\s+/).length > 5 && !isSynopsis(text);
  return text.split(/\s+/).length > 2 && !isSynopsis(text) && !/^[\w ]{1,20}: \S+$/.test(text);
}

/** It announces what does not follow. */
function isEmptyPromise(units: readonly Unit[], at: number, asked: QuestionKind): boolean {
  const [unit, next] = [units[at] as Unit, units[at + 1]];
  if (!ANNOUNCES.test(unit.text) || unit.kind === "label") return false;
  const follows = next?.path === unit.path && next.kind !== "prose" && next.kind !== "label";
  return !follows || (asked === "list" && next.kind === "code");
}
