/**
 * The rows of a table: reading them in each notation that a model may use, and the canonical text. A row is told apart by the text of
 * its key field: the number 1 and the string "1" are the same key.
 *
 * 1. The text is JSON Lines, one row a line, sorted by the key's text in UTF-16 code units.
 * 2. A key occurs once.
 *
 * Pure.
 */
import {
  compactJson,
  isObject,
  type JsonObject,
  type JsonValue,
  memberOf,
  type Read,
  readJson,
  refused,
} from "./json-value.ts";

/** By the key's text; a Map, so that no key can meet a prototype. */
export type Rows = Map<string, JsonObject>;

/** Rows from JSON Lines, a JSON array, one row, or the parsed form of these. */
export function readRows(given: unknown, key: string): Read<Rows> {
  const values = typeof given === "string" ? valuesOfText(given) : valuesOf(given);
  return values.ok ? rowsOf(values.value, key) : values;
}

function valuesOf(given: unknown): Read<JsonValue[]> {
  const read = readJson(given);
  if (!read.ok) return read;
  return { ok: true, value: Array.isArray(read.value) ? read.value : [read.value] };
}

/** The whole text may be one array, or one row over several lines; else each line is a row. */
function valuesOfText(text: string): Read<JsonValue[]> {
  if (text.trim() === "") return { ok: true, value: [] };
  const whole = valuesOf(text);
  if (whole.ok || text.trimStart().startsWith("[")) return whole;
  const value: JsonValue[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const read = readJson(line);
    if (!read.ok) return refused(`line ${index + 1}: ${read.problem}; each line must be one row`);
    value.push(read.value);
  }
  return { ok: true, value };
}

function rowsOf(values: readonly JsonValue[], key: string): Read<Rows> {
  const rows: Rows = new Map();
  for (const [index, value] of values.entries()) {
    const where = `row ${index + 1}`;
    if (!isObject(value)) return refused(`${where} must be an object such as {${JSON.stringify(key)}:"a1"}`);
    const text = keyText(memberOf(value, key));
    if (text === null) return refused(`${where} must have a field ${JSON.stringify(key)}: a string or a number`);
    if (rows.has(text)) return refused(`${where} has the key ${JSON.stringify(text)} again; give each key once`);
    rows.set(text, value);
  }
  return { ok: true, value: rows };
}

/** Whole numbers that a double cannot hold exactly would make two keys one. */
export function keyText(value: JsonValue | undefined): string | null {
  if (typeof value === "string") return value;
  const isExact = typeof value === "number" && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact ? String(value) : null;
}

export function jsonLines(rows: ReadonlyMap<string, JsonValue>): string {
  const sorted = [...rows].sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map(([, row]) => compactJson(row)).join("\n");
}

/** Of a canonical text, which has been checked when it was written. */
export function rowsOfContent(content: string, key: string): Rows {
  const rows: Rows = new Map();
  if (content === "") return rows;
  for (const line of content.split("\n")) {
    const row = JSON.parse(line) as JsonObject;
    rows.set(String(row[key]), row);
  }
  return rows;
}
