/**
 * Which units answer a question best: how much of the question's subject they and their surroundings hold, rare words first,
 * then signs of the kind of answer asked for. Scores lie between 0 and about 1.6; `coverage` alone between 0 and 1.
 */
import { stemSet } from "../text/words.ts";
import { isSourceCode } from "./blocks.ts";
import type { Question, Term } from "./question.ts";
import { cueBonus } from "./answer-cues.ts";
import type { Unit } from "./units.ts";

export interface RankedUnit {
  unit: Unit;
  score: number;
  /** The part of the question's subject that the unit and its headings hold. */
  coverage: number;
  stems: ReadonlySet<string>;
}

/** Up to this weight a word says what is known anyway. */
const GIVEN = 0.3;
const INJECTION =
  /\b(?:ignore|disregard|forget)\b.{0,30}\b(?:previous|prior|above|earlier|all)\b.{0,30}\b(?:instructions?|prompts?|rules)\b/i;
const NOISE = /^(?:\W|_)*(?:\[?!\[|<\/?[a-z]|https?:\/\/\S+$)|^\W*$|table of contents|all rights reserved/i;
const LINKS_ONLY = /^(?:[\s•|,–-]|!?\[[^\]]*\]\([^)]*\)|!?\[[^\]]*\]\[[^\]]*\]|https?:\/\/\S+)+[.:]?$/;
const LESSER_PATH =
  /(?:^|\/)(?:change-?log|history|changes|releases?|migrat\w+|contributing|security|code_of_conduct|third-?party\w*)\b[^/]*$|(?:^|\/)(?:tests?|__tests__|fixtures|locales?|i18n)\//i;
const LEGAL_PATH = /(?:^|\/)(?:licen[cs]e|copying|notice)[^/]*$/i;
const CARRIED_CODE = /(?:^|\/)(?:deps|vendor|third[_-]party|externals?)\//i;
/** A sentence that points elsewhere, or leans on the one before. */
const POINTS_AWAY =
  /^\W*(?:note:|see|you can (?:see|find|read)|refer to|read more|for (?:more|further)|more (?:info|details?|information))\b/i;
const LEANS = /^\W*(?:this|it|these|those|they|that|which|here)\b/i;
const ENDS_ELSEWHERE = /:\s*!?\[[^\]]*\]\([^)]*\)\W*$/;
/** Where links lead: words of it are not words of the text. */
const ADDRESSES = /\]\([^)]*\)|https?:\/\/\S+/g;
const BELONGS = /^(?:#|```)/;

/** Units with their scores, best first; equal ones in reading order. Pure. */
export function rankUnits(units: readonly Unit[], question: Question): RankedUnit[] {
  const kinds = units.map((unit) => ({
    unit,
    own: stemSet(unit.text.replace(ADDRESSES, " ")),
    heading: stemSet(unit.headings.at(-1) ?? ""),
    above: stemSet(unit.headings.join(" ")),
    place: stemSet(placeWords(unit.path)),
  }));
  const weights = termWeights(
    question.terms,
    kinds.map((entry) => entry.own),
  );
  const contexts = blockContexts(kinds);
  const ranked = kinds.map(({ unit, own, heading, above, place }) => {
    const near = contexts.get(contextKey(unit)) ?? own;
    const coverage = covered(question.terms, weights, { own, heading, above, near, place });
    const score = coverage + bonus(unit, question, { own, heading }) - malus(unit, question);
    return { unit, score: coverage < 0.12 ? 0 : score, coverage, stems: own };
  });
  return ranked.sort(
    (one, other) =>
      other.score - one.score ||
      one.unit.rank - other.unit.rank ||
      one.unit.block - other.unit.block ||
      one.unit.index - other.unit.index,
  );
}

/** Rare among the candidates counts more. */
function termWeights(terms: readonly Term[], texts: readonly ReadonlySet<string>[]): number[] {
  return terms.map((term) => {
    const holding = texts.filter((text) => text.has(term.stem)).length;
    return term.weight * (0.6 + Math.log(1 + (texts.length + 1) / (holding + 1)) / Math.log(texts.length + 2));
  });
}

interface Surroundings {
  own: ReadonlySet<string>;
  heading: ReadonlySet<string>;
  above: ReadonlySet<string>;
  near: ReadonlySet<string>;
  place: ReadonlySet<string>;
}

function covered(terms: readonly Term[], weights: readonly number[], where: Surroundings): number {
  let sum = 0;
  let all = 0;
  terms.forEach((term, at) => {
    const weight = weights[at] as number;
    all += weight;
    sum += weight * held(term, where);
  });
  return all === 0 ? 0 : sum / all;
}

function held(term: Term, where: Surroundings): number {
  if (where.own.has(term.stem)) return 1;
  if (where.heading.has(term.stem)) return 0.95;
  if (term.parts.length > 1 && term.parts.every((part) => where.heading.has(part))) return 0.9;
  if (where.above.has(term.stem)) return 0.6;
  if (term.synonyms.some((synonym) => where.own.has(synonym))) return 0.65;
  if (term.synonyms.some((synonym) => where.heading.has(synonym))) return 0.6;
  if (where.place.has(term.stem)) return 0.55;
  if (where.near.has(term.stem)) return 0.45;
  if (term.synonyms.some((synonym) => where.above.has(synonym))) return 0.4;
  return term.parts.length > 0 && term.parts.every((part) => where.own.has(part) || where.above.has(part)) ? 0.35 : 0;
}

function bonus(
  unit: Unit,
  question: Question,
  where: { own: ReadonlySet<string>; heading: ReadonlySet<string> },
): number {
  const lower = unit.text.toLowerCase();
  const phrase = question.phrases.some((words) => lower.includes(words)) ? 0.12 : 0;
  const heading =
    where.heading.size > 0 &&
    [...where.heading].every((stem) =>
      question.terms.some(
        (term) =>
          term.weight > GIVEN && (term.stem === stem || term.synonyms.includes(stem) || term.parts.includes(stem)),
      ),
    )
      ? 0.22
      : 0;
  const early = unit.block < 4 ? 0.04 : 0;
  const foundEarly = Math.max(0, 0.08 - unit.rank * 0.02);
  const complete = unit.kind === "prose" && /[.!。:]["'`)*_]*$/.test(unit.text) && unit.text.length > 30 ? 0.05 : 0;
  return phrase + heading + early + foundEarly + complete + cueBonus(unit, question, where.own);
}

/** What speaks against a unit as an answer: by its words, then by where it stands. */
function malus(unit: Unit, question: Question): number {
  return INJECTION.test(unit.text) ? 2 : malusOfWords(unit, question) + malusOfPlace(unit, question);
}

function malusOfWords(unit: Unit, question: Question): number {
  const { text } = unit;
  if (unit.kind === "code") return 0;
  let malus = 0;
  if (LINKS_ONLY.test(text)) malus += 0.6;
  else if (NOISE.test(text) && !BELONGS.test(text)) malus += 0.25;
  if (text.split(/\s+/).length < 5 && !/[\d`:]/.test(text)) malus += 0.2;
  if (/\?["'`)*_]*$/.test(text)) malus += 0.25;
  if (POINTS_AWAY.test(text)) malus += 0.25;
  if (ENDS_ELSEWHERE.test(text)) malus += 0.2;
  if (question.kinds.has("how") && /^\W*if\b/i.test(text)) malus += 0.1;
  if (LEANS.test(text) && unit.index > 0) malus += 0.15;
  return text.length > 450 ? malus + 0.1 : malus;
}

function malusOfPlace(unit: Unit, question: Question): number {
  const isCode = unit.kind === "code";
  let malus = isCode && !question.kinds.has("how") && !question.kinds.has("example") ? 0.15 : 0;
  if (isCode && unit.pieces.length > 16) malus += 0.15;
  if (LESSER_PATH.test(unit.path)) malus += 0.15;
  if (LEGAL_PATH.test(unit.path) && !question.kinds.has("licence")) malus += 0.4;
  if (isSourceCode(unit.path)) malus += isCode ? 0.4 : 0.12;
  return CARRIED_CODE.test(unit.path) ? malus + 0.15 : malus;
}

function placeWords(path: string): string {
  return path
    .split("/")
    .slice(-3)
    .join(" ")
    .replace(/\.\w+$/, "");
}

function contextKey(unit: Unit): string {
  return `${unit.path}\n${unit.block}`;
}

/** The stems of each block with those of the block before it. */
function blockContexts(entries: readonly { unit: Unit; own: ReadonlySet<string> }[]): Map<string, Set<string>> {
  const contexts = new Map<string, Set<string>>();
  for (const { unit, own } of entries) {
    for (const key of [contextKey(unit), `${unit.path}\n${unit.block + 1}`]) {
      const context = contexts.get(key) ?? new Set<string>();
      for (const stem of own) context.add(stem);
      contexts.set(key, context);
    }
  }
  return contexts;
}
