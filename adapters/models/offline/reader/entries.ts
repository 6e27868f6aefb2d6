/** Whether a title names what a question is about: `--depth <n>` for "the --depth option", `GC.AUTO` for "gc.auto". Pure. */
import type { Question } from "./question.ts";
import type { Unit } from "./units.ts";
import { CLASS, isStopWord, namesIn, surfaceWords } from "./words.ts";

/** `exact`: it says nothing else; `first`: it begins with the name, and goes on with what may be arguments. */
export type Match = "exact" | "first" | "none";

const ARGUMENTS = /\[[^\]]*\]|<[^>]*>|\([^)]*\)|\{[^}]*\}|=.*$|¶/g;
const NUMBERING = /^(?:\d+\.)*\d+\.?\s+(?=\S)/;
const PARTS = /,|\||\/(?=\W)|\s+or\s+|\s[-–—]+\s|:\s/;
/** What stands in every manual, and names nothing. */
const GENERAL = /^(?:description|names?|overview|summary|introduction|about|purpose|synopsis|usage)$/i;
const MOST_ARGUMENTS = 3;
const LONGEST_TITLE = 120;

/** How a title of one entry matches. */
export function matchOf(title: string, { terms, words }: Question): Match {
  const known = new Set(
    terms.flatMap(({ name, synonyms, parts, isName }) => (isName ? [name] : [name, ...synonyms, ...parts])),
  );
  const names = terms.filter(({ isName }) => isName);
  const main = names.length > 0 ? names : terms.filter(({ weight }) => weight >= 1);
  let best: Match = "none";
  for (const part of title.slice(0, LONGEST_TITLE).replace(NUMBERING, "").split(PARTS)) {
    const own = surfaceWords(part.replace(ARGUMENTS, " ")).filter((word) =>
      /\p{L}/u.test(word)
        ? !isStopWord(word) || words.has(word)
        : names.some(({ name }) => name === word) || known.has(word),
    );
    const [first = ""] = own;
    const isKnown = (word: string): boolean => isNamed(word, known);
    const isMain = (word: string): boolean =>
      main.some(({ name, synonyms }) => isNamed(word, new Set([name, ...synonyms])));
    // "Required option" for `requiredOption`.
    const spelled = own.join("").toLowerCase();
    if (own.length > 1 && names.some(({ name }) => name.replace(/[-_.]/g, "").toLowerCase() === spelled))
      return "exact";
    if (own.length === 0 || !own.some(isMain)) continue;
    if (own.every((word) => isKnown(word) || CLASS.test(word))) return "exact";
    const isName = names.some(({ name }) => isNamed(first, new Set([name]))) || /^\W*[-.$@%&\\]/.test(part);
    if (isMain(first) && isName && own.length <= 1 + MOST_ARGUMENTS && !/\sand\s/.test(part)) best = "first";
  }
  return best;
}

/** The title that a unit stands under: its entry's, else its section's. */
export function titlesOf({ label, names, headings }: Unit): string[] {
  // `Default value:` names what is said of a thing, not the thing.
  const things = [label, ...names].filter((title) => title !== "" && !title.endsWith(":"));
  if (things.length > 0) return things;
  const own = headings.at(-1) ?? "";
  return [GENERAL.test(own) ? (headings.at(-2) ?? own) : own];
}

function isNamed(word: string, names: ReadonlySet<string>): boolean {
  return [...namesIn(word)].some((name) => names.has(name));
}
