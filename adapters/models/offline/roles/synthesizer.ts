/**
 * The answer from the results: tables for rows, a section for each question, one merged section for shards of one. A part of the
 * results becomes JSON of what is in it, so that the merge of the parts loses nothing. Pure.
 */
import type { ResultExcerpt, SynthesizerBrief } from "../../../../engine/ports/brief.ts";
import { NOT_FOUND } from "../../../../engine/policy/prompts/agent-prompt.ts";
import { citation, citationsIn } from "../../../../engine/policy/prompts/citation-rule.ts";
import { isRecord, jsonIn } from "../../../../state/is-record.ts";
import { isDeeper } from "../../../../state/nesting.ts";
import { oneLine } from "../../../../state/plain-text.ts";
import { NOTHING_HERE, OFFLINE_NOTICE, ONLY_CLOSEST } from "../notice.ts";
import { aspectsIn, asksSummary, capitalised, keyOf, readComparison, readEach, wordsOfKey } from "./task.ts";

interface Row {
  item: string;
  /** By the key of the column; empty: not stated. */
  cells: Readonly<Record<string, string>>;
}

/** What one result says; `group`: what the shards of one question have in common. */
interface Said extends Pick<ResultExcerpt, "title" | "group" | "item"> {
  rows: Row[];
  text: string;
}

const ITEM = /^(?:item|name|id|subject)$/i;
const NOT_STATED = "not stated";
const SHARD_BLOCKS = 14;
const SIDE_BY_SIDE = 4;
const FEWEST_COUNTED = 8;
const MOST_CLOSEST = 5;

export function synthesizerReply({ task, results, isPart }: SynthesizerBrief): string {
  const said = results.flatMap(saidBy);
  if (isPart) return JSON.stringify(said);
  const saysNothing = ({ text, rows }: Said): boolean =>
    rows.length === 0 && (text.startsWith(ONLY_CLOSEST) || text === NOTHING_HERE);
  if (!said.every(saysNothing)) return `${merged(task, said)}\n\n${OFFLINE_NOTICE}`;
  const close = new Set(said.flatMap(({ text }) => text.split("\n").filter((line) => line.startsWith("- "))));
  const shown = close.size === 0 ? [] : [ONLY_CLOSEST, [...close].slice(0, MOST_CLOSEST).join("\n")];
  return [`${NOT_FOUND} ${oneLine(task).slice(0, 300)}`, ...shown, OFFLINE_NOTICE].join("\n\n");
}

/** Empty where no result says anything. */
export function mergeResults(task: string, results: readonly ResultExcerpt[]): string {
  return merged(task, results.flatMap(saidBy));
}

function merged(task: string, said: readonly Said[]): string {
  const rows = said.flatMap((one) => one.rows);
  const tables = [...Map.groupBy(rows, ({ cells }) => Object.keys(cells).join("\n")).values()];
  const texts = said.filter((one) => one.rows.length === 0 && one.text !== NOTHING_HERE);
  const isByItem = readEach(task) !== undefined || readComparison(task) !== undefined || asksSummary(task);
  const shown = new Set<string>();
  const sections = [...Map.groupBy(texts, ({ group, title }) => group ?? title)]
    .map(([title, some]) => ({ title: capitalised(oneLine(title)), blocks: blocksOf(some, { isByItem, shown }) }))
    .filter(({ blocks }) => blocks.length > 0);
  const isTitled = sections.length > 1 || tables.length > 0;
  return [
    ...tables.map((some) => tableOf(some, task)),
    ...sections.flatMap(({ title, blocks }) => (isTitled ? [`## ${title}`, ...blocks] : blocks)),
  ].join("\n\n");
}

/** What repeats is said once; what came close does not stand beside an answer. */
function blocksOf(said: readonly Said[], { isByItem, shown }: { isByItem: boolean; shown: Set<string> }): string[] {
  if (said.length > 1 && isByItem) return said.flatMap(({ item, title, text }) => [`### ${item ?? title}`, text]);
  const answers = said.filter(({ text }) => !text.startsWith(ONLY_CLOSEST));
  const blocks = (answers.length > 0 ? answers : said.slice(0, 1)).flatMap(({ text }) => paragraphsOf(text));
  const fresh = blocks.filter((block) => {
    const cited = citationsIn(block).map(({ quote, ...place }) => citation(quote, place));
    const marks = cited.length > 0 ? cited : [block];
    const isKnown = marks.every((mark) => shown.has(mark));
    for (const mark of marks) shown.add(mark);
    return !isKnown;
  });
  return said.length > 1 ? fresh.slice(0, SHARD_BLOCKS) : fresh;
}

/** Fenced code keeps its blank lines. */
function paragraphsOf(text: string): string[] {
  const blocks = text.match(/^(`{3,})[^\n]*\n[^]*?^\1$(?:\n\S.*)*|(?:^(?!`{3,}).*\S.*(?:\n|$))+/gm) ?? [];
  return blocks.map((block) => block.trim());
}

function saidBy({ title, group, item, detail, output }: ResultExcerpt): Said[] {
  const value = valueIn(output);
  const base = { title, ...(group === undefined ? {} : { group }), ...(item === undefined ? {} : { item }) };
  if (detail === "condensed" && Array.isArray(value)) return value as Said[];
  if (output.trim() === "") return [];
  if (value === undefined) return [{ ...base, rows: [], text: output.trim() }];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const records = values.filter(isRecord);
  if (records.length === 0) return [{ ...base, rows: [], text: values.map((one) => `- ${cellText(one)}`).join("\n") }];
  const own = Array.isArray(value) ? undefined : item;
  return [{ ...base, rows: records.map((record) => rowOf(record, own, title)), text: "" }];
}

function rowOf(record: Record<string, unknown>, item: string | undefined, title: string): Row {
  const entries = Object.entries(record);
  const isName = ([name, held]: [string, unknown]): boolean =>
    ITEM.test(name) && /^(?:string|number)$/.test(typeof held);
  const named = entries.find(isName);
  const cells = entries
    .filter((entry) => entry !== named)
    .map(([name, held]) => [keyOf(wordsOfKey(name)), cellText(held)] as const);
  return { item: oneLine(item ?? String(named?.[1] ?? title)), cells: Object.fromEntries(cells) };
}

/** Of a cited value the citation: it quotes the value. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return oneLine(String(value));
  // A quote is to the letter: its blanks stay.
  if ("citation" in value && typeof value.citation === "string") return value.citation.replace(/\s*\n\s*/g, " ").trim();
  const texts = Object.values(value).map(cellText);
  return texts.filter((text) => text !== "").join(", ");
}

function valueIn(output: string): unknown {
  const text = output.replace(/^```(?:json)?\s*\n|\n```\s*$/g, "").trim();
  return /^[[{]/.test(text) && !isDeeper(text) ? jsonIn(text) : undefined;
}

/** One row for each item, no item left out; a few things that are compared stand side by side. */
function tableOf(given: readonly Row[], task: string): string {
  const comparison = readComparison(task);
  const each = readEach(task);
  const aspects = [...aspectsIn(task), ...(comparison?.aspects ?? []), ...(each?.aspects ?? [])];
  const titles = new Map(aspects.map(({ key, title }) => [key, title]));
  const rows = [...Map.groupBy(given, ({ item }) => item)].map(([item, some]) => ({ item, cells: fullest(some) }));
  const place = ({ item }: Row): number => (comparison?.items.indexOf(item) ?? -1) >>> 0;
  const { compare } = new Intl.Collator("en", { numeric: true });
  const inOrder = withoutShared(rows).sort((one, other) => place(one) - place(other) || compare(one.item, other.item));
  const columns = Object.keys(rows[0]?.cells ?? {}).map((key) => [
    titles.get(key) ?? capitalised(wordsOfKey(key)),
    ...inOrder.map(({ cells }) => cells[key] || NOT_STATED),
  ]);
  const items = inOrder.map(({ item }) => item);
  if (comparison !== undefined && rows.length <= SIDE_BY_SIDE) return markdown([["", ...items], ...columns]);
  const noun = each?.noun ?? "item";
  const whole = [[capitalised(noun), ...items], ...columns];
  const table = markdown([capitalised(noun), ...items].map((_, at) => whole.map((column) => column[at] ?? "")));
  if (rows.length < FEWEST_COUNTED) return table;
  const many = noun.replace(/(?<=[^aeiou])y$/, "ie").replace(/(?:s|x|ch|sh)$/, "$&e");
  return `${[`**${rows.length} ${many}s.**`, ...columns.flatMap(countsOf)].join("\n")}\n\n${table}`;
}

/** Rows of one item become one: the fuller cells win. */
function fullest(rows: readonly Row[]): Row["cells"] {
  const cells: Record<string, string> = {};
  for (const [key, cell] of rows.flatMap((row) => Object.entries(row.cells)))
    if ((cells[key]?.length ?? -1) < cell.length) cells[key] = cell;
  return cells;
}

/** Paths without the folder that they all share: the citations show it. */
function withoutShared(rows: readonly Row[]): Row[] {
  let shared = rows.length < 2 ? "" : (/^.*\//.exec(rows[0]?.item ?? "")?.[0] ?? "");
  while (!rows.every(({ item }) => item.startsWith(shared))) shared = /^.*\/(?=.)/.exec(shared)?.[0] ?? "";
  return rows.map((row) => ({ ...row, item: row.item.slice(shared.length) }));
}

/** How often the values of a column occur, without their places; nothing where most occur once. */
function countsOf([title = "", ...cells]: readonly string[]): string[] {
  const bare = cells.map((cell) =>
    citationsIn(cell).reduce((text, { quote, ...place }) => text.replaceAll(citation(quote, place), quote), cell),
  );
  const often = [...Map.groupBy(bare, (value) => value)]
    .map(([value, same]) => ({ value, count: same.length }))
    .filter(({ count }) => count > 1)
    .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1));
  const sum = (counts: typeof often): number => counts.reduce((total, { count }) => total + count, 0);
  if (sum(often) < cells.length / 2) return [];
  const shown = often.slice(0, FEWEST_COUNTED);
  const rest = cells.length - sum(shown);
  const told = shown.map(({ value, count }) => `${value} (${count})`);
  return [`- ${title}: ${[...told, ...(rest === 0 ? [] : [`other (${rest})`])].join(", ")}`];
}

/** No line break and no bare pipe can leave its cell. */
function markdown([header = [], ...body]: readonly (readonly string[])[]): string {
  const safe = (cell: string): string => cell.replace(/\s*\n\s*/g, " ").replace(/(?<!\\)\|/g, "\\|");
  return [header, header.map(() => "---"), ...body].map((cells) => `| ${cells.map(safe).join(" | ")} |`).join("\n");
}
