/**
 * How agents cite: `"words" [path:line]`, or `[path:first-last]` where the words run over several lines. One form for every model, so
 * that `engine/policy/answer/check-citations.ts` can check each citation against the document without a model.
 */
import { listed, oneLine } from "../../../state/plain-text.ts";

export const CITATION_RULE = [
  "Cite every fact that you take from a document right after it, in exactly this form:",
  '"words copied letter by letter" [path:line]',
  "The path and the line number are those that the tools showed. Words that run over several lines are cited by the first and the",
  "last of them, as in [path:12-14]. Shorten by quoting less, never by changing a letter.",
].join("\n");

/** Lines of one document, 1-based, both inclusive. */
export interface Place {
  path: string;
  first: number;
  last: number;
}

export interface Citation extends Place {
  quote: string;
}

/** A citation where a text has it, in whatever form. */
export interface FoundCitation {
  /** Empty: none stands before the place. */
  quote: string;
  /** Several in one pair of brackets: the words stand in one of them. At least one. */
  places: Place[];
  /** Its stretch of the text: from the quote, where it has one, to behind the place. */
  from: number;
  to: number;
  /** A path and a line without brackets: a citation only where there is such a document. */
  isBare: boolean;
}

/** Words between straight or typographic quotes; they may run over a line end, as prose that is wrapped does. */
const QUOTE = /(?:"([^"]{1,2000})"|“([^“”]{1,2000})”|„([^„“”]{1,2000})[“”]|«([^«»]{1,2000})»)/.source;
/** A path may hold brackets in pairs, as in `app/[slug]/page.tsx` and `[[...rest]].tsx`. */
const PATH = /(?:[^[\]\n|]|\[\[?[^[\]\n|]*\]\]?)/.source;
/** Within wide brackets it holds none of them: each would be looked behind, to the end of the line. */
const PATH_IN_WIDE = /(?:[^[\]【】\n|]|\[\[?[^[\]【】\n|]*\]\]?)/.source;
/** Between a path and its lines: `a.md:12`, `a.md:L12`, `a.md#L12`, `a.md, lines 12-14`. */
const AT = String.raw`(?::L?|#L|,?[ ](?:[Ll]ines?|L)[ ]?)`;
/** What a bracket holds; the brackets of some models are wide. */
const BRACKET = new RegExp(
  `[[【]((?:(?<=\\[)${PATH}+?|(?<=【)${PATH_IN_WIDE}+?)${AT}\\d{1,9}[^[\\]【】\\n|]{0,1000})[\\]】]`,
).source;
/** Between a quote and its place: a blank, a line end, the end of an emphasis or of a clause. */
const GAP = /[\s*_.,;:)–—-]{0,6}/.source;
const TICK = "`";
const NUMBERS = String.raw`\d{1,9}(?:[-–]L?\d{1,9})?`;
/** A path without blanks, and its lines: `docs/a.md:12`, `docs/a.md (line 12)`, as it stands in prose, in parentheses or in backticks. */
const BARE =
  String.raw`(?<![\p{L}\p{N}_@/.\\-])((?:[\p{L}\p{N}_@.-]+\/)*[\p{L}\p{N}_@-][\p{L}\p{N}_@.-]*\.[A-Za-z]\w{0,7}` +
  String.raw`${TICK}?(?:${AT}${NUMBERS}|[ ]\([Ll]ines?[ ]${NUMBERS}\)))(?![\w/:])`;
/** Behind a quote: in parentheses, in backticks, or where a link leads to. */
const BESIDE = String.raw`(?:\[[^\]\n]{1,80}\])?\((?:see )?${TICK}?${BARE}${TICK}?\)|${TICK}${BARE}${TICK}`;
const ANY = new RegExp(`(?:${QUOTE}${GAP}(?:${BRACKET}|${BESIDE}))|${BRACKET}|${BARE}`, "gu");
const PLACE = new RegExp(String.raw`^(.+?)(?:${AT}|[ ]\([Ll]ines?[ ])(\d{1,9})(?:\s?[-–]\s?L?(\d{1,9}))?\)?\s?$`, "s");
/** As unquoted places begin that are no addresses, times and slices of arrays. */
const LIKE_A_PATH = /^(?![a-z]+:\/\/)(?=.*\/|.*\.(?!(?:com|org|net|io|dev)$)[A-Za-z]\w{0,7}$)/;
/** An index or a slice stands behind what it is taken of. */
const INDEXED = /[\w)\]]$/;

/** All citations in a text, in order. Pure; its time grows with the text. */
export function findCitations(text: string): FoundCitation[] {
  const written = writtenOut(text);
  const listed = listedSources(text);
  if (listed.length === 0) return written;
  const numbered = numberedIn(text, listed);
  const named = new Set(numbered.flatMap(({ sources }) => sources));
  const isSource = ({ from }: FoundCitation): boolean =>
    listed.some((source) => named.has(source) && from >= source.from && from < source.to);
  return [...written.filter((one) => !isSource(one)), ...numbered].toSorted((one, other) => one.from - other.from);
}

function writtenOut(text: string): FoundCitation[] {
  return [...text.matchAll(ANY)].flatMap((match) => {
    const [whole, ...groups] = match;
    const quote = groups.slice(0, 4).find((words) => words !== undefined) ?? "";
    const [quoted, inParentheses, inTicks, bracket, bare] = groups.slice(4);
    const places = placesIn(quoted ?? inParentheses ?? inTicks ?? bracket ?? bare ?? "");
    const found = { quote, places, from: match.index, to: match.index + whole.length, isBare: bare !== undefined };
    if (places.length === 0) return [];
    if (bracket === undefined) return [found];
    const isIndex = INDEXED.test(text.slice(Math.max(0, match.index - 1), match.index));
    return !isIndex && places.every(({ path }) => LIKE_A_PATH.test(path)) ? [found] : [];
  });
}

/** A line of a list of sources: `[1] docs/a.md:12`, `[^1]: …`, `1. docs/a.md:12`. */
const SOURCE = /^[ \t]*(?:[-*+][ \t]+)?(?:\[\^?(\d{1,3})\][:.]?|(\d{1,3})[.)])[ \t]+(\S[^\n]*)$/gm;
const NUMBERED = new RegExp(`(?:${QUOTE}${GAP})?\\[\\^?(\\d{1,3}(?:,[ ]?\\^?\\d{1,3}){0,5})\\](?![(:\\w])`, "gu");
/** Each number is looked for among them. */
const MOST_SOURCES = 300;
/** Where a line of a list without brackets begins with its source. */
const NEAR = 3;

interface Source {
  number: number;
  places: Place[];
  from: number;
  to: number;
}

/** Sources that are told by number; of a number that is there twice nobody can tell which is meant. */
function listedSources(text: string): Source[] {
  if (!/\[\^?\d{1,3}[\],]/.test(text)) return [];
  const all = [...text.matchAll(SOURCE)].flatMap(({ 0: line, 1: marked, 2: plain, 3: rest = "", index }) => {
    const [first] = writtenOut(rest);
    if (first === undefined || (marked === undefined && first.from > NEAR)) return [];
    const { places } = first;
    return [{ number: Number(marked ?? plain), places, from: index, to: index + line.length }];
  });
  const times = Map.groupBy(all, ({ number }) => number);
  return all.filter(({ number }) => times.get(number)?.length === 1).slice(0, MOST_SOURCES);
}

function numberedIn(text: string, listed: readonly Source[]): (FoundCitation & { sources: Source[] })[] {
  return [...text.matchAll(NUMBERED)].flatMap(({ 0: whole, index, ...groups }) => {
    const [from, to] = [index, index + whole.length];
    const numbers = (groups[5] ?? "").match(/\d+/g) ?? [];
    const sources = numbers.flatMap((number) => listed.find((source) => source.number === Number(number)) ?? []);
    const isOfList = listed.some((source) => to > source.from && to <= source.to);
    if (isOfList || sources.length < numbers.length) return [];
    const quote = [groups[1], groups[2], groups[3], groups[4]].find((words) => words !== undefined) ?? "";
    return [{ quote, places: sources.flatMap(({ places }) => places), from, to, isBare: false, sources }];
  });
}

/** None where it holds no place. A path may hold commas too. */
function placesIn(written: string): Place[] {
  const places: Place[] = [];
  for (const part of written.split(/;\s*|,\s*(?=L?\d|[^,;]*:L?\d)/)) {
    const before = places.at(-1);
    const place = placeIn(part) ?? (before === undefined ? undefined : placeIn(`${before.path}:${part}`));
    if (place === undefined) return [placeIn(written)].flatMap((whole) => whole ?? []);
    places.push(place);
  }
  return places;
}

function placeIn(written: string): Place | undefined {
  const bare = written.replace(/^`(.*)`$/, "$1").replace(/`(?=[:#, ])/, "");
  const [, path, first, last = first] = PLACE.exec(bare) ?? [];
  return path === undefined ? undefined : { path, first: Number(first), last: Number(last) };
}

/** The quotes with their places in a text, in order, repeated ones once. Pure. */
export function citationsIn(text: string): Citation[] {
  const found = new Map<string, Citation>();
  for (const { quote, places } of findCitations(text)) {
    const [place] = places;
    if (quote !== "" && place !== undefined) found.set(JSON.stringify([quote, places]), { quote, ...place });
  }
  return [...found.values()];
}

/** Of citations that do not hold so many are told one by one. */
const MOST_TOLD = 8;

/** What is wrong with citations, and what to do about it, in one line for a model. Pure. */
export function brokenText(broken: readonly { place: string; quote: string; problem: string }[]): string {
  const told = broken.map(
    ({ quote, place, problem }) =>
      `${quote === "" ? "" : `${JSON.stringify(oneLine(quote, 120))} `}[${place}]: ${problem}`,
  );
  const count = broken.length === 1 ? "1 citation does not hold" : `${broken.length} citations do not hold`;
  return `${count}: ${listed(told, MOST_TOLD, "; ")}. Quote what stands there to the letter, cite the line where it stands, or leave out what you cannot cite`;
}

/** Whether a citation of this path reads as one: not where it holds a line end, `|`, or brackets that are not in pairs. Pure. */
export function isCitable(path: string): boolean {
  return !/[[\]\n|]/.test(path) || citationsIn(citation("x", { path, first: 1, last: 1 }))[0]?.path === path;
}

/** Writes one citation. `words` must not hold `"`; the caller picks words without. Pure. */
export function citation(words: string, place: Place): string {
  return `"${words}" [${placeText(place)}]`;
}

export function placeText({ path, first, last }: Place): string {
  return first === last ? `${path}:${first}` : `${path}:${first}-${last}`;
}
