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
import { RegionList } from "./conflict-regions.ts";
import { type JsonValue, prettyJson } from "./json-value.ts";
import { mergeValues } from "./merge-json.ts";
import type { MergeOutcome } from "./merge-outcome.ts";
import type { Sides } from "./sides.ts";
import { mergeTable } from "./merge-table.ts";
import { mergeText } from "./merge-text.ts";

/** `key`: of a table. All contents canonical. */
export interface MergeInput extends Sides<string> {
  type: ArtifactType;
  key: string;
}

export type Merge =
  | { kind: "merged"; content: string }
  /** Both contents have everything merged that can be; in the regions they have the one side or the other. */
  | { kind: "conflict"; regions: ConflictRegion[]; committedFirst: string; incomingFirst: string };

export function mergeThreeWay(input: MergeInput): Merge {
  const { base, committed, incoming } = input;
  if (incoming === base || incoming === committed) return { kind: "merged", content: committed };
  if (committed === base) return { kind: "merged", content: incoming };
  const { committedFirst, incomingFirst, regions } = mergeByType(input);
  if (regions.isEmpty) return { kind: "merged", content: committedFirst };
  return { kind: "conflict", regions: regions.all(), committedFirst, incomingFirst };
}

function mergeByType(input: MergeInput): MergeOutcome {
  switch (input.type) {
    case "text":
      return mergeText(input);
    case "json":
      return mergeJson(input);
    case "lines":
      return mergeLines(input);
    case "table":
      return mergeTable(input, input.key);
    case "binary":
      return mergeBinary(input);
  }
}

function mergeJson(contents: Sides<string>): MergeOutcome {
  const regions = new RegionList();
  const values = {
    base: valueOf(contents.base),
    committed: valueOf(contents.committed),
    incoming: valueOf(contents.incoming),
  };
  const merged = mergeValues(values, "", regions);
  return { committedFirst: textOf(merged.committedFirst), incomingFirst: textOf(merged.incomingFirst), regions };
}

/** The empty content is absent. */
function valueOf(content: string): JsonValue | undefined {
  return content === "" ? undefined : (JSON.parse(content) as JsonValue);
}

function textOf(value: JsonValue | undefined): string {
  return value === undefined ? "" : prettyJson(value);
}

/** What either added is there, what either removed is not: nobody can have added what another removed, since it was there. */
function mergeLines(contents: Sides<string>): MergeOutcome {
  const base = linesOfContent(contents.base);
  const incoming = linesOfContent(contents.incoming);
  const merged = linesOfContent(contents.committed);
  for (const line of incoming) if (!base.has(line)) merged.add(line);
  for (const line of base) if (!incoming.has(line)) merged.delete(line);
  const content = textOfLines(merged);
  return { committedFirst: content, incomingFirst: content, regions: new RegionList() };
}

function mergeBinary({ base, committed, incoming }: Sides<string>): MergeOutcome {
  const regions = new RegionList();
  regions.add(() => ({ at: "the whole reference", base, committed, incoming }));
  return { committedFirst: committed, incomingFirst: incoming, regions };
}
