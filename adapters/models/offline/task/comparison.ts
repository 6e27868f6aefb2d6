/** "Compare A, B and C by x and y", "the difference between A and B", "A vs B". */
import { aspectsIn, type Aspect } from "./aspects.ts";
import { namesIn } from "./names.ts";

export interface ComparisonTask {
  things: string[];
  aspects: Aspect[];
}

const BY =
  "(?:(?:\\s*[,;:–—]?\\s*(?:on|by|in terms of|with respect to|with regard to|regarding|as to|along|according to|focus(?:s?ing)? on|considering)|\\s*[:–—])\\s+(.+?))?";
const ENDING =
  "(?:\\s+(?:as (?:documented|described)|in (?:these|this|the) (?:docs?|documents?|documentation|library|folder|files?|project|package)s?)\\b.*?)?\\s*(?:[?.!](?=\\s|$)|[:;]|$)";
const FORMS = [
  new RegExp(`\\b(?:compare|contrast|comparison (?:of|between))\\s+(.+?)${BY}${ENDING}`, "iu"),
  new RegExp(`\\bdifferences?\\s+(?:is |are )?(?:there )?between\\s+(.+?)${BY}${ENDING}`, "iu"),
  new RegExp(
    `\\bhow\\s+(?:do|does|is|are)\\s+(.+?\\s+(?:differ from|different from|compare (?:to|with)|compared (?:to|with))\\s+.+?)${BY}${ENDING}`,
    "iu",
  ),
  new RegExp(`\\bhow\\s+do\\s+(.+?)\\s+(?:differ|compare)${BY}${ENDING}`, "iu"),
  new RegExp(
    `(?:^|[.:,]\\s+|\\b(?:use|choose|between|about)\\s+)([^.,:?!]{1,60}?\\s+(?:vs\\.?|versus)\\s+.+?)${BY}${ENDING}`,
    "iu",
  ),
];
const PAIRING = /\s+(?:differ(?:s|ent)? from|compared? (?:to|with))\s+/i;
const COUNTED = /^(?:all|two|three|four|five|six|\d+|different|various|available|its|their)\s/i;

/** Reads a task as a comparison of things that it names; undefined where it is none. Pure. */
export function readComparison(task: string): ComparisonTask | undefined {
  for (const form of FORMS) {
    const match = form.exec(task);
    if (match === null) continue;
    const things = namesIn((match[1] as string).replace(PAIRING, " and "));
    const areNames =
      things.length >= 2 &&
      things.length <= 12 &&
      things.every((thing) => !COUNTED.test(thing) && thing.split(/\s+/).length <= 6);
    if (areNames) return { things, aspects: match[2] === undefined ? [] : aspectsIn(match[2]) };
  }
  return undefined;
}

/** What a comparison looks at where the task does not say. */
export const USUAL_ASPECTS: readonly Aspect[] = [
  { key: "what_it_is", title: "What it is" },
  { key: "how_it_is_used", title: "How it is used" },
  { key: "what_to_watch_out_for", title: "What to watch out for" },
];
