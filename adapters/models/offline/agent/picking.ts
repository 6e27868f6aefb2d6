/**
 * From ranked units to the few that make an answer: the best, what belongs to them (the list after a colon, the code of the
 * section, the sentence that goes on), and further ones that add something new.
 */
import { readComparison } from "../task/comparison.ts";
import { likeness, NEAR_DUPLICATE } from "../text/likeness.ts";
import { stemSet } from "../text/words.ts";
import { GIVES_REASONS } from "./answer-cues.ts";
import { isSourceCode } from "./blocks.ts";
import type { Question, Term } from "./question.ts";
import type { RankedUnit } from "./ranking.ts";
import type { Unit } from "./units.ts";

/** Units of one place that are shown together, in reading order. */
export interface Finding {
  path: string;
  heading: string | undefined;
  units: Unit[];
  score: number;
}

const MOST_SEEDS = 4;
const MOST_POINTED_SEEDS = 3;
const MOST_LIST_ITEMS = 8;
const MOST_CODE_LINES = 16;
const RELATIVE_FLOOR = 0.84;
/** So much less of the subject than the best one may a further place hold. */
const COVERAGE_LEFT = 0.2;
const MOST_REASONS = 3;
const STATES_TYPE = /^\W*(?:types?|defaults?)\W*:/i;
const GOES_ON =
  /^(?:it|this|that|these|those|they|however|but|also|for example|e\.g\.|otherwise|note|in this case|then|if so|you can)\b/i;

/** Best place first. `all` are the units of the same documents, in reading order. Pure. */
export function pickFindings(
  ranked: readonly RankedUnit[],
  all: readonly Unit[],
  question: Question,
  most = mostSeeds(question),
): Finding[] {
  const seeds = seedsOf(ranked, most);
  const byPlace = new Map<string, Finding>();
  const taken = new Set<Unit>();
  for (const seed of seeds) {
    for (const unit of [seed.unit, ...companions(seed.unit, all, question)]) {
      if (taken.has(unit)) continue;
      taken.add(unit);
      const key = `${unit.path}\n${unit.headings.join("\n")}`;
      const finding = byPlace.get(key) ?? {
        path: unit.path,
        heading: unit.headings.at(-1),
        units: [],
        score: seed.score,
      };
      finding.units.push(unit);
      byPlace.set(key, finding);
    }
  }
  const findings = [...byPlace.values()].sort((one, other) => other.score - one.score);
  for (const finding of findings)
    finding.units.sort((one, other) => one.block - other.block || one.index - other.index);
  return findings;
}

function mostSeeds({ kinds }: Question): number {
  if (kinds.has("default") || kinds.has("licence") || kinds.has("version") || kinds.has("number"))
    return MOST_POINTED_SEEDS;
  return kinds.has("list") ? MOST_SEEDS + 3 : MOST_SEEDS;
}

function seedsOf(ranked: readonly RankedUnit[], most: number): RankedUnit[] {
  const best = ranked[0]?.score ?? 0;
  const seeds: RankedUnit[] = [];
  for (const candidate of ranked) {
    if (seeds.length >= most || candidate.score < best * RELATIVE_FLOOR || candidate.score <= 0) break;
    if (candidate.coverage < (ranked[0]?.coverage ?? 0) - COVERAGE_LEFT) continue;
    if (seeds.some((seed) => likeness(seed.stems, candidate.stems) > NEAR_DUPLICATE)) continue;
    if (seeds.filter((seed) => seed.unit.kind === "code").length > 0 && candidate.unit.kind === "code") continue;
    seeds.push(candidate);
  }
  return seeds;
}

function companions(seed: Unit, all: readonly Unit[], question: Question): Unit[] {
  const at = all.indexOf(seed);
  const own: Unit[] = [];
  const next = all[at + 1];
  if (/[:：]["'`)*_]*$/.test(seed.text)) own.push(...announced(listAfter(all, at), question));
  else if (
    next !== undefined &&
    seed.kind !== "code" &&
    next.path === seed.path &&
    next.block === seed.block &&
    GOES_ON.test(next.text)
  )
    own.push(next);
  if (question.kinds.has("why")) own.push(...reasonsBeside(seed, all));
  if (STATES_TYPE.test(seed.text)) own.push(...descriptionAfter(all, at));
  if (seed.kind === "code") own.push(...captionBefore(all, at));
  else if (question.kinds.has("how") || question.kinds.has("example")) own.push(...codeNear(all, at));
  return own;
}

/** A list belongs whole to a question for a list or a way; to others only those of its items that speak of the subject. */
function announced(units: readonly Unit[], question: Question): Unit[] {
  const isWanted = (["list", "how", "example"] as const).some((kind) => question.kinds.has(kind));
  if (isWanted || readComparison(question.text) !== undefined) return [...units];
  return units.filter((unit) => {
    const stems = stemSet(unit.text.replace(/\]\([^)]*\)/g, " "));
    const sum = (terms: readonly Term[]): number => terms.reduce((total, term) => total + term.weight, 0);
    const held = question.terms.filter((term) => stems.has(term.stem));
    return unit.kind === "code" || sum(held) >= sum(question.terms) / 2;
  });
}

/** What a colon announces: items, rows or code of the blocks that follow. */
function listAfter(all: readonly Unit[], at: number): Unit[] {
  const seed = all[at] as Unit;
  const following = all.slice(at + 1, at + 1 + MOST_LIST_ITEMS);
  const kind = following.find((unit) => unit.block !== seed.block)?.kind;
  if (kind === undefined || kind === "prose") return [];
  const end = following.findIndex((unit) => unit.kind !== kind || !isSamePlace(unit, seed));
  return (end < 0 ? following : following.slice(0, end))
    .filter(isShortEnough)
    .slice(0, kind === "code" ? 1 : MOST_LIST_ITEMS);
}

function codeNear(all: readonly Unit[], at: number): Unit[] {
  const seed = all[at] as Unit;
  // The code below a comment does what it says; only declarations show how to call it.
  if (isSourceCode(seed.path) && !/\.d\.[cm]?ts$/.test(seed.path)) return [];
  const code = all
    .slice(at + 1, at + 8)
    .find((unit) => unit.kind === "code" && isSamePlace(unit, seed) && unit.block - seed.block <= 3);
  return code !== undefined && isShortEnough(code) ? [code] : [];
}

/** What was decided is here; why, under a heading of its own beside it. */
function reasonsBeside(seed: Unit, all: readonly Unit[]): Unit[] {
  const parents = seed.headings.slice(0, -1).join("\n");
  const isBeside = (unit: Unit): boolean =>
    unit.path === seed.path &&
    unit.kind === "prose" &&
    unit.headings.slice(0, -1).join("\n") === parents &&
    GIVES_REASONS.test(unit.headings.at(-1) ?? "");
  return all.filter(isBeside).slice(0, MOST_REASONS);
}

/** "Type: number, default: 3" is followed by what the thing does. */
function descriptionAfter(all: readonly Unit[], at: number): Unit[] {
  const seed = all[at] as Unit;
  const next = all.slice(at + 1).find((unit) => unit.path !== seed.path || unit.block !== seed.block);
  return next !== undefined && next.kind === "prose" && isSamePlace(next, seed) ? [next] : [];
}

/** Code alone says little: the sentence before it belongs to it. */
function captionBefore(all: readonly Unit[], at: number): Unit[] {
  const code = all[at] as Unit;
  const before = all[at - 1];
  return before !== undefined && before.kind !== "code" && isSamePlace(before, code) && code.block - before.block <= 1
    ? [before]
    : [];
}

function isSamePlace(one: Unit, other: Unit): boolean {
  return one.path === other.path && one.headings.join("\n") === other.headings.join("\n");
}

function isShortEnough(unit: Unit): boolean {
  return unit.kind !== "code" || unit.pieces.length <= MOST_CODE_LINES;
}
