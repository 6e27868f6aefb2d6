/**
 * Places and changes inside a JSON value by the two standard notations: a JSON pointer names a place (RFC 6901), a merge patch says
 * what differs (RFC 7396). Values are never changed in place. Pure.
 */
import { cutTo } from "../../../state/plain-text.ts";
import { isObject, type JsonValue, memberOf, objectOf, type Read, refused, valueOfContent } from "./json-value.ts";

/** The names of a pointer; null where it is not one. The empty pointer is the whole value. */
export function namesOf(pointer: string): string[] | null {
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

/** At the end of the array at `pointer`; a new array where the last name of the pointer, or the whole value, is absent. */
export function pushAt(value: JsonValue | undefined, pointer: string, item: JsonValue): Read<JsonValue> {
  const names = namesOf(pointer);
  if (names === null)
    return refused(`the pointer ${quoted(pointer)} is not a JSON pointer; give "" for the root or such as "/items"`);
  const pushed = push(value, names, item);
  return pushed.ok ? pushed : refused(`${pushed.problem} (pointer ${quoted(pointer)})`);
}

/** A loop down and a loop up: a pointer may be long, its depth is what the value has. */
function push(value: JsonValue | undefined, names: readonly string[], item: JsonValue): Read<JsonValue> {
  const replacers: ((child: JsonValue) => JsonValue)[] = [];
  let here = value;
  for (const [index, name] of names.entries()) {
    const parent = here ?? (index === 0 ? {} : undefined);
    const next = parent === undefined ? null : childOf(parent, name);
    if (next === null) return refused(`there is nothing at ${quoted(`/${names.slice(0, index + 1).join("/")}`)}`);
    replacers.push(next.replace);
    here = next.child;
  }
  if (here !== undefined && !Array.isArray(here))
    return refused("what is there is not an array; append to an array, or use patch");
  return {
    ok: true,
    value: replacers.reduceRight((child: JsonValue, replace) => replace(child), [...(here ?? []), item]),
  };
}

interface Child {
  child: JsonValue | undefined;
  /** The parent with another child in its place. */
  replace: (child: JsonValue) => JsonValue;
}

/** Null where nothing can be under that name; a member that is absent can be made. */
function childOf(parent: JsonValue, name: string): Child | null {
  if (isObject(parent))
    return {
      child: memberOf(parent, name),
      replace: (child) => objectOf([...Object.entries(parent), [name, child]]),
    };
  if (!Array.isArray(parent)) return null;
  const item = /^(0|[1-9][0-9]*)$/u.test(name) ? parent[Number(name)] : undefined;
  return item === undefined ? null : { child: item, replace: (child) => parent.with(Number(name), child) };
}

/** What is at a pointer of a canonical text. */
export function valueAt(content: string, pointer: string): Read<JsonValue> {
  const shown = JSON.stringify(pointer.slice(0, 200));
  if (pointer !== "" && !pointer.startsWith("/")) return refused(`${shown} is no JSON pointer: it begins with "/".`);
  let value: JsonValue | undefined = valueOfContent(content) ?? null;
  for (const name of pointer.split("/").slice(1).map(unescapeName)) {
    value = childOf(value, name)?.child;
    if (value === undefined) return refused(`There is nothing at ${shown}.`);
  }
  return { ok: true, value };
}

function quoted(text: string): string {
  return JSON.stringify(cutTo(text, 100));
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
