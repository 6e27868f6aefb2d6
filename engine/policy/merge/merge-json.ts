/**
 * Three-way merge of JSON values by structure. Absent is a state like any other, written `undefined`.
 *
 * 1. Where one side has left a value as it was, the other's is taken; the same change on both sides is no conflict.
 * 2. Objects are merged member by member, and two objects that both sides added at the same place as if the base were `{}`.
 * 3. Arrays are merged by their items (diff3). All else that both changed is a conflict there: a removal against a change, too.
 *
 * Linear but for the arrays (`merge-sequences.ts`): a value is compared as a whole only where its members are not merged. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import { pointerTo } from "./json-paths.ts";
import {
  compactJson,
  isObject,
  type JsonObject,
  type JsonValue,
  memberOf,
  objectOf,
  prettyJson,
} from "./json-value.ts";
import { mergeElements } from "./merge-sequences.ts";
import { type BothWays, mapSides, type RegionList, type Sides, type Span } from "./sides.ts";

type Maybe = JsonValue | undefined;

/** `at`: the JSON pointer of the place, with what comes before it. The two are the same value where nothing conflicts. */
export function mergeValues(values: Sides<Maybe>, at: string, regions: RegionList): BothWays<Maybe> {
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
