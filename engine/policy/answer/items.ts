/**
 * Tasks about each of many items: which of the items an answer says nothing of, and how what is missing comes in. Counted by code: a
 * model that writes ninety rows leaves some out. Pure.
 */
import type { Plan } from "../../../state/plan.ts";
import { cutTo, oneLine, plainText } from "../../../state/plain-text.ts";
import { unusedResults } from "./build-result.ts";
import type { ResultLookup } from "./gather-results.ts";
import { breakBefore } from "./shorten.ts";

export interface Item {
  subtask: string;
  item: string;
  title: string;
}

/** Words by which a task asks for each, in the languages that answers are worded in. */
const EACH = /\b(?:each|every|jede[nrsm]?|chaque|chacune?|cada|ogni|ciascun[oa]|elke?|iedere?)\b|[每各]/iu;
/** Words by which it asks for some of them, or about all of them together. */
const SELECTS =
  /\b(?:which|how many|how much|top \d+|best|most|least|welche[rsn]?|wie viele|quels?|quelles?|combien|cuáles|cuántos|quali|quanti|quais|quantos|welke|hoeveel)\b|哪|多少/iu;
/** The lines that stand for an item: rows of a table, points of a list, headings. */
const HEAD = /^[ \t]*(?:\||[-*+•]\s|\d+[.)]\s|#{1,6}\s|\*\*)/;
/** Of a head, where its item is named. */
const HEAD_CHARACTERS = 200;
/** An answer that names so much of the items in its rows is one about each. */
const MOST_ROWS = 0.5;
const ROW_CHARACTERS = 600;

/** Items of one `forEach` each, whose results nobody else has built on. */
export function itemGroups(plan: Plan, lookup: ResultLookup): Item[][] {
  const items = unusedResults(plan, lookup).flatMap(({ id, group, item, title }) =>
    group === undefined || item === undefined ? [] : [{ subtask: id, group, item, title }],
  );
  return [...Map.groupBy(items, ({ group }) => group).values()].filter(({ length }) => length > 1);
}

/** Those of which an answer has no row; none where neither task nor answer is about each. */
export function missingItems(task: string, answer: string, groups: readonly (readonly Item[])[]): Item[] {
  const isAsked = EACH.test(task) && !SELECTS.test(task);
  const heads = folded(headsOf(answer).join("\n"));
  const text = folded(answer);
  return groups.flatMap((items) => {
    const headless = items.filter((item) => !isNamed(item, heads));
    const hasRows = items.length - headless.length >= MOST_ROWS * items.length;
    if (hasRows) return headless;
    return isAsked ? items.filter((item) => !isNamed(item, text)) : [];
  });
}

export function itemsNamed(text: string, items: readonly Item[]): Set<string> {
  const said = folded(text);
  return new Set(items.flatMap((item) => (isNamed(item, said) ? [item.subtask] : [])));
}

function headsOf(answer: string): string[] {
  return answer
    .split("\n")
    .filter((line) => HEAD.test(line))
    .map((line) => (line.trimStart().startsWith("|") ? rowHeadOf(line) : line.slice(0, HEAD_CHARACTERS)));
}

/** Its first cell; behind a mere number the second one too. */
function rowHeadOf(row: string): string {
  const [first = "", second = ""] = cellsOf(row);
  return /\p{L}/u.test(first) ? first : `${first}\n${second}`;
}

/** By its words as they are, or by the last name of a path, with or without its ending. */
function isNamed({ item }: Item, text: string): boolean {
  const name = folded(item);
  const last = /[/\\]/.test(name) ? (name.split(/[/\\]/).findLast((part) => part !== "") ?? name) : name;
  const names = new Set([name, last, last.replace(/(?<=.)\.[a-z]\w{0,7}$/, "")]);
  return [...names].some((one) => standsAlone(one, text));
}

/** `item 9` is not in `item 92`. */
function standsAlone(name: string, text: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const [before, behind] = [text.slice(0, at).at(-1) ?? "", text.charAt(at + name.length)];
    const opens = !/^[\p{L}\p{N}]/u.test(name) || !/[\p{L}\p{N}]/u.test(before);
    const closes = !/[\p{L}\p{N}]$/u.test(name) || !/[\p{L}\p{N}]/u.test(behind);
    if ((opens && closes) || /\p{Script=Han}/u.test(name)) return true;
  }
  return false;
}

function folded(text: string): string {
  return plainText(text)
    .replace(/[*_`\\]/g, "")
    .replace(/[ \t]+/g, " ")
    .toLowerCase()
    .trim();
}

/** The answer with rows that were written for it afterwards: in its last table where they fit, else below it. */
export function withRows(answer: string, reply: string): string {
  const lines = answer.split("\n");
  const last = lines.findLastIndex((line) => isRow(line));
  const width = cellsOf(lines[last] ?? "").length;
  const known = new Set(lines.map((line) => line.trim()));
  const rows = reply.split("\n").filter((line) => isRow(line) && !isRule(line) && !known.has(line.trim()));
  if (last < 0 || rows.length === 0 || rows.some((row) => cellsOf(row).length !== width))
    return `${answer.trimEnd()}\n\n${reply.trim()}`;
  return [...lines.slice(0, last + 1), ...rows, ...lines.slice(last + 1)].join("\n");
}

/** The answer with what the results say of items that it lacks; `note` says so. */
export function withItems(
  answer: string,
  items: readonly Item[],
  facts: { lookup: ResultLookup; note: string },
): string {
  const rows = items.map(({ subtask, item }) => {
    const output = facts.lookup(subtask)?.output.trim() ?? "";
    const [paragraph = ""] = output.split(/\n[ \t]*\n/);
    const isLong = paragraph.length > ROW_CHARACTERS;
    const cut = isLong ? `${paragraph.slice(0, breakBefore(paragraph, ROW_CHARACTERS)).trimEnd()} …` : paragraph;
    return `- **${cutTo(oneLine(item), 200)}**: ${oneLine(cut)}`;
  });
  return `${answer.trimEnd()}\n\n${facts.note}:\n\n${rows.join("\n")}`;
}

function isRow(line: string): boolean {
  return line.trim().startsWith("|");
}

function isRule(line: string): boolean {
  return /^[\s|:-]+$/.test(line);
}

function cellsOf(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/);
}
