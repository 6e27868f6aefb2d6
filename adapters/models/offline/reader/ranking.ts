/**
 * Which units answer a question best, and whether they answer it at all.
 * 1. A unit is measured by how much of the question's subject it and its surroundings hold, rare words first.
 * 2. It is an answer only where nearly all of that is there, in the entry of the very thing or in the sentence itself, and where
 *    it has what is asked for (`kinds.ts`).
 * 3. What comes close is ranked too, and is never an answer.
 */
import type { Pace } from "../pace.ts";
import { isAnswerTo, malusOf, showsKind, startsEntry, type Fit } from "./kinds.ts";
import type { Question, Term } from "./question.ts";
import { matchOf, titlesOf, type Match } from "./titles.ts";
import type { Place, Unit } from "./units.ts";
import { isClassWord, namesIn, stemSet, stemsOf } from "./words.ts";

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
interface Around {
  names: Words;
  headings: Words;
  file: Words;
}
interface Held {
  own: Words;
  around: Around;
  /** Of the sentences before it, where it goes on with them. */
  before: Words;
  /** Of the one before, where a pronoun stands for what that is about. */
  meant: Words;
}

const NONE: Words = new Set();
const MOST_BEFORE = 200;
const PRONOUN = /^\W*(?:it|they|he|she)\b/i;
/** How much of the subject has to be held, and what the sentences before count: stricter where any number could pass for an answer. */
const USUAL = { least: 0.72, before: 0.75 };
const OF_NUMBERS = { least: 0.8, before: 0.5 };
/** What the words of a unit's surroundings count. */
const PARTS = { headings: 0.9, file: 0.85, meant: 0.82 };
/** Best first; equal ones in reading order. */
export async function rankUnits(units: readonly Unit[], given: Question, pace: Pace): Promise<Ranked[]> {
  const held = await heldBy(units, pace);
  const question = { ...given, terms: weighed(given.terms, held) };
  const entries = new Map<Place, { entry: Match; thing: string }>();
  const told = new Set<string>();
  const ranked: Ranked[] = [];
  for (const [at, unit] of units.entries()) {
    await pace.step();
    const words = held[at] as Held;
    const { coverage, own, areNamesHeld } = coverageOf(question, words);
    const { entry, thing } = entries.get(unit.place) ?? entryOf(unit.place, question);
    entries.set(unit.place, { entry, thing });
    const isFirst = !told.has(thing) && startsEntry(unit, question);
    if (isFirst) told.add(thing);
    const fit: Fit = { unit, next: units[at + 1], entry, isFirst, own };
    const phrases = `${unit.place.names.at(-1) ?? ""} ${unit.text}`.toLowerCase();
    const said = question.phrases.filter((phrase) => phrases.includes(phrase)).length;
    const score = coverage + 0.12 * own + showsKind(fit, question) + Math.min(0.16, 0.08 * said) - malusOf(unit);
    const isHeld = areNamesHeld && coverage >= (question.kind === "number" ? OF_NUMBERS : USUAL).least;
    ranked.push({ unit, at, score, coverage, isAnswer: isHeld && isAnswerTo(fit, question) });
  }
  return ranked.sort(
    (one, other) => other.score - one.score || one.unit.place.rank - other.unit.place.rank || one.at - other.at,
  );
}

async function heldBy(units: readonly Unit[], pace: Pace): Promise<Held[]> {
  const places = new Map<Place, Around>();
  const held: Held[] = [];
  for (const [at, unit] of units.entries()) {
    await pace.step();
    const around = places.get(unit.place) ?? aroundIn(unit.place);
    places.set(unit.place, around);
    const own = wordsIn(unit.text.replace(/\]\([^)]*\)|https?:\/\/\S+/g, " "));
    const before = beforeOf(units, at, held[at - 1]);
    const meant = PRONOUN.test(unit.text) && before !== NONE ? (held[at - 1]?.own ?? NONE) : NONE;
    held.push({ own, around, before, meant });
  }
  return held;
}

function aroundIn({ names, headings, path }: Place): Around {
  return { names: wordsIn(names.join(" ")), headings: wordsIn(headings.join(" ")), file: stemSet(fileWords(path)) };
}

/** `thing`: the same for all places that tell of one thing. */
function entryOf(place: Place, question: Question): { entry: Match; thing: string } {
  const titles = titlesOf(place);
  const matches = titles.map((title) => matchOf(title, question));
  const entry = matches.find((one) => one === "exact") ?? matches.find((one) => one === "first") ?? "none";
  return { entry, thing: [place.path, ...place.headings, ...titles].join("\n") };
}

/** The words of a file's name and its folder's. Pure. */
export function fileWords(path: string): string {
  const [folder, file = folder] = path.split("/").slice(-2);
  return `${folder} ${file?.replace(/\.\w+$/, "")}`.replace(/[-_.]/g, " ");
}

function beforeOf(units: readonly Unit[], at: number, last: Held | undefined): Words {
  const [above, unit] = [units[at - 1], units[at]];
  if (last === undefined || above?.place !== unit?.place || unit === undefined || above === undefined) return NONE;
  if (unit.block - above.block > 1) return NONE;
  return above.block === unit.block && last.before.size < MOST_BEFORE
    ? new Set([...last.before, ...last.own])
    : last.own;
}

/** Stems, and names behind a mark of their own. */
function wordsIn(text: string): Words {
  const words = stemSet(text);
  for (const name of namesIn(text)) words.add(`=${name}`);
  return words;
}

/** Rare among the candidates counts more. A word made of several counts by its parts only where it nowhere stands whole. */
function weighed(terms: readonly Term[], held: readonly Held[]): Term[] {
  return terms.map((term) => {
    const count = held.filter(({ own }) => own.has(term.stem)).length;
    const rarity = Math.log((held.length + 1) / (count + 1)) / Math.log(held.length + 2);
    const isThere = held.some(({ own, around }) => own.has(`=${term.name}`) || around.names.has(`=${term.name}`));
    const whole = term.parts.length > 1 && isThere ? { parts: [], isName: true } : {};
    return { ...term, ...whole, weight: term.weight * (0.4 + 0.6 * rarity) };
  });
}

function coverageOf({ terms, kind }: Question, held: Held) {
  const sums = { whole: 0, covered: 0, own: 0 };
  let areNamesHeld = true;
  for (const term of terms) {
    const part = partHeld(term, held, (kind === "number" ? OF_NUMBERS : USUAL).before);
    // What a thing is, its own page need not repeat.
    if (part === 0 && isClassWord(term.word) && terms.length > 1) continue;
    const isOwn = held.own.has(term.isName ? `=${term.name}` : term.stem);
    const isMeant = !term.isName && (held.meant.has(term.stem) || term.synonyms.some((one) => held.own.has(one)));
    sums.whole += term.weight;
    sums.covered += term.weight * part;
    sums.own += term.weight * (isOwn ? 1 : isMeant ? PARTS.meant : 0);
    if (term.isName && part < 0.8) areNamesHeld = false;
  }
  const share = (sum: number): number => (sums.whole === 0 ? 1 : sum / sums.whole);
  return { coverage: share(sums.covered), own: share(sums.own), areNamesHeld };
}

function partHeld(term: Term, held: Held, ofBefore: number): number {
  const { own, around, before, meant } = held;
  const { names, headings, file } = around;
  const { stem, name, synonyms, isName } = term;
  const parts = isName ? stemsOf(term.word).slice(1) : term.parts;
  const isMade = (words: Words): boolean => parts.length > 1 && parts.every((part) => words.has(part));
  const has = (words: Words): boolean => (isName ? words.has(`=${name}`) : words.has(stem) || isMade(words));
  if (has(own) || has(names)) return 1;
  if (has(headings)) return PARTS.headings;
  if (file.has(stem) || isMade(file)) return PARTS.file;
  const isMeant = (words: Words): boolean => synonyms.some((one) => words.has(one));
  if (isMeant(own) || isMeant(names) || has(meant)) return PARTS.meant;
  if (has(before)) return ofBefore;
  return isMeant(headings) || isMeant(before) ? PARTS.meant * ofBefore : 0;
}
