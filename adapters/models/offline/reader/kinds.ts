/** What each kind of question takes for an answer: a value, a number, a reason, a way, what a name means. Pure. */
import type { Question, QuestionKind, Term } from "./question.ts";
import type { Unit } from "./units.ts";
import { CLASS, isStopWord, namesIn, stemsOf, surfaceWords } from "./words.ts";

export interface Fit {
  unit: Unit;
  /** Whether it stands in the entry of what is asked about. */
  entry: Match | "own";
  /** The first of its entry that says what the thing is or does. */
  isFirst: boolean;
  isAbout: boolean;
  /** The part of the subject that it holds itself, 0 to 1. */
  own: number;
  /** With what is around it, it holds nearly all of it. */
  isWhole: boolean;
  /** It, or its title, names what kind of thing is asked for, where the question does. */
  isOfSort: boolean;
}

const NUMBER =
  /(?!^\d+ \p{Lu})\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|zero|none|no limit|unlimited|infinity|never|always|once|daily|weekly)\b/iu;
/** Not that it can be another, and not that it is a default elsewhere. */
const DEFAULT = /\bdefaults?\b(?! (?:\w+ ){0,4}?(?:can|may|could|should|is not|isn't)\b)/i;
const VALUE_OF_DEFAULT =
  /\bdefaults?(?: \w+){0,3}?(?: (?:is|are|to|of|was))?[:=]? (?:\| )?(?:\w+ ){0,2}?["'`‘“\d<(*$/-]|\bdefaults? (?:is|are|to) \S|^\W*defaults?(?: value)?\W*[:|=]|\((?:the )?default|[\d"'`\])]\S* (?:\w+ ){0,2}by default|by default[^.]*\d|^\W*\S*[\d/"'`]\S* (?:is|are) the default\b/i;
/** What holds only then is not what is asked for. */
const CONDITIONAL = /\b(?:if|when|where|unless) [^,.]+, (?:\w+ ){0,3}?defaults?\b/i;
/** The name of what stands beside or below it: `Default value:`. */
const DEFAULT_FIELD = /^\W*defaults?(?: values?)?\W*$/i;
const REASON =
  /\b(?:because|since|so that|in order to|due to|reason|therefore|avoids?|prevents?|otherwise|why|context)\b/i;
const GIVES_REASONS = /\b(?:context|rationale|motivation|background|reasons?|why)\b/i;
const WAY =
  /^\W*(?:to |use |you (?:can|may|should)|call |set |add |run |pass |create |install |enable |import |specify |configure )|\b(?:you can|can be|by (?:using|calling|setting|passing|adding)|using|use)\b/i;
const LISTS = /[\w"'`*)-]+, (?:\S+, )*\S+,? (?:and|or) \S|(?:\S+, ){3,}|:\W*$/;
export const INJECTION =
  /\b(?:ignore|disregard|forget)\b.{0,30}\b(?:previous|prior|above|earlier|all)\b.{0,30}\b(?:instructions?|prompts?|rules)\b/i;
/** What was, is to be, or is not the matter. */
export const LESSER =
  /(?:^|\/)(?:change-?log|history|changes|release-?s?(?:notes)?|relnotes?|news|whats-?new|upgrading|proposals?|version\d|migrat\w+|contributing|security|code_of_conduct|third-?party\w*|licen[cs]e|copying|notice|todo|\w*index)\b(?:[^/]*$|\/)|(?:^|\/)(?:tests?|__tests__|fixtures|locales?|i18n|deps|vendor)\//i;
export const CONDITION = /\bonly (?:available|used|valid|supported|if|when)\b|\b(?:is|are) valid for\b/i;
const BESIDE_THE_MATTER = /^(?:see also|index|search|related)$/i;
export const TELLS = /^\W*(?:description|purpose|summary|meaning)\W/i;
const SENTENCE_WORD = /^[("'`*_‘“]*\p{L}[\p{L}'’-]*[.,;:!?)"'`*_’”]*$/u;
/** Asked of what was or has changed. */
const PAST =
  /\b(?:since|new|news|changed?|changes|version|release|deprecated|removed|licen[cs]e|security|copyright)\b/i;

function isFact({ unit, entry, own, isFirst }: Fit, { wanted, terms }: Question): boolean {
  const asked = new Set(terms.map(({ stem }) => stem));
  const others =
    wanted === undefined
      ? ""
      : unit.text
          .split(/\s+/)
          .filter((word) => !stemsOf(surfaceWords(word)[0] ?? "").some((stem) => asked.has(stem)))
          .join(" ");
  return (
    (own >= 0.6 || ((entry === "exact" || entry === "own") && (own >= 0.3 || isFirst))) &&
    wanted?.test(others) !== false
  );
}

const OF_KIND: Readonly<Record<QuestionKind, (fit: Fit, question: Question) => boolean>> = {
  default: ({ unit, entry, own, isWhole, isOfSort }, { asksNumber, terms }) =>
    isOfSort &&
    (entry !== "none" || own >= 0.5 || (unit.label !== "" && isWhole)) &&
    statesDefault(withField(unit), terms) &&
    (!asksNumber || NUMBER.test(unit.text)),
  number: ({ unit: { text }, own, entry }) => NUMBER.test(text) && (own >= 0.6 || (entry === "exact" && own >= 0.3)),
  definition: ({ unit: { text }, entry, isFirst, isAbout }, { wanted }) =>
    ((entry !== "none" && isFirst) || isAbout) && wanted?.test(text) !== false,
  why: ({ unit: { text, label, headings }, own }) =>
    GIVES_REASONS.test(label || (headings.at(-1) ?? "")) || (REASON.test(text) && own >= 0.4),
  list: ({ unit: { text }, entry, own }) => (own >= 0.7 || entry !== "none") && LISTS.test(text),
  how: (fit, question) =>
    fit.unit.kind === "code"
      ? fit.own >= 0.85
      : isFact(fit, question) && (WAY.test(fit.unit.text) || fit.entry !== "none"),
  example: isFact,
  fact: isFact,
};

function withField({ text, label }: Unit): string {
  return DEFAULT_FIELD.test(label) ? `${label} ${text}` : text;
}

/** A value of this, not this as the value of something else: "x defaults to the y option" says nothing of y. */
function statesDefault(text: string, terms: readonly Term[]): boolean {
  if (!DEFAULT.test(text) || !VALUE_OF_DEFAULT.test(text) || CONDITIONAL.test(text)) return false;
  const value = surfaceWords(/\bdefaults?(?: \w+)?:? (?:to|is|are) (.{1,60})/i.exec(text)?.[1] ?? "").slice(0, 3);
  return !terms.some(({ isName, name }) => isName && value.some((word) => namesIn(word).has(name)));
}

/** What a list is of stands there in the plural. */
function areMany(text: string, { terms }: Question): boolean {
  const many = terms.filter(({ word, weight, isName }) => weight >= 1 && !isName && /[^s]s$/i.test(word));
  const words = surfaceWords(text).filter((word) => /s$/i.test(word));
  const stems = new Set(words.flatMap(stemsOf));
  return many.length === 0 || many.some(({ stem }) => stems.has(stem));
}

export function isOfKind(fit: Fit, question: Question): boolean {
  const { kind: asked } = question;
  const { text, kind } = fit.unit;
  if (isBesideTheMatter(fit.unit, question) || INJECTION.test(text)) return false;
  if (kind === "code" && asked !== "example" && asked !== "how") return false;
  if (kind === "label" && asked !== "default" && asked !== "list") return false;
  if (asked === "list" && !areMany(text, question)) return false;
  if (asked !== "default" && asked !== "list" && kind !== "code" && isSynopsis(text) && !TELLS.test(text)) return false;
  return OF_KIND[asked](fit, question);
}

/** Of the page, of what was, or torn out of its sentence. */
function isBesideTheMatter(unit: Unit, { text: asked }: Question): boolean {
  const { text, kind, path, headings } = unit;
  const titles = [...titlesOf(unit), headings.at(-1) ?? ""];
  const isLoose = kind === "prose" && text.length > 200 && !/[.!?:)]\W*$/.test(text);
  return isLoose || titles.some((title) => BESIDE_THE_MATTER.test(title)) || (LESSER.test(path) && !PAST.test(asked));
}

export function signsOf({ unit, entry, isFirst, isAbout }: Fit, { kind: asked, asksNumber }: Question): number {
  const { text, kind, label } = unit;
  const said = withField(unit);
  const signs: Partial<Record<QuestionKind, readonly [boolean, number][]>> = {
    default: [
      [DEFAULT.test(said), 0.25],
      [VALUE_OF_DEFAULT.test(said), 0.12],
      [NUMBER.test(text), asksNumber ? 0.15 : 0.05],
    ],
    number: [[NUMBER.test(text), 0.2]],
    definition: [
      [entry !== "none" && isFirst, 0.45],
      [isAbout, 0.2],
    ],
    why: [
      [REASON.test(text), 0.2],
      [GIVES_REASONS.test(label), 0.2],
    ],
    how: [[WAY.test(text), 0.12]],
    example: [
      [kind === "code", 0.2],
      [WAY.test(text), 0.12],
    ],
  };
  const named = asked === "why" || entry === "none" ? 0 : entry === "first" ? 0.1 : 0.2;
  return (signs[asked] ?? []).reduce((sum, [holds, bonus]) => sum + (holds ? bonus : 0), named);
}

/** How a command is written, or a row of figures: less than half of it are words. */
export function isSynopsis(text: string): boolean {
  const parts = text.split(/\s+/, 40);
  return parts.length > 2 && parts.filter((part) => SENTENCE_WORD.test(part)).length <= parts.length / 2;
}

/** `exact`: it says nothing else; `first`: it begins with the name, and goes on with what may be arguments. */
export type Match = "exact" | "first" | "none";

const ARGUMENTS = /\[[^\]]*\]|<[^>]*>|\([^)]*\)|\{[^}]*\}|=.*$|¶/g;
const NUMBERING = /^(?:\d+\.)*\d+\.?\s+(?=\S)/;
const PARTS = /,|\||\/(?=\W)|\s+or\s+|\s[-–—]+\s|:\s/;
/** What stands in every manual, and names nothing. */
const GENERAL = /^(?:description|names?|overview|summary|introduction|about|purpose|synopsis|usage)$/i;
const MOST_ARGUMENTS = 3;
const LONGEST_TITLE = 120;

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
