/**
 * Lists within a document: the entries below a heading, the items after a sentence, what begins with the same word. An answer
 * that lists says whether it is whole: only where all lines from the first entry to what follows the last one were read. Pure.
 */
import { lead, runAfter } from "./answer.ts";
import type { ReadDocument } from "./documents.ts";
import { plainTitle } from "./lines.ts";
import type { Question } from "./question.ts";
import { quoted, titleText } from "./quoting.ts";
import { fileWords } from "./ranking.ts";
import type { Unit } from "./units.ts";
import { stemsOf, stemSet, surfaceWords } from "./words.ts";

interface List {
  /** The words that say what it is a list of: a heading's, or a sentence's. */
  anchor: string;
  isTitle: boolean;
  /** Each with all that is said of it. */
  entries: Unit[][];
}

const FEWEST = 0.8;
const MOST_ENTRIES = 300;
/** "all options", "which values can", "the restrictions of". */
const LISTED =
  /\b(?:all|every|which|what|list|name|enumerate|are)\s+(?:of\s+)?(?:the\s+)?((?:[\w-]+\s+){0,3}?[\w-]{3,}s)\b/i;

/** The list that a question asks for; undefined where none is plainly it. `noun`: what there is one of, in the singular. */
export function listFor(
  units: readonly Unit[],
  documents: readonly ReadDocument[],
  question: Question,
  noun?: string,
): string | undefined {
  const asked = (noun ?? LISTED.exec(question.text)?.[1] ?? "").replace(/^(?:(?:all|every|each|of|the)\s+)+/i, "");
  const [stem = ""] = stemsOf(asked.split(/\s+/).at(-1) ?? "");
  const [best] = [...announced(units), ...entriesIn(units), markedBy(units, asked)]
    .filter((list) => list.entries.length > 1 && list.entries.length <= MOST_ENTRIES && isOf(stem, list))
    .map((list) => ({ list, score: fitOf(list, question) }))
    .sort((one, other) => other.score - one.score || other.list.entries.length - one.list.entries.length);
  if (best === undefined || (noun === undefined && best.score < FEWEST)) return undefined;
  const { entries, anchor } = best.list;
  const isAll = isWhole(entries.flat(), units, documents);
  return [
    `**${titleText(plainTitle(anchor))}**`,
    entries.map((entry) => entryText(entry, question)).join("\n"),
    isAll
      ? `These are all ${entries.length} that stand there.`
      : `This list may be incomplete: only a part of ${entries[0]?.[0]?.place.path} was read.`,
  ].join("\n\n");
}

/** A title that is short, or a sentence, with the noun in the plural; the titles of a table have it in the singular. */
function isOf(noun: string, { anchor, isTitle }: List): boolean {
  const words = surfaceWords(anchor);
  const isTable = anchor.includes(" | ");
  const isNoun = noun === "" || words.some((word) => (isTable || /s$/i.test(word)) && stemsOf(word).includes(noun));
  return isNoun && (!isTitle || words.length <= 8);
}

/** How much of the question's subject is held by the words that announce it, its file, and its first entries. */
function fitOf({ anchor, entries }: List, { terms }: Question): number {
  const [place] = entries.flat().map((unit) => unit.place);
  const file = stemSet(fileWords(place?.path ?? ""));
  const said = stemSet(`${anchor} ${place?.headings.join(" ") ?? ""}`);
  const beginning = entries.slice(0, 4).flat();
  const inside = stemSet(beginning.map(({ text }) => text).join(" "));
  let [whole, covered] = [0, 0];
  for (const { stem, synonyms, weight, parts } of terms) {
    const isThere = said.has(stem) || synonyms.some((one) => said.has(one));
    const isFile = file.has(stem) || (parts.length > 1 && parts.every((part) => file.has(part)));
    whole += weight;
    covered += weight * (isThere ? 1 : isFile ? 0.9 : inside.has(stem) ? 0.6 : 0);
  }
  return whole === 0 ? 0 : covered / whole;
}

/** Items or rows directly after a sentence, a name or a heading. */
function announced(units: readonly Unit[]): List[] {
  return units.flatMap((unit, at) => {
    const run = unit.kind === "prose" || unit.kind === "name" || at === 0 ? runAfter(units, at) : [];
    const items = run.filter(({ kind }) => kind === "item" || kind === "row");
    const headings = items[0]?.place.headings ?? [];
    const title = headings.at(-1) ?? "";
    if (items.length === 0) return [];
    const isBelow = headings.join("\n") !== unit.place.headings.join("\n");
    const entries = [
      ...Map.groupBy(items, ({ block, index, kind }) => `${block}/${kind === "row" ? index : ""}`).values(),
    ];
    const own = { anchor: isBelow ? title : unit.text, isTitle: isBelow || unit.kind === "name", entries };
    return title === "" ? [own] : [own, { anchor: title, isTitle: true, entries }];
  });
}

/** What stands below one heading, by the names or the headings that it has there. */
function entriesIn(units: readonly Unit[]): List[] {
  const keyed = units.flatMap((unit) => {
    const { headings, names } = unit.place;
    const name = names.at(-1);
    return [headings, ...(name === undefined ? [] : [[...headings, name]])].map((keys) => ({ keys, unit }));
  });
  const lists = Map.groupBy(
    keyed.filter(({ keys }) => keys.length > 1),
    ({ keys, unit }) => [unit.place.path, keys.length - unit.place.headings.length, ...keys.slice(0, -1)].join("\n"),
  );
  return [...lists.values()].map((own) => {
    const byKey = [...Map.groupBy(own, ({ keys }) => keys.at(-1)).values()];
    const entries = byKey.map((entry) => entry.map(({ unit }) => unit));
    const told = entries.filter((entry) => entry.some(({ kind }) => kind !== "name"));
    return { anchor: own[0]?.keys.at(-2) ?? "", isTitle: true, entries: told.length > 1 ? told : entries };
  });
}

/** "Action: …" is one of all actions. */
function markedBy(units: readonly Unit[], noun: string): List {
  const mark = (text: string): string =>
    /^\W*([\p{L} ]{3,30}?)\W*[:\]–-]\s/u.exec(text)?.[1]?.toLowerCase().replace(/s$/, "") ?? "\n";
  const isMarked = ({ text, kind }: Unit): boolean =>
    kind !== "name" && noun !== "" && noun.toLowerCase().startsWith(mark(text));
  const entries = units.filter(isMarked).map((unit) => [unit]);
  return { anchor: /s$/i.test(noun) ? noun : `${noun}s`, isTitle: true, entries };
}

function isWhole(entries: readonly Unit[], units: readonly Unit[], documents: readonly ReadDocument[]): boolean {
  const pieces = entries.flatMap((unit) => unit.pieces);
  const path = pieces[0]?.path;
  const first = pieces.reduce((least, { line }) => Math.min(least, line), Infinity);
  const last = pieces.reduce((most, { line }) => Math.max(most, line), 0);
  const document = documents.find((one) => one.path === path);
  const next = units.find((unit) => unit.place.path === path && (unit.pieces[0]?.line ?? 0) > last);
  const end = next?.pieces[0]?.line ?? document?.totalLines ?? Infinity;
  const numbers = document?.lines.map(({ number }) => number) ?? [];
  const read = numbers.filter((number) => number >= first - 1 && number <= end).length;
  return read === end - Math.max(1, first - 1) + 1;
}

/** The sentence of an entry that says most of what is asked of each, else its first. */
function entryText(units: readonly Unit[], { terms }: Question): string {
  const text = units.filter(({ kind }) => kind !== "name" && kind !== "code");
  const scoreOf = (unit: Unit): number => {
    const stems = stemSet(unit.text);
    return terms.filter(({ stem }) => stems.has(stem)).length;
  };
  const scores = text.map(scoreOf);
  const unit = text[scores.indexOf(Math.max(0, ...scores))] ?? units[0];
  if (unit === undefined) return "";
  const { names } = unit.place;
  const shown = unit.kind === "item" ? names.slice(0, -1) : names;
  const title =
    shown.length > 0 ? `**${titleText(shown.join(", "))}:** ` : unit.kind === "item" ? "" : lead({ ...unit, text: "" });
  return `- ${title}${quoted(unit.pieces)}`;
}
