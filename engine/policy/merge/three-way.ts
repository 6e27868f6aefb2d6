/**
 * Three-way merge by type: the base that a writer had, what has been committed since, and what the writer wants. It is the one place
 * that says what merges; what becomes of a conflict is the artifact's policy (`commit-write.ts`). Decision record 0016.
 *
 * 1. merge(b, b, x) = merge(b, x, b) = merge(b, x, x) = x.
 * 2. A place that one side alone changed is as that side made it; a place that both changed differently is a region of a conflict.
 * 3. Committed and incoming are treated alike: committedFirst(b, x, y) = incomingFirst(b, y, x). Of a merge without a conflict the
 *    result does not depend on which write came first.
 * 4. Contents are canonical and so is the result.
 *
 * Text is merged by lines, json by structure, lines as a set (which never conflicts), a table by row and field; a binary reference is
 * equal or in conflict. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import type { ArtifactType, ConflictRegion } from "../../../state/artifact.ts";
import { linesOfContent, textOfLines } from "./canonical.ts";
import { pointerTo } from "./json-paths.ts";
import {
  compactJson,
  isObject,
  memberOf,
  objectOf,
  prettyJson,
  valueOfContent,
  type JsonObject,
  type JsonValue,
} from "./json-value.ts";
import { mergeElements } from "./merge-sequences.ts";
import { mapSides, RegionList, type BothWays, type Sides, type Span } from "./sides.ts";
import { rowsOfContent, textOfRows } from "./table-rows.ts";

/** `key`: of a table. All contents canonical. */
export interface MergeInput extends Sides<string> {
  type: ArtifactType;
  key: string;
}

export type Merge =
  { kind: "merged"; content: string } | ({ kind: "conflict"; regions: ConflictRegion[] } & BothWays<string>);

export function mergeThreeWay(input: MergeInput): Merge {
  const { base, committed, incoming } = input;
  if (incoming === base || incoming === committed) return { kind: "merged", content: committed };
  if (committed === base) return { kind: "merged", content: incoming };
  const regions = new RegionList();
  const merged = mergeByType(input, regions);
  if (regions.isEmpty) return { kind: "merged", content: merged.committedFirst };
  return { kind: "conflict", regions: regions.all(), ...merged };
}

function mergeByType(input: MergeInput, regions: RegionList): BothWays<string> {
  switch (input.type) {
    case "text":
      return mergeText(input, regions);
    case "json":
      return textsOf(mergeValues(mapSides(input, valueOfContent), "", regions), (value) =>
        value === undefined ? "" : prettyJson(value),
      );
    case "lines":
      return mergeLines(input);
    case "table":
      return mergeTable(input, regions);
    case "binary":
      regions.add("the whole reference", input, (content) => content);
      return { committedFirst: input.committed, incomingFirst: input.incoming };
  }
}

function textsOf<T>({ committedFirst, incomingFirst }: BothWays<T>, textOf: (value: T) => string): BothWays<string> {
  return { committedFirst: textOf(committedFirst), incomingFirst: textOf(incomingFirst) };
}

/**
 * A line is what stands between line feeds, so a text that ends in one has an empty last line: two appends at the same end meet there,
 * and a line end before the feed (`\r`) is part of its line.
 */
function mergeText(texts: Sides<string>, regions: RegionList): BothWays<string> {
  const lines = mapSides(texts, (text) => text.split("\n"));
  const merged = mergeElements(lines, {
    ...{ keyOf: (line) => line, nameOf, regions },
    // Each with its line feed, so that an empty line is told from none.
    textOf: (some) => some.map((line) => `${line}\n`).join(""),
  });
  return textsOf(merged, (some) => some.join("\n"));
}

/** Lines of the base, counted from 1. */
function nameOf({ start, end }: Span): string {
  if (start === end) return start === 0 ? "before line 1" : `after line ${start}`;
  return end - start === 1 ? `line ${end}` : `lines ${start + 1} to ${end}`;
}

/** What either added is there, what either removed is not: nobody can have added what another removed, since it was there. */
function mergeLines(contents: Sides<string>): BothWays<string> {
  const { base, committed: merged, incoming } = mapSides(contents, linesOfContent);
  for (const line of incoming) if (!base.has(line)) merged.add(line);
  for (const line of base) if (!incoming.has(line)) merged.delete(line);
  const content = textOfLines(merged);
  return { committedFirst: content, incomingFirst: content };
}

/** Rows by their key, within a row by field. A row that one side removed and the other changed is a conflict of the row. */
function mergeTable(input: MergeInput, regions: RegionList): BothWays<string> {
  const tables = mapSides(input, (content) => rowsOfContent(content, input.key));
  const committedFirst = new Map<string, JsonObject>();
  const incomingFirst = new Map<string, JsonObject>();
  // Sorted, so that regions are named in one order whichever side came first.
  const keys = new Set([tables.base, tables.committed, tables.incoming].flatMap((rows) => [...rows.keys()]));
  for (const text of [...keys].sort()) {
    const rows = mapSides(tables, (table) => table.get(text));
    const merged = mergeValues(rows, `row ${JSON.stringify(text)} `, regions);
    if (isObject(merged.committedFirst)) committedFirst.set(text, merged.committedFirst);
    if (isObject(merged.incomingFirst)) incomingFirst.set(text, merged.incomingFirst);
  }
  return textsOf({ committedFirst, incomingFirst }, textOfRows);
}

type Maybe = JsonValue | undefined;

/**
 * Three-way merge of JSON values by structure. Absent is a state like any other, written `undefined`.
 *
 * 1. Where one side has left a value as it was, the other's is taken; the same change on both sides is no conflict.
 * 2. Objects are merged member by member, and two objects that both sides added at the same place as if the base were `{}`.
 * 3. Arrays are merged by their items (diff3). All else that both changed is a conflict there: a removal against a change, too.
 *
 * Linear but for the arrays (`merge-sequences.ts`): a value is compared as a whole only where its members are not merged. Pure.
 * `at`: the JSON pointer of the place, with what comes before it. The two are the same value where nothing conflicts.
 */
function mergeValues(values: Sides<Maybe>, at: string, regions: RegionList): BothWays<Maybe> {
  const { base, committed, incoming } = values;
  if (isObject(committed) && isObject(incoming) && (base === undefined || isObject(base)))
    return mergeObjects({ base: base ?? {}, committed, incoming }, at, regions);
  if (isDeepStrictEqual(base, committed)) return { committedFirst: incoming, incomingFirst: incoming };
  if (isDeepStrictEqual(base, incoming) || isDeepStrictEqual(committed, incoming))
    return { committedFirst: committed, incomingFirst: committed };
  if (Array.isArray(base) && Array.isArray(committed) && Array.isArray(incoming))
    return mergeElements(
      { base, committed, incoming },
      { keyOf: compactJson, textOf: prettyJson, nameOf: (span) => `${placeOf(at)}, ${itemsOf(span)}`, regions },
    );
  regions.add(placeOf(at), values, (value) => (value === undefined ? "" : prettyJson(value)));
  return { committedFirst: committed, incomingFirst: incoming };
}

function mergeObjects(objects: Sides<JsonObject>, at: string, regions: RegionList): BothWays<Maybe> {
  const names = new Set([objects.base, objects.committed, objects.incoming].flatMap((object) => Object.keys(object)));
  const committedFirst: [string, JsonValue][] = [];
  const incomingFirst: [string, JsonValue][] = [];
  for (const name of [...names].sort()) {
    const merged = mergeValues(
      mapSides(objects, (object) => memberOf(object, name)),
      pointerTo(at, name),
      regions,
    );
    if (merged.committedFirst !== undefined) committedFirst.push([name, merged.committedFirst]);
    if (merged.incomingFirst !== undefined) incomingFirst.push([name, merged.incomingFirst]);
  }
  return { committedFirst: objectOf(committedFirst), incomingFirst: objectOf(incomingFirst) };
}

/** Items of the base, counted from 0 as in a pointer. */
function itemsOf({ start, end }: Span): string {
  if (start === end) return `before item ${start}`;
  return end - start === 1 ? `item ${start}` : `items ${start} to ${end - 1}`;
}

/** The empty pointer is the whole value. */
function placeOf(at: string): string {
  return at === "" ? "the whole value" : at;
}
