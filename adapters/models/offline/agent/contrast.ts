/** How several things differ: the sentences that name at least two of them, those with a word of contrast first. */
import { readComparison } from "../task/comparison.ts";
import { stemSet } from "../text/words.ts";
import { coreTerms } from "./subject-aspects.ts";
import { isSourceCode } from "./blocks.ts";
import type { Unit } from "./units.ts";

const CONTRAST =
  /\b(?:unlike|whereas|while|instead|differ(?:s|ence|ences|ent)?|rather than|than|compared|but|in contrast|on the other hand|however|similar(?:ly)?|same|not|before|after)\b/i;

/** The units that can answer a question about differences; undefined where the question is another. Pure. */
export function contrastingUnits(question: string, units: readonly Unit[]): Unit[] | undefined {
  const comparison = readComparison(question);
  if (comparison === undefined) return undefined;
  const cores = comparison.things.map(coreTerms).filter((core) => core.length > 0);
  const named = (unit: Unit): number => {
    const stems = stemSet(`${unit.text} ${unit.headings.at(-1) ?? ""}`);
    return cores.filter((core) => core.every((term) => stems.has(term.stem))).length;
  };
  const own = units.filter((unit) => unit.kind !== "code" && !isSourceCode(unit.path) && named(unit) >= 2);
  const contrasting = own.filter((unit) => CONTRAST.test(unit.text) && !isEnumeration(unit));
  return contrasting.length > 0 ? [...contrasting, ...listsAfter(contrasting, units)] : [];
}

/** "The main differences are:" is answered by what follows. */
function listsAfter(seeds: readonly Unit[], units: readonly Unit[]): Unit[] {
  return seeds
    .filter((seed) => /:\W*$/.test(seed.text))
    .flatMap((seed) => {
      const at = units.indexOf(seed);
      const end = units.findIndex((unit, index) => index > at && (unit.kind !== "item" || unit.path !== seed.path));
      return units.slice(at + 1, end < 0 ? undefined : end);
    });
}

function isEnumeration(unit: Unit): boolean {
  return (unit.text.match(/,/g)?.length ?? 0) > 6;
}
