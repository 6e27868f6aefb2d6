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
import { compactJson, isObject, objectOf, prettyJson, valueOfContent, type JsonValue } from "./json-value.ts";
import { mergeElements } from "./merge-sequences.ts";
import { mapSides, RegionList, type BothWays, type Sides, type Span } from "./sides.ts";
import { jsonLines, rowsOfContent } from "./table-rows.ts";

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
      return bothWays(mergeValues(mapSides(input, valueOfContent), "", regions), (value) =>
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

function bothWays<T, R>({ committedFirst, incomingFirst }: BothWays<T>, of: (value: T) => R): BothWays<R> {
  return { committedFirst: of(committedFirst), incomingFirst: of(incomingFirst) };
}

/**
 * A line is what stands between line feeds, so a text that ends in one has an empty last line: two appends at the same end meet there,
 * and a line end before the feed (`\r`) is part of its line.
 */
function mergeText(texts: Sides<string>, regions: RegionList): BothWays<string> {
  const lines = mapSides(texts, (text) => text.split("\n"));
  const merged = mergeElements(lines, {
    keyOf: (line) => line,
    nameOf,
    regions,
    // Each with its line feed, so that an empty line is told from none.
    shown: (some) => some.map((line) => `${line}\n`).join(""),
  });
  return bothWays(merged, (some) => some.join("\n"));
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
  const merged = mergeMembers(tables, (key) => `row ${JSON.stringify(key)} `, regions);
  return bothWays(merged, jsonLines);
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
  if (isObject(committed) && isObject(incoming) && (base === undefined || isObject(base))) {
    const members = mapSides({ base: base ?? {}, committed, incoming }, (side) => new Map(Object.entries(side)));
    return bothWays(
      mergeMembers(members, (name) => pointerTo(at, name), regions),
      objectOf,
    );
  }
  if (isDeepStrictEqual(base, committed)) return { committedFirst: incoming, incomingFirst: incoming };
  if (isDeepStrictEqual(base, incoming) || isDeepStrictEqual(committed, incoming))
    return { committedFirst: committed, incomingFirst: committed };
  if (Array.isArray(base) && Array.isArray(committed) && Array.isArray(incoming))
    return mergeElements(
      { base, committed, incoming },
      { keyOf: compactJson, shown: prettyJson, nameOf: (span) => `${placeOf(at)}, ${itemsOf(span)}`, regions },
    );
  regions.add(placeOf(at), values, (value) => (value === undefined ? "" : prettyJson(value)));
  return { committedFirst: committed, incomingFirst: incoming };
}

/** In the order of their names, so that regions are named alike whichever side came first. */
function mergeMembers(
  members: Sides<ReadonlyMap<string, JsonValue>>,
  placeOf: (name: string) => string,
  regions: RegionList,
): BothWays<Map<string, JsonValue>> {
  const names = new Set([members.base, members.committed, members.incoming].flatMap((side) => [...side.keys()]));
  const both = { committedFirst: new Map<string, JsonValue>(), incomingFirst: new Map<string, JsonValue>() };
  for (const name of [...names].sort()) {
    const sides = mapSides(members, (side) => side.get(name));
    const { committedFirst, incomingFirst } = mergeValues(sides, placeOf(name), regions);
    if (committedFirst !== undefined) both.committedFirst.set(name, committedFirst);
    if (incomingFirst !== undefined) both.incomingFirst.set(name, incomingFirst);
  }
  return both;
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
