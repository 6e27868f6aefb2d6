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
import type { ArtifactType, ConflictRegion } from "../../../state/artifact.ts";
import { linesOfContent, textOfLines } from "./canonical.ts";
import { isObject, type JsonObject, prettyJson, valueOfContent } from "./json-value.ts";
import { mergeValues } from "./merge-json.ts";
import { mergeElements } from "./merge-sequences.ts";
import { type BothWays, mapSides, RegionList, type Sides, type Span } from "./sides.ts";
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
