/**
 * Lists within a document: the entries below a heading, the items after a sentence, what begins with the same word. An answer
 * that lists says whether it is whole: only where all lines from the first entry to what follows the last one were read. Pure.
 */
import { lead, runAfter } from "./answer.ts";
import { plainTitle } from "./names.ts";
import type { ReadDocument } from "./documents.ts";
import type { Question } from "./question.ts";
import { quoted, titleText } from "./quoting.ts";
import { placeWords } from "./ranking.ts";
import type { Unit } from "./units.ts";
import { stemsOf, stemSet, surfaceWords } from "./words.ts";

interface List {
  /** The words that say what it is a list of: a heading's, or a sentence's. */
  anchor: string;
  isTitle: boolean;
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
  const scored = listsIn(units, asked)
    .filter((list) => list.entries.length > 1 && list.entries.length <= MOST_ENTRIES && isOf(stem, list))
    .map((list) => ({ list, score: fitOf(list, question) }))
    .sort((one, other) => other.score - one.score || other.list.entries.length - one.list.entries.length);
  const [best] = scored;
  if (best === undefined || (noun === undefined && best.score < FEWEST)) return undefined;
  const { entries, anchor } = best.list;
  const told = isWhole(entries, units, documents)
    ? `These are all ${entries.length} that stand there.`
    : `This list may be incomplete: only a part of ${entries[0]?.[0]?.path} was read.`;
  return [
    `**${titleText(plainTitle(anchor))}**`,
    entries.map((entry) => entryText(entry, question)).join("\n"),
    told,
  ].join("\n\n");
}

/** A title that is short, or a sentence, with the noun in the plural. */
function isOf(noun: string, { anchor, isTitle }: List): boolean {
  const words = surfaceWords(anchor);
  const isNoun = noun === "" || words.some((word) => /s$/i.test(word) && stemsOf(word).includes(noun));
  return isNoun && (!isTitle || words.length <= 8);
}

/** How much of the question's subject is held by the words that announce it, its place, and its first entries. */
function fitOf({ anchor, entries }: List, { terms }: Question): number {
  const [first] = entries.flat();
  const place = stemSet(placeWords(first?.path ?? ""));
  const held = stemSet(`${anchor} ${first?.headings.join(" ") ?? ""}`);
  const inside = stemSet(
    entries
      .slice(0, 4)
      .flat()
      .map(({ text }) => text)
      .join(" "),
  );
  let [whole, covered] = [0, 0];
  for (const { stem, synonyms, weight, parts } of terms) {
    const isThere = held.has(stem) || synonyms.some((one) => held.has(one));
    const isPlace = place.has(stem) || (parts.length > 1 && parts.every((part) => place.has(part)));
    whole += weight;
    covered += weight * (isThere ? 1 : isPlace ? 0.9 : inside.has(stem) ? 0.6 : 0);
  }
  return whole === 0 ? 0 : covered / whole;
}

function listsIn(units: readonly Unit[], noun: string): List[] {
  const byLabel = grouped(units, ({ headings, label }) => [...(label === "" ? [] : headings), label]);
  const byHeading = grouped(units, ({ headings }) => headings);
  // "Action: …" is one of all actions.
  const mark = (text: string): string =>
    /^\W*([\p{L} ]{3,30}?)\W*[:\]–-]\s/u.exec(text)?.[1]?.toLowerCase().replace(/s$/, "") ?? "\n";
  const marked = units.filter(
    ({ text, kind }) => kind !== "label" && noun !== "" && noun.toLowerCase().startsWith(mark(text)),
  );
  return [
    ...announced(units),
    ...byLabel,
    ...byHeading,
    { anchor: /s$/i.test(noun) ? noun : `${noun}s`, isTitle: true, entries: marked.map((unit) => [unit]) },
  ];
}

/** Items or rows directly after a sentence, a label or a heading. */
function announced(units: readonly Unit[]): List[] {
  return units.flatMap((unit, at) => {
    const run = unit.kind === "prose" || unit.kind === "label" || at === 0 ? runAfter(units, at) : [];
    const items = run.filter(({ kind }) => kind === "item" || kind === "row");
    const title = items[0]?.headings.at(-1) ?? "";
    if (items.length === 0) return [];
    const isBelow = items[0]?.headings.join("\n") !== unit.headings.join("\n");
    const entries = [
      ...Map.groupBy(items, ({ block, index, kind }) => `${block}/${kind === "row" ? index : ""}`).values(),
    ];
    const own = { anchor: isBelow ? title : unit.text, isTitle: isBelow || unit.kind === "label", entries };
    return title === "" ? [own] : [own, { anchor: title, isTitle: true, entries }];
  });
}

/** What stands below one heading, by the names that it has there; the last of the keys is its own. */
function grouped(units: readonly Unit[], keysOf: (unit: Unit) => readonly string[]): List[] {
  const keyed = units.filter((unit) => keysOf(unit).length > 1 && keysOf(unit).at(-1) !== "");
  const lists = Map.groupBy(keyed, (unit) => `${unit.path}\n${keysOf(unit).slice(0, -1).join("\n")}`);
  return [...lists.values()].map((own) => {
    const entries = [...Map.groupBy(own, (unit) => keysOf(unit).at(-1)).values()];
    // A label with nothing below it is another name of the next entry.
    const told = entries.filter((entry) => entry.some(({ kind }) => kind !== "label"));
    return { anchor: keysOf(own[0] as Unit).at(-2) ?? "", isTitle: true, entries: told.length > 1 ? told : entries };
  });
}

function isWhole(entries: readonly Unit[][], units: readonly Unit[], documents: readonly ReadDocument[]): boolean {
  const pieces = entries.flat().flatMap((unit) => unit.pieces);
  const path = pieces[0]?.path;
  const first = pieces.reduce((least, { line }) => Math.min(least, line), Infinity);
  const last = pieces.reduce((most, { line }) => Math.max(most, line), 0);
  const document = documents.find((one) => one.path === path);
  const next = units.find((unit) => unit.path === path && (unit.pieces[0]?.line ?? 0) > last);
  const end = next?.pieces[0]?.line ?? document?.totalLines ?? Infinity;
  const read = document?.lines.filter(({ number }) => number >= first && number <= end).length ?? 0;
  return read === end - first + 1 && (first === 1 || document?.lines.some(({ number }) => number < first) === true);
}

/** The sentence of an entry that says most of what is asked of each, else its first. */
function entryText(units: readonly Unit[], { terms }: Question): string {
  const wanted = terms.map(({ stem }) => stem);
  const text = units.filter(({ kind }) => kind !== "label" && kind !== "code");
  const scores = text.map((unit) => wanted.filter((stem) => stemSet(unit.text).has(stem)).length);
  const unit = text[scores.indexOf(Math.max(0, ...scores))] ?? units[0];
  if (unit === undefined) return "";
  const names = unit.label === "" || unit.kind === "item" ? unit.names : [...unit.names, unit.label];
  const title =
    names.length > 0 ? `**${titleText(names.join(", "))}:** ` : unit.kind === "item" ? "" : lead({ ...unit, text: "" });
  return `- ${title}${quoted(unit.pieces)}`;
}
