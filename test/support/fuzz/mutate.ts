/** Inputs that nobody would write: good ones, changed at random. The same seed gives the same input. */
import { seededRandom } from "../seeded-random.ts";

export interface Fuzzed {
  name: string;
  /** Good inputs to begin with. */
  samples: readonly string[];
  /** Words of its language, to be put where they do not belong. */
  words: readonly string[];
  /** Returns true for what it took, false for what it refused with a SwarmError; throws for everything else. */
  read(input: string): boolean;
}

type Random = () => number;

/** No input is longer: what is bounded by length is another test's. */
const MOST_CHARACTERS = 20_000;
const MOST_CHANGES = 3;
const ODD = [
  "",
  "\0",
  "\r",
  "\n\n",
  "\uFEFF",
  "\ud800",
  "\udc00",
  "\u2028",
  "😀",
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "<",
  "`",
  "'",
];
const VALUES = ["null", "true", "-1", "1e999", "0.5", "[]", "{}", '""', "99999999999999999999", '"__proto__"', "NaN"];

export function mutated({ samples, words, name }: Fuzzed, seed: string | number, index: number): string {
  const random = seededRandom(`${name}/${seed}/${index}`);
  let text = pick(random, samples);
  for (let left = 1 + below(random, MOST_CHANGES); left > 0; left -= 1)
    text = pick(random, CHANGES)(text, { random, words, samples }).slice(0, MOST_CHARACTERS);
  return text;
}

interface Changing {
  random: Random;
  words: readonly string[];
  samples: readonly string[];
}
type Change = (text: string, changing: Changing) => string;

const CHANGES: readonly Change[] = [
  // A character, or a piece, is gone, or there twice.
  (text, { random }) => put(text, piece(random, text), ""),
  (text, { random }) => twice(text, piece(random, text), 2),
  (text, { random }) => twice(text, piece(random, text), 2 + many(random, 2_000)),
  // It ends, or begins, in the middle.
  (text, { random }) => text.slice(0, below(random, text.length + 1)),
  (text, { random }) => text.slice(below(random, text.length + 1)),
  // What stands somewhere stands elsewhere, or is something else.
  (text, { random }) => put(text, at(random, text), slice(text, piece(random, text))),
  (text, { random }) => put(text, at(random, text), pick(random, ODD)),
  (text, { random, words }) => put(text, at(random, text), pick(random, words)),
  (text, { random, words }) => put(text, piece(random, text), pick(random, words)),
  (text, { random }) => put(text, valueIn(random, text), pick(random, VALUES)),
  (text, { random, samples }) => put(text, at(random, text), pick(random, samples)),
  // It nests.
  (text, { random }) =>
    put(text, at(random, text), pick(random, ["[", '{"a":', "- ", "<a>", "("]).repeat(1 + many(random, 3_000))),
];

type Span = readonly [from: number, to: number];

function piece(random: Random, text: string): Span {
  const from = below(random, text.length + 1);
  return [from, Math.min(text.length, from + 1 + below(random, random() < 0.5 ? 3 : 80))];
}

function at(random: Random, text: string): Span {
  const place = below(random, text.length + 1);
  return [place, place];
}

/** The value behind some colon. */
function valueIn(random: Random, text: string): Span {
  const from = text.indexOf(":", below(random, text.length + 1)) + 1;
  const length = text.slice(from, from + 200).search(/[,\n}\]]/);
  return [from, from + Math.max(0, length)];
}

function put(text: string, [from, to]: Span, middle: string): string {
  return text.slice(0, from) + middle + text.slice(to);
}

function twice(text: string, span: Span, times: number): string {
  return put(text, span, slice(text, span).repeat(times).slice(0, MOST_CHARACTERS));
}

function slice(text: string, [from, to]: Span): string {
  return text.slice(from, to);
}

/** Few, as a rule. */
function many(random: Random, most: number): number {
  return below(random, random() < 0.02 ? most : 12);
}

function below(random: Random, most: number): number {
  return Math.floor(random() * most);
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[below(random, items.length)] as Item;
}
