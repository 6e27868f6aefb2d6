/**
 * The canonical form of an artifact's content: what the board keeps, hashes and compares. It owns what counts as content of a type
 * and how it is written down; changes to it are `change.ts`.
 *
 * 1. Equal contents have equal canonical forms, and a canonical form is its own (`canonicalContent` is idempotent).
 * 2. The empty string is version 0 of every type; text, lines and tables may return to it, JSON and binary never do.
 * 3. Whatever is given, it answers with a content or with a problem that tells a language model how to mend it; it never throws.
 *
 * Forms: text as it is; json as JSON with sorted members and two spaces a level; lines sorted, unique, none empty; table as JSON
 * Lines sorted by key; binary as the JSON of a reference. Pure.
 */
import type { ArtifactType } from "../../../state/artifact.ts";
import {
  isObject,
  type JsonObject,
  memberOf,
  prettyJson,
  type Read,
  readJson,
  type Refused,
  refused,
} from "./json-value.ts";
import { readRows, jsonLines } from "./table-rows.ts";

export type Checked = { ok: true; content: string } | Refused;

/** `given`: a string in the type's notation; for json any value; for table rows; for lines an array of strings. `key`: of a table. */
export function canonicalContent(type: ArtifactType, given: unknown, key: string): Checked {
  switch (type) {
    case "text":
      return checkText(given);
    case "json":
      return canonicalJson(given);
    case "lines":
      return written(readLines(given), textOfLines);
    case "table":
      return written(readRows(given, key), jsonLines);
    case "binary":
      return canonicalReference(given);
  }
}

function written<T>(read: Read<T>, write: (value: T) => string): Checked {
  return read.ok ? { ok: true, content: write(read.value) } : read;
}

/** A half of a surrogate pair cannot be stored as UTF-8: it would come back as another character. */
export function checkText(given: unknown): Checked {
  if (typeof given !== "string") return refused("the content of a text must be a string");
  if (!given.isWellFormed())
    return refused("the text holds half of a surrogate pair (\\ud800 to \\udfff); give whole characters");
  return { ok: true, content: given };
}

function canonicalJson(given: unknown): Checked {
  if (given === "") return refused("it is empty; give a JSON value, such as {} or []");
  return written(readJson(given), prettyJson);
}

/** The lines of a string, or of several; without empty ones and without what a Windows line end leaves. */
export function readLines(given: unknown): Read<Set<string>> {
  const texts: unknown[] = Array.isArray(given) ? given : [given];
  const lines = new Set<string>();
  for (const text of texts) {
    const checked = checkText(text);
    if (!checked.ok) return refused(`${checked.problem}; lines are given as one string or as an array of strings`);
    for (const line of checked.content.split("\n")) {
      const bare = line.endsWith("\r") ? line.slice(0, -1) : line;
      if (bare !== "") lines.add(bare);
    }
  }
  return { ok: true, value: lines };
}

export function textOfLines(lines: Iterable<string>): string {
  return [...lines].sort().join("\n");
}

/** Of a canonical text. */
export function linesOfContent(content: string): Set<string> {
  return new Set(content === "" ? [] : content.split("\n"));
}

const REFERENCE =
  'a reference such as {"uri":"s3://bucket/name","sha256":"<64 hex digits>","bytes":123,"mediaType":"image/png"}';

function canonicalReference(given: unknown): Checked {
  const read = readJson(given);
  if (!read.ok) return refused(`${read.problem}; give ${REFERENCE}`);
  if (!isObject(read.value)) return refused(`it is not an object; give ${REFERENCE}`);
  const sha256 = memberOf(read.value, "sha256");
  const problem = problemOfReference(read.value, sha256);
  if (problem !== null) return refused(`${problem}; give ${REFERENCE}`);
  return { ok: true, content: prettyJson({ ...read.value, sha256: String(sha256).toLowerCase() }) };
}

const REFERENCE_FIELDS = new Set(["uri", "sha256", "bytes", "mediaType"]);

function problemOfReference(reference: JsonObject, sha256: unknown): string | null {
  const unknown = Object.keys(reference).find((name) => !REFERENCE_FIELDS.has(name));
  if (unknown !== undefined) return `the field ${JSON.stringify(unknown.slice(0, 50))} does not belong in it`;
  const uri = memberOf(reference, "uri");
  if (!isFilled(uri) || !uri.isWellFormed()) return '"uri" must be a string that is not empty';
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/iu.test(sha256)) return '"sha256" must be 64 hex digits';
  const bytes = memberOf(reference, "bytes");
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0)
    return '"bytes" must be a whole number, 0 or more';
  return isFilled(memberOf(reference, "mediaType")) ? null : '"mediaType" must be a string such as "image/png"';
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
