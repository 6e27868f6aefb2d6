/**
 * What an agent asks to have done to an artifact, and the content that comes of it. It owns which change fits which type and never
 * looks at versions: those are `commit-write.ts`.
 *
 * 1. All or nothing: a change that does not fit leaves no trace, and its problem says what does fit.
 * 2. The result is canonical where the content was.
 * 3. The cost is linear in content and change; an append to a text does not look at the text.
 *
 * Pure.
 */
import type { ArtifactType } from "../../../state/artifact.ts";
import { listed } from "../../../state/plain-text.ts";
import { canonicalContent, type Checked, checkText, linesOfContent, readLines, textOfLines } from "./canonical.ts";
import { mergePatch, pushAt } from "./json-paths.ts";
import { objectOf, readJson, refused, valueOfContent } from "./json-value.ts";
import { keyText, readRows, rowsOfContent, jsonLines } from "./table-rows.ts";

interface Append {
  do: "append";
  content: unknown;
  /** Of json: the array, as a JSON pointer (RFC 6901); absent: the root. */
  pointer?: string;
}

interface TextEdit {
  find: string;
  replace: string;
}

interface Patch {
  do: "patch";
  edits?: TextEdit[];
  /** Of json: a merge patch (RFC 7396). */
  merge?: unknown;
  /** Of a table: fields of rows, each with its key. */
  upsert?: Record<string, unknown>[];
  /** Of a table: keys; of lines: lines. What is not there is no problem. */
  remove?: (string | number)[];
  add?: string[];
}

export type ArtifactChange = { do: "write"; content: unknown } | Append | Patch;

/** `content` must be canonical; `key` is the key field of a table. */
export function applyChange(type: ArtifactType, content: string, change: ArtifactChange, key: string): Checked {
  switch (change.do) {
    case "write":
      return canonicalContent(type, change.content, key);
    case "append":
      return append(type, content, change, key);
    case "patch":
      return patch(type, content, change, key);
  }
}

function append(type: ArtifactType, content: string, change: Append, key: string): Checked {
  if (change.pointer !== undefined && type !== "json")
    return refused(`a pointer is for json alone, and this artifact is ${type}; leave it out`);
  switch (type) {
    case "text":
      return appendText(content, change.content);
    case "json":
      return appendJson(content, change);
    case "lines":
      return patchLines(content, { add: change.content });
    case "table":
      return patchTable(content, { upsert: change.content }, key);
    case "binary":
      return refused("nothing can be appended to a binary artifact; write a new reference");
  }
}

function appendText(content: string, addition: unknown): Checked {
  const checked = checkText(addition);
  if (!checked.ok || checked.content === "") return checked.ok ? { ok: true, content } : checked;
  const separator = content === "" || content.endsWith("\n") ? "" : "\n";
  return { ok: true, content: content + separator + checked.content };
}

function appendJson(content: string, change: Append): Checked {
  const read = readJson(change.content);
  if (!read.ok) return read;
  const pushed = pushAt(valueOfContent(content), change.pointer ?? "", read.value);
  return pushed.ok ? canonicalContent("json", pushed.value, "") : pushed;
}

const FITTING: Record<ArtifactType, readonly (keyof Patch)[]> = {
  text: ["edits"],
  json: ["merge"],
  table: ["upsert", "remove"],
  lines: ["add", "remove"],
  binary: [],
};

function patch(type: ArtifactType, content: string, change: Patch, key: string): Checked {
  const problem = problemOfPatch(type, change);
  if (problem !== null) return refused(problem);
  switch (type) {
    case "text":
      return editText(content, change.edits ?? []);
    case "json":
      return patchJson(content, change.merge);
    case "table":
      return patchTable(content, change, key);
    case "lines":
      return patchLines(content, change);
    case "binary":
      return { ok: true, content };
  }
}

/** A part that does not fit is refused, not ignored: the agent would believe that it was done. */
function problemOfPatch(type: ArtifactType, change: Patch): string | null {
  if (type === "binary") return "a binary artifact cannot be patched; write a new reference";
  const fits = FITTING[type];
  const given = (["edits", "merge", "upsert", "remove", "add"] as const).filter((part) => change[part] !== undefined);
  const wrong = given.find((part) => !fits.includes(part));
  const advice = `a patch of ${type} takes ${fits.map((part) => JSON.stringify(part)).join(" and ")}`;
  if (wrong !== undefined) return `${JSON.stringify(wrong)} does not fit; ${advice}`;
  return given.length === 0 ? `the patch is empty; ${advice}` : null;
}

function patchJson(content: string, merge: unknown): Checked {
  const read = readJson(merge);
  if (!read.ok) return read;
  return canonicalContent("json", mergePatch(valueOfContent(content), read.value), "");
}

/** A row that is there keeps the fields that are not given. */
function patchTable(content: string, change: { upsert?: unknown; remove?: (string | number)[] }, key: string): Checked {
  const given = readRows(change.upsert ?? [], key);
  if (!given.ok) return given;
  const rows = rowsOfContent(content, key);
  for (const text of (change.remove ?? []).map(keyText)) {
    if (text === null) return refused('"remove" takes keys: strings or numbers');
    if (given.value.has(text)) return refused(`the key ${JSON.stringify(text)} is in "upsert" and in "remove"`);
    rows.delete(text);
  }
  for (const [text, row] of given.value)
    rows.set(text, objectOf([...Object.entries(rows.get(text) ?? {}), ...Object.entries(row)]));
  return { ok: true, content: jsonLines(rows) };
}

function patchLines(content: string, change: { add?: unknown; remove?: (string | number)[] }): Checked {
  const added = readLines(change.add ?? []);
  if (!added.ok) return added;
  const removed = readLines((change.remove ?? []).map(String));
  if (!removed.ok) return removed;
  const both = [...removed.value].find((line) => added.value.has(line));
  if (both !== undefined) return refused(`the line ${JSON.stringify(both)} is in "add" and in "remove"`);
  const lines = linesOfContent(content);
  for (const line of removed.value) lines.delete(line);
  for (const line of added.value) lines.add(line);
  return { ok: true, content: textOfLines(lines) };
}

/** Edits that do not fit and are told one by one. */
const MOST_TOLD = 8;
/** Counted no further: the problem is the same. */
const MOST_COUNTED = 100;

/**
 * An edit must say where it applies without doubt: what it looks for occurs exactly once. Edits apply one after another, each to what
 * the one before has left; where one does not fit, none has been applied.
 */
function editText(content: string, edits: readonly TextEdit[]): Checked {
  let edited = content;
  const problems: string[] = [];
  for (const [index, edit] of edits.entries()) {
    const problem = problemOfEdit(edited, edit);
    if (problem !== null) {
      problems.push(`edit ${index + 1}: ${problem}`);
      continue;
    }
    const at = edited.indexOf(edit.find);
    edited = edited.slice(0, at) + edit.replace + edited.slice(at + edit.find.length);
  }
  if (problems.length === 0) return { ok: true, content: edited };
  return refused(`${listed(problems, MOST_TOLD, "; ")}; no edit was applied`);
}

function problemOfEdit(content: string, { find, replace }: TextEdit): string | null {
  if (find === "") return '"find" is empty; give the text to replace';
  if (!find.isWellFormed() || !replace.isWellFormed())
    return "it holds half of a surrogate pair; give whole characters";
  const count = countOf(content, find);
  if (count === 1) return null;
  if (count > 1) {
    const times = count > MOST_COUNTED ? `more than ${MOST_COUNTED}` : String(count);
    return `"find" occurs ${times} times; give more of the text around it, so that it occurs once`;
  }
  const hasOtherLineEnds = find.includes("\n") && content.includes("\r\n") && !find.includes("\r\n");
  return `"find" does not occur (0 times)${hasOtherLineEnds ? "; the lines of this text end in \\r\\n" : ""}; read the text again and copy it exactly`;
}

/** Overlapping occurrences count: in "aaa" there are two places where "aa" could be replaced. */
function countOf(content: string, find: string): number {
  let count = 0;
  for (let at = content.indexOf(find); at >= 0 && count <= MOST_COUNTED; at = content.indexOf(find, at + 1)) count += 1;
  return count;
}
