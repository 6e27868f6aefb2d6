/**
 * Checks the citations of a text against the documents, without a model: do the quoted words stand in the cited lines, and do the
 * numbers, dates and names of what is claimed? Pure, but for the documents that it reads.
 */
import { oneLine, plainText } from "../../../state/plain-text.ts";
import type { DocumentLibrary } from "../../ports/documents.ts";
import { findCitations, placeText, type FoundCitation, type Place } from "../prompts/citation-rule.ts";
import type { AnswerWords } from "../wording/answer-words.ts";
import { languageOf, type Language } from "../wording/language.ts";
import { claimsIn, missingIn, type Support } from "./claims.ts";
import { fencesIn, replacedAt, textsIn, type Stretch } from "./texts.ts";

/** A place of more lines than that says nothing about where the words stand. */
const MOST_LINES = 100;
/** A quote that begins in the cited lines may run so much further: wrapped prose is often cited by its first line. */
const LINES_BEYOND = 3;
/** Lines above the cited ones in which their heading is looked for. */
const LINES_ABOVE = 200;
/** Shorter lines are no wrapped prose: what stands before and behind them is something else. */
const LEAST_WRAPPED = 40;
/** Lines of a document in which words are looked for that do not stand where they are cited, and how often that is done. */
const [MOST_SEARCHED, MOST_SEARCHES] = [20_000, 20];
const SHOWN_CHARACTERS = 240;

export interface BrokenCitation {
  place: string;
  quote: string;
  /** In one clause: how the line really reads. */
  problem: string;
  /** In the text; of JSON there are none. */
  at: Stretch[];
}

export interface UnsupportedCitation {
  place: string;
  quote: string;
  /** Numbers, dates and names of the claim that do not stand there, as the claim has them. */
  missing: string[];
  at: Stretch[];
}

/** Citations that are there several times count once. */
export interface CitationReport {
  total: number;
  verified: number;
  broken: BrokenCitation[];
  /** They are verified; what they are there for is not. */
  unsupported: UnsupportedCitation[];
}

export interface CheckedText {
  documents: DocumentLibrary | undefined;
  /** The question: a name in it is no invention. Default: none. */
  task?: string;
}

/** The text with a mark behind each citation that does not hold, or does not bear what it is there for; made again it stays as it is. */
export function withMarks(text: string, { broken, unsupported }: CitationReport, words: AnswerWords): string {
  const fences = fencesIn(text);
  const marks = [
    ...broken.flatMap(({ at }) => at.map(([, to]) => ({ to, mark: ` (${words.notVerified})` }))),
    ...unsupported.flatMap(({ at, missing }) =>
      at.map(([, to]) => ({ to, mark: ` (${words.notThere}: ${missing.join(", ")})` })),
    ),
  ].filter(({ to, mark }) => !text.startsWith(mark, to) && !fences.some(([begin, end]) => to > begin && to < end));
  const inOrder = marks.toSorted((one, other) => one.to - other.to);
  return replacedAt(
    text,
    inOrder.map(({ to, mark }) => ({ from: to, to, by: mark })),
  );
}

/** Without documents every citation is broken: there is nothing that it could quote. Of JSON each string is a text. */
export function checkCitations(text: string, facts: CheckedText): CitationReport {
  const check = new Check({ task: "", ...facts, language: languageOf(text, facts.task ?? "") });
  const texts = textsIn(text);
  for (const one of texts ?? [text]) check.add(one, texts === undefined);
  return check.report();
}

interface Checked {
  place: string;
  quote: string;
  /** Undefined: the words stand there. */
  problem: string | undefined;
  support: Support;
  at: Stretch[];
}

type Checking = Required<CheckedText> & { language: Language };

class Check {
  readonly #facts: Checking;
  readonly #known = new Map<string, Checked>();
  readonly #unsupported = new Map<string, UnsupportedCitation>();
  #searches = 0;

  constructor(facts: Checking) {
    this.#facts = facts;
  }

  add(text: string, isPlaced: boolean): void {
    const fences = fencesIn(text);
    const isFenced = ({ from }: FoundCitation): boolean => fences.some(([begin, end]) => from >= begin && from < end);
    const found = findCitations(text).filter((one) => this.#isMeant(one, isFenced(one)));
    const checked = found.map((one) => this.#check(one, isPlaced));
    for (const { text: claim, citations } of claimsIn(text, found)) {
      const [last] = citations.slice(-1).flatMap((at) => found[at] ?? []);
      const behind = citations.flatMap((at) => checked[at] ?? []);
      if (last === undefined || isFenced(last) || behind.some(({ problem }) => problem !== undefined)) continue;
      this.#claim(claim, behind, isPlaced ? [last.from, last.to] : undefined);
    }
  }

  report(): CitationReport {
    const all = [...this.#known.values()];
    const broken = all.flatMap(({ problem, place, quote, at }) =>
      problem === undefined ? [] : [{ place, quote, problem, at }],
    );
    return {
      total: all.length,
      verified: all.length - broken.length,
      broken,
      unsupported: [...this.#unsupported.values()],
    };
  }

  /** Without brackets, and in a block of code without a quote, only what leads to a document is a citation. */
  #isMeant({ places, quote, isBare }: FoundCitation, isFenced: boolean): boolean {
    if (!isBare && (quote !== "" || !isFenced)) return true;
    return places.every(({ path }) => this.#facts.documents?.read(path, 1, 1) !== undefined);
  }

  #check({ quote, places, from, to }: FoundCitation, isPlaced: boolean): Checked {
    const key = JSON.stringify([quote, places]);
    const known = this.#known.get(key) ?? this.#look(quote, places);
    this.#known.set(key, known);
    if (isPlaced) known.at.push([from, to]);
    return known;
  }

  #look(quote: string, places: readonly Place[]): Checked {
    const looked = places.map((place) => this.#lookAt(quote, place));
    // Of several places one is enough for the words; without words each has to be there.
    const isGood =
      quote === ""
        ? looked.every(({ problem }) => problem === undefined)
        : looked.some(({ problem }) => problem === undefined);
    return {
      place: places.map(placeText).join("; "),
      quote,
      at: [],
      problem: isGood ? undefined : looked.find(({ problem }) => problem !== undefined)?.problem,
      support: {
        said: [quote, ...looked.flatMap(({ said }) => said)].join("\n"),
        about: [this.#facts.task, ...looked.flatMap(({ about }) => about)].join("\n"),
      },
    };
  }

  #lookAt(quote: string, place: Place): { problem: string | undefined; said: string[]; about: string[] } {
    const { documents } = this.#facts;
    const { path, first, last } = place;
    const cited = last - first + 1;
    const whole = documents?.read(path, 1, 0);
    const nothing = (problem: string) => ({ problem, said: [], about: [] });
    if (documents === undefined || whole === undefined) return nothing(`there is no document ${path}`);
    if (cited < 1 || cited > MOST_LINES) return nothing(`${first} to ${last} are no lines to quote from`);
    const above = Math.min(first - 1, LINES_ABOVE);
    const passage = documents.read(path, first - above, above + cited + LINES_BEYOND);
    const lines = passage?.lines ?? [];
    // A library may answer with the nearest lines there are; only the cited ones count.
    if (first < 1 || passage?.firstLine !== first - above || lines.length < above + cited)
      return nothing(`${path} has ${whole.totalLines} lines`);
    const shown = lines.slice(above);
    const isThere = quote === "" || standsIn(quote, shown, cited);
    const problem = isThere ? undefined : `${how(shown.slice(0, cited), place)}${this.#elsewhere(quote, path)}`;
    const said = sentenceAround(lines, above, above + cited);
    return {
      problem,
      said,
      about: [
        path,
        ...lines
          .slice(0, above)
          .filter((line) => line.startsWith("#"))
          .slice(-1),
      ],
    };
  }

  /** Where else in the document the words stand. */
  #elsewhere(quote: string, path: string): string {
    if ((this.#searches += 1) > MOST_SEARCHES) return "";
    const { lines = [] } = this.#facts.documents?.read(path, 1, MOST_SEARCHED) ?? {};
    const at = lines.findIndex((_, line) => standsIn(quote, lines.slice(line, line + 1 + LINES_BEYOND), 1));
    return at < 0 ? "" : `; the quoted words stand in line ${at + 1}`;
  }

  #claim(claim: string, behind: readonly Checked[], at: Stretch | undefined): void {
    const support = {
      said: behind.map(({ support: { said } }) => said).join("\n"),
      about: behind.map(({ support: { about } }) => about).join("\n"),
    };
    const missing = missingIn(claim, support, this.#facts.language);
    const last = behind.at(-1);
    if (missing.length === 0 || last === undefined) return;
    const { place, quote } = last;
    const key = JSON.stringify([place, quote, missing]);
    const known = this.#unsupported.get(key) ?? { place, quote, missing, at: [] };
    if (at !== undefined) known.at.push(at);
    this.#unsupported.set(key, known);
  }
}

function how(lines: readonly string[], { first, last }: Place): string {
  const read = oneLine(lines.join(" "), SHOWN_CHARACTERS);
  if (read === "") return first === last ? `line ${first} is empty` : `lines ${first} to ${last} are empty`;
  return `${first === last ? `line ${first} reads` : `lines ${first} to ${last} read`} ${JSON.stringify(read)}`;
}

/** Whether words begin in the first `cited` of the lines; parts of them, where some are left out, in their order. */
function standsIn(quote: string, lines: readonly string[], cited: number): boolean {
  const [shown, begin] = [lines.join("\n"), lines.slice(0, cited).join("\n")];
  return [asWritten, withoutMarks, withoutMarkup].some((read) => {
    const [text, most] = [read(shown), read(begin).length];
    const parts = read(quote)
      .split(ELLIPSIS)
      .filter((part) => part !== "");
    return stand([read(quote)], text, most) || (parts.length > 1 && stand(parts, text, most));
  });
}

const ELLIPSIS = /\s*[[(]?(?:…|\.{3})[\])]?\s*/;

function stand(parts: readonly string[], text: string, most: number): boolean {
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const at = part === "" ? -1 : text.indexOf(part, from);
    if (at < 0 || (index === 0 && at >= most)) return false;
    from = at + part.length;
  }
  return true;
}

/** The same letters, however they are composed, whichever blanks and line ends part them, in straight quotes or others. */
function asWritten(text: string): string {
  return plainText(text)
    .replace(/[“”„‟«»]/g, '"')
    .replace(/[‘’‚‛]/g, "'")
    .replace(/[‐‑–—]/g, "-")
    .replace(/\s+/g, " ")
    .trim();
}

/** What stands before each line of a comment, a quotation or a list is not part of the sentence. */
function withoutMarks(text: string): string {
  return asWritten(text.replace(/\n[ \t]*(?:[>#*;|+-]{1,9}|\/{2,9})[ \t]/g, "\n"));
}

/** Nor are emphasis and code, and what escapes a pipe in a table. */
function withoutMarkup(text: string): string {
  return withoutMarks(text).replace(/[*`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|\\(?=[|"_*])/gu, "");
}

/** The lines from `from` to `to`, and what of wrapped prose belongs to their first and last sentence. */
function sentenceAround(lines: readonly string[], from: number, to: number): string[] {
  let [first, end] = [from, to];
  const goesOn = (line: number): boolean =>
    (lines[line - 1]?.length ?? 0) >= LEAST_WRAPPED &&
    !/[.!?:;|]["”)*_]*\s*$/.test(lines[line - 1] ?? "") &&
    /^\s*\p{Ll}/u.test(lines[line] ?? "");
  while (first > 0 && from - first < LINES_BEYOND && goesOn(first)) first -= 1;
  while (end < lines.length && end - to < LINES_BEYOND && goesOn(end)) end += 1;
  return lines.slice(first, end);
}
