/** A result taken apart: rows where an agent filled a schema or a part was condensed to a table, blocks of text otherwise. */
import { citationsIn } from "../../../../engine/policy/prompts/citation-rule.ts";
import { stemSet } from "../text/words.ts";
import { likeness } from "../text/likeness.ts";
import { keyOf, titleOfKey } from "../task/aspects.ts";

export interface Result {
  subtask: string;
  title: string;
  group: string | undefined;
  item: string | undefined;
  detail: string;
  output: string;
}

export interface Row {
  item: string;
  /** By column key; a column that is not there was not stated. */
  cells: ReadonlyMap<string, string>;
}

export interface ResultParts {
  rows: Row[];
  /** Column titles by key, in the order of the result. */
  columns: Map<string, string>;
  blocks: string[];
}

export const NOT_STATED = "not stated";
const ITEM_KEYS = /^(?:item|name|id|subject)$/i;
const TABLE_ROW = /^\|.*\|$/;
const TABLE_RULE = /^\|[\s:|-]+\|$/;

/** Pure. JSON that was cut is read as text. */
export function partsOfResult(result: Result): ResultParts {
  const value = parsedJson(result.output);
  if (Array.isArray(value)) return listParts(value, result);
  if (value !== undefined) return objectParts(value, result);
  return textParts(result.output);
}

function parsedJson(output: string): Record<string, unknown> | unknown[] | undefined {
  const text = output.replace(/^```(?:json)?\s*\n|\n```\s*$/g, "").trim();
  if (!/^[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function objectParts(value: Record<string, unknown>, result: Result): ResultParts {
  const columns = new Map<string, string>();
  const cells = new Map<string, string>();
  let item = result.item;
  for (const [name, held] of Object.entries(value)) {
    if (ITEM_KEYS.test(name) && (typeof held === "string" || typeof held === "number")) {
      item ??= String(held);
      continue;
    }
    const title = titleOfKey(name);
    columns.set(keyOf(title), title);
    const cell = cellText(held);
    if (cell !== "") cells.set(keyOf(title), cell);
  }
  return { rows: [{ item: oneLine(item ?? result.title), cells }], columns, blocks: [] };
}

function listParts(values: readonly unknown[], result: Result): ResultParts {
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!values.every(isRecord))
    return { rows: [], columns: new Map(), blocks: values.map((value) => `- ${cellText(value)}`) };
  const parts = values.map((value) => objectParts(value, { ...result, item: undefined }));
  return {
    rows: parts.flatMap((part) => part.rows),
    columns: new Map(parts.flatMap((part) => [...part.columns])),
    blocks: [],
  };
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value))
    return value
      .map(cellText)
      .filter((text) => text !== "")
      .join(", ");
  if (typeof value !== "object") return oneLine(String(value));
  const record = value as Record<string, unknown>;
  if (typeof record.citation === "string")
    return citedText(oneLine(String(record.value ?? "")), record.citation.replace(/\s*\n\s*/g, " ").trim());
  return Object.values(record)
    .map(cellText)
    .filter((text) => text !== "")
    .join(", ");
}

/** The value is not said twice: where the quoted words are the value, the citation alone stands. */
function citedText(value: string, citation: string): string {
  const quotes = citationsIn(citation)
    .map(({ quote }) => quote)
    .join(" ");
  if (value === "" || quotes === "") return value === "" ? citation : `${value} ${citation}`.trim();
  if (/^\d+$/.test(value) && value !== quotes) return `${value}: ${citation}`;
  const isSame =
    bare(value) === bare(quotes) ||
    likeness(stemSet(value), stemSet(quotes)) > 0.55 ||
    stemSet(citation).size > stemSet(value).size + 6;
  return isSame ? citation : `${value}: ${citation}`;
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, "");
}

function textParts(output: string): ResultParts {
  const parts: ResultParts = { rows: [], columns: new Map(), blocks: [] };
  for (const block of blocksOf(output)) {
    const lines = block.split("\n");
    if (lines.length >= 2 && lines.every((line) => TABLE_ROW.test(line)) && TABLE_RULE.test(lines[1] as string))
      addTable(parts, lines);
    else parts.blocks.push(block);
  }
  return parts;
}

/** Paragraphs, lists and fenced code; a fence holds its blank lines together. */
export function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let open: string[] = [];
  let fence = "";
  for (const line of text.split("\n")) {
    const mark = /^(`{3,}|~{3,})/.exec(line)?.[1] ?? "";
    if (fence === "" && line.trim() === "") {
      if (open.length > 0) blocks.push(open.join("\n"));
      open = [];
      continue;
    }
    open.push(line);
    if (mark !== "") fence = fence === "" ? mark : line.trim() === fence ? "" : fence;
  }
  return open.length > 0 ? [...blocks, open.join("\n")] : blocks;
}

function addTable(parts: ResultParts, lines: readonly string[]): void {
  const titles = cellsOf(lines[0] as string).slice(1);
  for (const title of titles) parts.columns.set(keyOf(title), title);
  for (const line of lines.slice(2)) {
    const [item = "", ...cells] = cellsOf(line);
    const stated = titles.map((title, at): [string, string] => [keyOf(title), cells[at] ?? ""]);
    parts.rows.push({ item, cells: new Map(stated.filter(([, cell]) => cell !== "" && cell !== NOT_STATED)) });
  }
}

function cellsOf(row: string): string[] {
  return row
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
