/**
 * Three-way merge of tables: rows by their key, within a row by field, within a field by structure (`merge-json.ts`). A row that one
 * side removed and the other changed is a conflict of the row. Pure.
 */
import { RegionList } from "./conflict-regions.ts";
import type { JsonObject, JsonValue } from "./json-value.ts";
import { mergeValues } from "./merge-json.ts";
import type { MergeOutcome } from "./merge-outcome.ts";
import type { Sides } from "./sides.ts";
import { type Rows, rowsOfContent, textOfRows } from "./table-rows.ts";

export function mergeTable(contents: Sides<string>, key: string): MergeOutcome {
  const tables = {
    base: rowsOfContent(contents.base, key),
    committed: rowsOfContent(contents.committed, key),
    incoming: rowsOfContent(contents.incoming, key),
  };
  const regions = new RegionList();
  const committedFirst: Rows = new Map();
  const incomingFirst: Rows = new Map();
  for (const text of keysOf(tables)) {
    const rows = {
      base: tables.base.get(text),
      committed: tables.committed.get(text),
      incoming: tables.incoming.get(text),
    };
    const merged = mergeValues(rows, `row ${JSON.stringify(text)} `, regions);
    keep(committedFirst, text, merged.committedFirst);
    keep(incomingFirst, text, merged.incomingFirst);
  }
  return { committedFirst: textOfRows(committedFirst), incomingFirst: textOfRows(incomingFirst), regions };
}

/** Sorted, so that regions are named in one order whichever side came first. */
function keysOf(tables: Sides<Rows>): string[] {
  return [...new Set([...tables.base.keys(), ...tables.committed.keys(), ...tables.incoming.keys()])].sort();
}

/** Rows are objects, and a merge of objects or with their absence makes nothing else. */
function keep(rows: Rows, text: string, row: JsonValue | undefined): void {
  if (row !== undefined) rows.set(text, row as JsonObject);
}
