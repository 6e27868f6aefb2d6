/** Whether a title, or the beginning of a text, is the name of what a question asks about. Pure. */
import type { Question } from "./question.ts";
import type { Place } from "./units.ts";
import { isClassWord, isStopWord, namesIn, surfaceWords } from "./words.ts";

/** `exact`: it says nothing else; `first`: it begins with the name, and goes on with what may be arguments. */
export type Match = "exact" | "first" | "none";

const ARGUMENTS = /\[[^\]]*\]|<[^>]*>|\([^)]*\)|\{[^}]*\}|=.*$|¶/g;
const NUMBERING = /^(?:\d+\.)*\d+\.?\s+(?=\S)/;
const PARTS = /,|\||\/(?=\W)|\s+or\s+|\s[-–—]+\s|:\s/;
/** What stands in every manual, and names nothing. */
const GENERAL = /^(?:description|names?|overview|summary|introduction|about|purpose|synopsis|usage)$/i;
const MOST_ARGUMENTS = 3;
const LONGEST_TITLE = 160;

export function matchOf(title: string, { terms, words }: Question): Match {
  const known = new Set(
    terms.flatMap(({ name, synonyms, parts, isName }) => [name, ...(isName ? [] : [...synonyms, ...parts])]),
  );
  const names = terms.filter(({ isName }) => isName);
  const main = names.length > 0 ? names : terms.filter(({ isMain }) => isMain);
  const mainNames = new Set(main.flatMap(({ name, synonyms }) => [name, ...synonyms]));
  const has = (some: ReadonlySet<string>, word: string): boolean => namesIn(word).some((name) => some.has(name));
  let best: Match = "none";
  for (const part of title.slice(0, LONGEST_TITLE).replace(NUMBERING, "").split(PARTS)) {
    const own = surfaceWords(part.replace(ARGUMENTS, " ")).filter((word) =>
      /\p{L}/u.test(word) ? !isStopWord(word) || words.has(word) : known.has(word),
    );
    const [first = ""] = own;
    // "Required option" for `requiredOption`.
    const spelled = own.join("").toLowerCase();
    if (own.length > 1 && names.some(({ name }) => name.replace(/[-_.]/g, "").toLowerCase() === spelled))
      return "exact";
    if (!own.some((word) => has(mainNames, word))) continue;
    if (own.every((word) => has(known, word) || (isClassWord(word) && !/[^s]s$/.test(word)))) return "exact";
    const isName = has(new Set(names.map(({ name }) => name)), first) || /^\W*[-.$@%&\\]/.test(part);
    if (has(mainNames, first) && isName && own.length <= 1 + MOST_ARGUMENTS && !/\sand\s/.test(part)) best = "first";
  }
  return best;
}

/** The titles that a place is about: its entry's, else its section's. */
export function titlesOf({ names, headings }: Place): string[] {
  // `Default value:` names what is said of a thing, not the thing.
  const things = names.filter((title) => !title.endsWith(":")).toReversed();
  if (things.length > 0) return things;
  const own = headings.at(-1) ?? "";
  return [GENERAL.test(own) ? (headings.at(-2) ?? own) : own];
}
