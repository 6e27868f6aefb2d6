/**
 * The rows of a table: reading them in each notation that a model may use, and the canonical text. A row is told apart by the text of
 * its key field: the number 1 and the string "1" are the same key.
 *
 * 1. The text is JSON Lines, one row a line, sorted by the key's text in UTF-16 code units.
 * 2. A key occurs once.
 *
 * Pure.
 */
import { compactJson, isObject, type JsonObject, type JsonValue, memberOf, readJson } from "./json-value.ts";

/** By the key's text; a Map, so that no key can meet a prototype. */
export type Rows = Map<string, JsonObject>;

export type ReadRows = { ok: true; rows: Rows } | { ok: false; problem: string };

/** Rows from JSON Lines, a JSON array, one row, or the parsed form of these. */
export function readRows(given: unknown, key: string): ReadRows {
  const values = typeof given === "string" ? valuesOfText(given) : valuesOf(given);
  return values.ok ? rowsOf(values.values, key) : values;
}

type Values = { ok: true; values: JsonValue[] } | { ok: false; problem: string };

function valuesOf(given: unknown): Values {
  const read = readJson(given);
  if (!read.ok) return read;
  return { ok: true, values: Array.isArray(read.value) ? read.value : [read.value] };
}

/** The whole text may be one array, or one row over several lines; else each line is a row. */
function valuesOfText(text: string): Values {
  if (text.trim() === "") return { ok: true, values: [] };
  const whole = valuesOf(text);
  if (whole.ok || text.trimStart().startsWith("[")) return whole;
  const values: JsonValue[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const read = readJson(line);
    if (!read.ok) return { ok: false, problem: `line ${index + 1}: ${read.problem}; each line must be one row` };
    values.push(read.value);
  }
  return { ok: true, values };
}

function rowsOf(values: readonly JsonValue[], key: string): ReadRows {
  const rows: Rows = new Map();
  for (const [index, value] of values.entries()) {
    const where = `row ${index + 1}`;
    if (!isObject(value))
      return { ok: false, problem: `${where} must be an object such as {${JSON.stringify(key)}:"a1"}` };
    const text = keyText(memberOf(value, key));
    if (text === null)
      return { ok: false, problem: `${where} must have a field ${JSON.stringify(key)}: a string or a number` };
    if (rows.has(text))
      return { ok: false, problem: `${where} has the key ${JSON.stringify(text)} again; give each key once` };
    rows.set(text, value);
  }
  return { ok: true, rows };
}

/** Whole numbers that a double cannot hold exactly would make two keys one. */
export function keyText(value: JsonValue | undefined): string | null {
  if (typeof value === "string") return value;
  const isExact = typeof value === "number" && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact ? String(value) : null;
}

export function textOfRows(rows: Rows): string {
  return [...rows.keys()]
    .sort()
    .map((text) => compactJson(rows.get(text) as JsonObject))
    .join("\n");
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
