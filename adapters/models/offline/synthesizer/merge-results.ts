/** Results as one Markdown answer: tables for rows, a section for each question, one merged section for shards of one. */
import { aspectsIn, keyOf } from "../task/aspects.ts";
import { readComparison } from "../task/comparison.ts";
import { readEach } from "../task/each.ts";
import { asksSummary } from "../agent/summary-answer.ts";
import { NOTHING_HERE, ONLY_CLOSEST } from "../offline-notice.ts";
import { byRelevance, newBlocks, Said } from "./merge-text.ts";
import { partsOfResult, type Result, type ResultParts, type Row } from "./result-parts.ts";
import { comparisonText, countsText, mergedRows, sortedRows, tableText } from "./result-table.ts";

export interface MergeFacts {
  task: string;
  results: readonly Result[];
  /** A part is condensed for another merge: full names, nothing counted, nothing dropped for brevity. */
  isPart: boolean;
}

interface Read {
  result: Result;
  parts: ResultParts;
}

const NOTHING_MORE = "The documents searched say nothing more about this.";
const SIDE_BY_SIDE = 4;
const MOST_SHARD_BLOCKS = 14;

/** Empty where no result says anything. Pure. */
export function mergeResults(facts: MergeFacts): string {
  const read = facts.results.map((result) => ({ result, parts: partsOfResult(result) }));
  const tables = tablesOf(read, facts);
  const text = textOf(read, facts, tables.length > 0);
  return [...tables, ...text].join("\n\n");
}

function isComparison(task: string): boolean {
  return readComparison(task) !== undefined;
}

/** One table for each set of columns. */
function tablesOf(read: readonly Read[], facts: MergeFacts): string[] {
  const bySignature = new Map<string, { columns: Map<string, string>; rows: Row[] }>();
  for (const { parts } of read) {
    if (parts.rows.length === 0) continue;
    const signature = [...parts.columns.keys()].join("\n");
    const table = bySignature.get(signature) ?? { columns: parts.columns, rows: [] };
    table.rows.push(...parts.rows);
    bySignature.set(signature, table);
  }
  return [...bySignature.values()].map((table) => writtenTable(table, facts));
}

function writtenTable(table: { columns: Map<string, string>; rows: Row[] }, facts: MergeFacts): string {
  const each = readEach(facts.task);
  const columns = withTitles(table.columns, facts.task);
  const rows = mergedRows(table.rows);
  const noun = capitalised(each?.noun ?? "item");
  if (facts.isPart) return tableText({ noun, columns, rows });
  if (isComparison(facts.task) && rows.length <= SIDE_BY_SIDE)
    return comparisonText(
      { noun, columns, rows: inTaskOrder(rows, facts.task) },
      (readComparison(facts.task)?.aspects.length ?? 0) > 0,
    );
  const full = {
    noun,
    columns,
    rows: isComparison(facts.task) ? inTaskOrder(rows, facts.task) : sortedRows(shortNames(rows)),
  };
  const counts = countsText(full);
  return counts === "" ? tableText(full) : `${counts}\n\n${tableText(full)}`;
}

/** Columns headed as the task asks for them, where it does. */
function withTitles(columns: ReadonlyMap<string, string>, task: string): Map<string, string> {
  const aspects = [...(readEach(task)?.aspects ?? []), ...(readComparison(task)?.aspects ?? []), ...aspectsIn(task)];
  const titles = new Map(aspects.map((aspect) => [aspect.key, aspect.title]));
  return new Map(
    [...columns].map(([key, title]) => [
      key,
      titles.get(key) ?? [...titles].find(([asked]) => keyOf(asked) === key)?.[1] ?? title,
    ]),
  );
}

function inTaskOrder(rows: readonly Row[], task: string): Row[] {
  const things = readComparison(task)?.things ?? [];
  const place = (row: Row): number => (things.includes(row.item) ? things.indexOf(row.item) : things.length);
  return [...rows].sort((one, other) => place(one) - place(other));
}

/** Paths without the folder that they all share: the citations show it. */
function shortNames(rows: readonly Row[]): Row[] {
  const first = rows[0]?.item ?? "";
  if (rows.length < 2 || !first.includes("/")) return [...rows];
  let shared = first.slice(0, first.lastIndexOf("/") + 1);
  for (const { item } of rows)
    while (shared !== "" && !item.startsWith(shared))
      shared = shared.slice(0, shared.lastIndexOf("/", shared.length - 2) + 1);
  return rows.map((row) => ({ ...row, item: row.item.slice(shared.length) }));
}

function textOf(read: readonly Read[], facts: MergeFacts, hasTable: boolean): string[] {
  const said = new Said();
  const groups = new Map<string, Read[]>();
  for (const entry of read) {
    if (entry.parts.blocks.length === 0) continue;
    const key = entry.result.group ?? (entry.result.detail === "condensed" ? "condensed" : entry.result.subtask);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const sections = [...groups.values()].map((group) => ({
    title: titleOf(group),
    isCondensed: group[0]?.result.detail === "condensed",
    blocks: blocksOfGroup(group, facts, said),
  }));
  const filled = sections.filter((section) => section.blocks.length > 0);
  const needsTitles = (filled.length > 1 || hasTable) && !facts.isPart;
  return filled.flatMap((section) =>
    needsTitles && !section.isCondensed ? [`## ${section.title}`, ...section.blocks] : section.blocks,
  );
}

function blocksOfGroup(group: readonly Read[], facts: MergeFacts, said: Said): string[] {
  const isShards = group.length > 1;
  const isPerItem =
    isShards && (readEach(facts.task) !== undefined || isComparison(facts.task) || asksSummary(facts.task));
  if (isPerItem)
    return group.flatMap(({ result, parts }) => {
      const blocks = withoutEmpty(parts.blocks);
      return blocks.length === 0 ? [] : [`### ${itemTitle(result)}`, ...blocks];
    });
  const blocks = newBlocks(
    group.flatMap(({ parts }) => withoutEmpty(parts.blocks)),
    said,
  );
  // Where all that was close has been said before, the remark stands alone.
  if (blocks.every((block) => block === ONLY_CLOSEST)) return blocks.length === 0 ? [] : [NOTHING_MORE];
  if (!isShards) return blocks;
  const ranked = byRelevance(blocks, facts.task);
  return facts.isPart ? ranked : ranked.slice(0, MOST_SHARD_BLOCKS);
}

function withoutEmpty(blocks: readonly string[]): string[] {
  return blocks.filter((block) => block.trim() !== NOTHING_HERE);
}

function titleOf(group: readonly Read[]): string {
  const result = group[0]?.result;
  return group.length > 1
    ? capitalised((result?.group ?? "findings").replace(/[-_]+/g, " "))
    : capitalised((result?.title ?? "").replace(/\s+/g, " "));
}

/** A path stays as it is. */
function itemTitle({ item, title }: Result): string {
  const name = item ?? title;
  return /[/.]/.test(name) ? name : capitalised(name);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
