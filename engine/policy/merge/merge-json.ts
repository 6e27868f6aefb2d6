/**
 * Three-way merge of JSON values by structure. Absent is a state like any other, written `undefined`.
 *
 * 1. Where one side has left a value as it was, the other's is taken; the same change on both sides is no conflict.
 * 2. Objects are merged member by member, and two objects that both sides added at the same place as if the base were `{}`.
 * 3. Arrays are merged by their items (diff3). All else that both changed is a conflict there: a removal against a change, too.
 *
 * Linear but for the arrays (`merge-sequences.ts`): a value is compared as a whole only where its members are not merged. Pure.
 */
import type { RegionList } from "./conflict-regions.ts";
import { pointerTo } from "./json-paths.ts";
import {
  compactJson,
  equalJson,
  isObject,
  type JsonObject,
  type JsonValue,
  memberOf,
  objectOf,
  prettyJson,
} from "./json-value.ts";
import { mergeSequences } from "./merge-sequences.ts";
import type { Sides, Span } from "./sides.ts";

type Maybe = JsonValue | undefined;

/** The two are the same value where nothing conflicts. */
export interface MergedValue {
  committedFirst: Maybe;
  incomingFirst: Maybe;
}

/** `at`: the JSON pointer of the place, with what comes before it. */
export function mergeValues(values: Sides<Maybe>, at: string, regions: RegionList): MergedValue {
  const { base, committed, incoming } = values;
  if (isObject(committed) && isObject(incoming) && (base === undefined || isObject(base))) {
    return mergeObjects({ base: base ?? {}, committed, incoming }, at, regions);
  }
  if (equalJson(base, committed)) return agreed(incoming);
  if (equalJson(base, incoming) || equalJson(committed, incoming)) return agreed(committed);
  if (Array.isArray(base) && Array.isArray(committed) && Array.isArray(incoming)) {
    return mergeArrays({ base, committed, incoming }, at, regions);
  }
  regions.add(() => ({ at: placeOf(at), base: shown(base), committed: shown(committed), incoming: shown(incoming) }));
  return { committedFirst: committed, incomingFirst: incoming };
}

function agreed(value: Maybe): MergedValue {
  return { committedFirst: value, incomingFirst: value };
}

function mergeObjects(objects: Sides<JsonObject>, at: string, regions: RegionList): MergedValue {
  const names = new Set([objects.base, objects.committed, objects.incoming].flatMap((object) => Object.keys(object)));
  const committedFirst: [string, JsonValue][] = [];
  const incomingFirst: [string, JsonValue][] = [];
  for (const name of [...names].sort()) {
    const members = {
      base: memberOf(objects.base, name),
      committed: memberOf(objects.committed, name),
      incoming: memberOf(objects.incoming, name),
    };
    const merged = mergeValues(members, pointerTo(at, name), regions);
    if (merged.committedFirst !== undefined) committedFirst.push([name, merged.committedFirst]);
    if (merged.incomingFirst !== undefined) incomingFirst.push([name, merged.incomingFirst]);
  }
  return { committedFirst: objectOf(committedFirst), incomingFirst: objectOf(incomingFirst) };
}

function mergeArrays(arrays: Sides<JsonValue[]>, at: string, regions: RegionList): MergedValue {
  const items = {
    base: arrays.base.map(compactJson),
    committed: arrays.committed.map(compactJson),
    incoming: arrays.incoming.map(compactJson),
  };
  const committedFirst: JsonValue[] = [];
  const incomingFirst: JsonValue[] = [];
  for (const piece of mergeSequences(items)) {
    const isTaken = piece.kind === "taken";
    pushItems(committedFirst, arrays[isTaken ? piece.from : "committed"], isTaken ? piece.span : piece.committed);
    pushItems(incomingFirst, arrays[isTaken ? piece.from : "incoming"], isTaken ? piece.span : piece.incoming);
    if (isTaken) continue;
    regions.add(() => ({
      at: `${placeOf(at)}, ${itemsOf(piece.base)}`,
      base: shown(arrays.base.slice(piece.base.start, piece.base.end)),
      committed: shown(arrays.committed.slice(piece.committed.start, piece.committed.end)),
      incoming: shown(arrays.incoming.slice(piece.incoming.start, piece.incoming.end)),
    }));
  }
  return { committedFirst, incomingFirst };
}

function pushItems(target: JsonValue[], items: readonly JsonValue[], span: Span): void {
  for (let index = span.start; index < span.end; index += 1) target.push(items[index] as JsonValue);
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

/** What is absent is shown as nothing. */
function shown(value: Maybe): string {
  return value === undefined ? "" : prettyJson(value);
}
