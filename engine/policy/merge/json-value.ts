/**
 * JSON values as contents of artifacts: reading, the canonical text, equality. It owns the limits of what is JSON here; what becomes
 * of two values is `three-way.ts`.
 *
 * 1. Equal values have equal texts: members sorted by UTF-16 code units, whole numbers among the names too.
 * 2. `__proto__`, `constructor` and the like are names as any other: objects are read by own members and made by definition.
 * 3. No value makes a function here overflow the stack: `problemOfJson` is a loop, everything else sees at most `DEEPEST` levels.
 *
 * Numbers are IEEE doubles, as in RFC 8785: digits that a double cannot hold are lost when a text is read. Pure.
 */

import { DEEPEST, TOO_DEEP } from "../../../state/nesting.ts";
import { describeError } from "../../../state/errors.ts";
import { fieldOf, listOf } from "../../../state/is-record.ts";

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [name: string]: JsonValue;
}

export interface Refused {
  ok: false;
  /** Tells a language model how to mend what it gave. */
  problem: string;
}
export type Read<T> = { ok: true; value: T } | Refused;

export function refused(problem: string): Refused {
  return { ok: false, problem };
}

const LONGEST_REASON = 200;

/** A string is read as JSON text, anything else is taken as the value itself. */
export function readJson(given: unknown): Read<JsonValue> {
  let value = given;
  try {
    if (typeof given === "string") value = JSON.parse(given);
  } catch (error) {
    const reason = describeError(error).slice(0, LONGEST_REASON);
    return refused(`it is not JSON (${reason}); a text is JSON only in double quotes`);
  }
  const problem = problemOfJson(value);
  return problem === null ? { ok: true, value: value as JsonValue } : refused(problem);
}

/** Of a canonical text; the empty content is absent. */
export function valueOfContent(content: string): JsonValue | undefined {
  return content === "" ? undefined : (JSON.parse(content) as JsonValue);
}

/** Null where it is JSON that can be kept. A value that contains itself is too deep. */
function problemOfJson(value: unknown): string | null {
  const open: [value: unknown, depth: number][] = [[value, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [current, depth] = next;
    if (typeof current !== "object" || current === null) {
      if (!isScalar(current))
        return `it holds ${nameOf(current)}, which JSON cannot hold; give a string, a finite number or null`;
    } else if (depth > DEEPEST) {
      return `${TOO_DEEP}; make it flatter`;
    } else if (Array.isArray(current)) {
      for (const item of listOf(current)) open.push([item, depth + 1]);
    } else if (isPlain(current)) {
      for (const name of Object.keys(current)) open.push([fieldOf(current, name), depth + 1]);
    } else {
      return "it holds an object that is not plain JSON; give objects, arrays, strings, numbers, true, false or null";
    }
  }
  return null;
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function nameOf(value: unknown): string {
  return typeof value === "number" ? `the number ${value}` : typeof value;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined where the object has no such member of its own. */
export function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Members are defined, not assigned: `__proto__` becomes a member. */
export function objectOf(members: Iterable<readonly [string, JsonValue]>): JsonObject {
  return Object.fromEntries(members);
}

/** The canonical text: two spaces a level, as `JSON.stringify(value, null, 2)` but with sorted members. */
export function prettyJson(value: JsonValue, indent = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => prettyJson(item, inner))
    : sortedNames(value).map((name) => `${JSON.stringify(name)}: ${prettyJson(value[name] as JsonValue, inner)}`);
  const [opening, closing] = Array.isArray(value) ? "[]" : "{}";
  if (parts.length === 0) return `${opening}${closing}`;
  return `${opening}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${closing}`;
}

/** The same on one line, without spaces. */
export function compactJson(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(compactJson).join(",")}]`;
  const members = sortedNames(value).map((name) => `${JSON.stringify(name)}:${compactJson(value[name] as JsonValue)}`);
  return `{${members.join(",")}}`;
}

function sortedNames(object: JsonObject): string[] {
  return Object.keys(object).sort();
}
