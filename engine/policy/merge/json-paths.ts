/**
 * Changes inside a JSON value by the two standard notations: a JSON pointer names a place (RFC 6901), a merge patch says what
 * differs (RFC 7396). Values are never changed in place. Pure.
 */
import { isObject, type JsonObject, type JsonValue, memberOf, objectOf } from "./json-value.ts";

/** The names of a pointer; null where it is not one. The empty pointer is the whole value. */
function namesOf(pointer: string): string[] | null {
  if (pointer === "") return [];
  if (!pointer.startsWith("/") || /~(?![01])/u.test(pointer)) return null;
  return pointer.slice(1).split("/").map(unescapeName);
}

/** In this order: `~01` is `~1`, not `/`. */
function unescapeName(name: string): string {
  return name.replaceAll("~1", "/").replaceAll("~0", "~");
}

export function pointerTo(parent: string, name: string): string {
  return `${parent}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

export type Pushed = { ok: true; value: JsonValue } | { ok: false; problem: string };

/** At the end of the array at `pointer`; a new array where the last name of the pointer, or the whole value, is absent. */
export function pushAt(value: JsonValue | undefined, pointer: string, item: JsonValue): Pushed {
  const names = namesOf(pointer);
  if (names === null) {
    return {
      ok: false,
      problem: `the pointer ${quoted(pointer)} is not a JSON pointer; give "" for the root or such as "/items"`,
    };
  }
  const pushed = push(value, names, item);
  return typeof pushed === "string"
    ? { ok: false, problem: `${pushed} (pointer ${quoted(pointer)})` }
    : { ok: true, value: pushed[0] };
}

/** The value in a tuple, or the problem. A loop down and a loop up: a pointer may be long, its depth is what the value has. */
function push(value: JsonValue | undefined, names: readonly string[], item: JsonValue): [JsonValue] | string {
  const parents: JsonValue[] = [];
  let here = value;
  for (const [index, name] of names.entries()) {
    const parent = here ?? (index === 0 ? {} : undefined);
    const next = parent === undefined ? null : childOf(parent, name);
    if (parent === undefined || next === null)
      return `there is nothing at ${quoted(`/${names.slice(0, index + 1).join("/")}`)}`;
    parents.push(parent);
    here = next.child;
  }
  if (here !== undefined && !Array.isArray(here))
    return "what is there is not an array; append to an array, or use patch";
  let made: JsonValue = [...(here ?? []), item];
  for (let index = names.length - 1; index >= 0; index -= 1)
    made = replaceChild(parents[index] as JsonValue, names[index] as string, made);
  return [made];
}

/** Null where nothing can be under that name; a member that is absent can be made. */
function childOf(parent: JsonValue, name: string): { child: JsonValue | undefined } | null {
  if (Array.isArray(parent)) {
    const item = /^(0|[1-9][0-9]*)$/u.test(name) ? parent[Number(name)] : undefined;
    return item === undefined ? null : { child: item };
  }
  return isObject(parent) ? { child: memberOf(parent, name) } : null;
}

function replaceChild(parent: JsonValue, name: string, child: JsonValue): JsonValue {
  if (Array.isArray(parent)) return parent.with(Number(name), child);
  return objectOf([...Object.entries(parent as JsonObject), [name, child]]);
}

function quoted(text: string): string {
  const LONGEST = 100;
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

/** RFC 7396: null takes a member away, an object goes deeper, everything else replaces. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) members.delete(name);
    else members.set(name, mergePatch(members.get(name), change));
  }
  return objectOf(members);
}
