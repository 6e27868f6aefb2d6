/** Rows as a Markdown table: one row for each item, no item left out; things that are compared stand side by side. */
import { citationsIn, citation } from "../../../../engine/policy/prompts/citation-rule.ts";
import { NOT_STATED, type Row } from "./result-parts.ts";

export interface Table {
  noun: string;
  columns: ReadonlyMap<string, string>;
  rows: readonly Row[];
}

const MOST_COUNTED = 8;
const FEWEST_FOR_SUMMARY = 8;

/** Rows of one item become one: the fuller cells win. In order of first appearance. Pure. */
export function mergedRows(rows: readonly Row[]): Row[] {
  const byItem = new Map<string, Map<string, string>>();
  for (const row of rows) {
    const held = byItem.get(row.item) ?? new Map<string, string>();
    for (const [key, cell] of row.cells) if ((held.get(key)?.length ?? 0) < cell.length) held.set(key, cell);
    byItem.set(row.item, held);
  }
  return [...byItem].map(([item, cells]) => ({ item, cells }));
}

/** Rows by item, numbers in names by value. Pure, independent of the machine's locale. */
export function sortedRows(rows: readonly Row[]): Row[] {
  const collator = new Intl.Collator("en", { numeric: true });
  return [...rows].sort((one, other) => collator.compare(one.item, other.item) || (one.item < other.item ? -1 : 1));
}

/** One row for each item. Pure. */
export function tableText(table: Table): string {
  const keys = [...table.columns.keys()];
  const header = [table.noun, ...table.columns.values()];
  const body = table.rows.map((row) => [row.item, ...keys.map((key) => row.cells.get(key) ?? NOT_STATED)]);
  return markdownTable([header, ...body]);
}

/** One row for each aspect, the things side by side; aspects that nobody asked for and nobody states are left out. Pure. */
export function comparisonText(table: Table, isAsked: boolean): string {
  const header = ["", ...table.rows.map((row) => row.item)];
  const stated = [...table.columns].filter(([key]) => isAsked || table.rows.some((row) => row.cells.has(key)));
  const shown = stated.length > 0 ? stated : [...table.columns];
  return markdownTable([
    header,
    ...shown.map(([key, title]) => [title, ...table.rows.map((row) => row.cells.get(key) ?? NOT_STATED)]),
  ]);
}

/** "146 packages." and how often the commonest values of each column occur; empty for few rows. Pure. */
export function countsText(table: Table): string {
  if (table.rows.length < FEWEST_FOR_SUMMARY) return "";
  const lines = [...table.columns].flatMap(([key, title]) =>
    countsOf(
      title,
      table.rows.map((row) => row.cells.get(key)),
    ),
  );
  return [`**${table.rows.length} ${plural(table.noun.toLowerCase(), table.rows.length)}.**`, ...lines].join("\n");
}

function countsOf(title: string, cells: readonly (string | undefined)[]): string[] {
  const counts = new Map<string, number>();
  for (const cell of cells) if (cell !== undefined) counts.set(valueOf(cell), (counts.get(valueOf(cell)) ?? 0) + 1);
  const missing = cells.filter((cell) => cell === undefined).length;
  const missingWords = missing > 0 ? [`${NOT_STATED} (${missing})`] : [];
  const stated = cells.length - missing;
  if (stated === 0) return [`- ${title}: ${NOT_STATED} for any`];
  const byCount = [...counts].sort(([one, often], [other, less]) => less - often || (one < other ? -1 : 1));
  const repeated = byCount.filter(([, count]) => count > 1).slice(0, MOST_COUNTED);
  const covered = repeated.reduce((sum, [, count]) => sum + count, 0);
  if (covered < stated * 0.3) return missing > 0 ? [`- ${title}: stated for ${stated}, ${missingWords.join("")}`] : [];
  const others = stated > covered ? [`other (${stated - covered})`] : [];
  return [
    `- ${title}: ${[...repeated.map(([value, count]) => `${value} (${count})`), ...others, ...missingWords].join(", ")}`,
  ];
}

/** A cell without its places: `"MIT" [a:1]` is `MIT`. */
function valueOf(cell: string): string {
  let value = cell;
  for (const { quote, path, line } of citationsIn(cell)) value = value.replaceAll(citation(quote, path, line), quote);
  return value;
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  const [header = [], ...body] = rows;
  return [header, header.map(() => "---"), ...body].map((cells) => `| ${cells.map(safeCell).join(" | ")} |`).join("\n");
}

/** No line break and no bare pipe can leave its cell. */
function safeCell(cell: string): string {
  return cell.replace(/\s*\n\s*/g, " ").replace(/(?<!\\)\|/g, "\\|");
}

function plural(noun: string, count: number): string {
  if (count === 1) return noun;
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : /(?:s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}
