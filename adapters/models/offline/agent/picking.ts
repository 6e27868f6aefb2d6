/**
 * From ranked units to the few that make an answer: the best, what belongs to them (the list after a colon, the code of the
 * section, the sentence that goes on), and further ones that add something new.
 */
import { likeness, NEAR_DUPLICATE } from "../text/likeness.ts";
import type { Question } from "./question.ts";
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
const RELATIVE_FLOOR = 0.8;
const GOES_ON =
  /^(?:it|this|that|these|those|they|however|but|also|for example|e\.g\.|otherwise|note|in this case|then|if so|you can)\b/i;

/** Best place first. `all` are the units of the same documents, in reading order. Pure. */
export function pickFindings(ranked: readonly RankedUnit[], all: readonly Unit[], question: Question): Finding[] {
  const seeds = seedsOf(ranked, mostSeeds(question));
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
  if (/[:：]["'`)*_]*$/.test(seed.text)) own.push(...listAfter(all, at));
  else if (
    next !== undefined &&
    seed.kind !== "code" &&
    next.path === seed.path &&
    next.block === seed.block &&
    GOES_ON.test(next.text)
  )
    own.push(next);
  if (seed.kind === "code") own.push(...captionBefore(all, at));
  else if (question.kinds.has("how") || question.kinds.has("example")) own.push(...codeNear(all, at));
  return own;
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
  const code = all
    .slice(at + 1, at + 8)
    .find((unit) => unit.kind === "code" && isSamePlace(unit, seed) && unit.block - seed.block <= 3);
  return code !== undefined && isShortEnough(code) ? [code] : [];
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
