/** What is different between two contents of an artifact, in a few short lines for an agent that knows the first. Pure; bounded. */
import { diffIndices } from "node-diff3";
import type { ArtifactType } from "../../../state/artifact.ts";
import { isRecord } from "../../../state/is-record.ts";
import { cutTo, firstOf, listed, oneLine } from "../../../state/plain-text.ts";
import { linesOfContent } from "./canonical.ts";
import { pointerTo } from "./json-paths.ts";
import { valueOfContent } from "./json-value.ts";
import { rowsOfContent } from "./table-rows.ts";

/** Places that are told; of more it says how many. */
const MOST_PLACES = 6;
const LONGEST_VALUE = 80;
/** Lines between the first and the last difference that are compared one by one: that is quadratic. */
const MOST_COMPARED = 1_500;
const HEADING = /^#{1,6}\s+\S/;

interface Change {
  before: string;
  after: string;
  /** Of a table: the field by which rows are told apart. */
  key: string;
}

/** Empty where nothing is different. */
export function describeChange(type: ArtifactType, { before, after, key }: Change): string {
  return firstOf(placesIn(type, { before, after, key }), MOST_PLACES, (left) => `and ${left} more places`).join("; ");
}

function placesIn(type: ArtifactType, { before, after, key }: Change): string[] {
  if (before === after) return [];
  switch (type) {
    case "text":
      return linePlaces(linesOf(before), linesOf(after));
    case "json":
      return memberPlaces(valueOfContent(before), valueOfContent(after), "");
    case "lines":
      return entryPlaces(namedBy(linesOfContent(before)), namedBy(linesOfContent(after)));
    case "table":
      return entryPlaces(writtenRows(before, key), writtenRows(after, key));
    case "binary":
      return ["another reference"];
  }
}

/** Without an empty one behind the last line end. */
function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function linePlaces(before: readonly string[], after: readonly string[]): string[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const [old, now] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const isShort = old.length <= MOST_COMPARED && now.length <= MOST_COMPARED;
  const regions = isShort
    ? diffIndices(old, now).map(({ buffer1, buffer2 }) => ({ gone: buffer1[1], at: buffer2[0], added: buffer2[1] }))
    : [{ gone: old.length, at: 0, added: now.length }];
  return regions.map(({ gone, at, added }) => linePlace({ gone, first: start + at + 1, added }, after));
}

function linePlace(
  { gone, first, added }: { gone: number; first: number; added: number },
  after: readonly string[],
): string {
  const heading = after.slice(0, added === 0 ? first - 1 : first).findLast((line) => HEADING.test(line));
  const under = heading === undefined ? "" : ` under ${JSON.stringify(cutTo(heading.trim(), LONGEST_VALUE))}`;
  if (added === 0) return `${gone} ${gone === 1 ? "line" : "lines"} gone after line ${first - 1}${under}`;
  const range = added === 1 ? `line ${first}` : `lines ${first}-${first + added - 1}`;
  return `${range} ${gone === 0 ? "new" : "changed"}${under}`;
}

/** By JSON pointer, the outermost members that are different in themselves. */
function memberPlaces(before: unknown, after: unknown, at: string): string[] {
  if (isRecord(before) && isRecord(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => {
      const pointer = pointerTo(at, name);
      if (!Object.hasOwn(after, name)) return [`${pointer} gone`];
      return Object.hasOwn(before, name)
        ? memberPlaces(before[name], after[name], pointer)
        : [`${pointer} new: ${shortJson(after[name])}`];
    });
  }
  const [old, now] = [JSON.stringify(before), JSON.stringify(after)];
  return old === now ? [] : [`${at || "all"} changed to ${shortJson(after)}`];
}

function shortJson(value: unknown): string {
  return cutTo(oneLine(JSON.stringify(value) ?? ""), LONGEST_VALUE);
}

function namedBy(entries: Iterable<string>): Map<string, string> {
  return new Map([...entries].map((entry) => [entry, entry]));
}

function writtenRows(content: string, key: string): Map<string, string> {
  return new Map([...rowsOfContent(content, key)].map(([name, row]) => [name, JSON.stringify(row)]));
}

function entryPlaces(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const added = [...after.keys()].filter((name) => !before.has(name));
  const changed = [...after].filter(([name, text]) => before.has(name) && before.get(name) !== text);
  const gone = [...before.keys()].filter((name) => !after.has(name));
  return [
    ...named(added, "new"),
    ...named(
      changed.map(([name]) => name),
      "changed",
    ),
    ...named(gone, "gone"),
  ];
}

function named(names: readonly string[], what: string): string[] {
  const quoted = names.map((name) => JSON.stringify(cutTo(name, LONGEST_VALUE)));
  return names.length === 0 ? [] : [`${listed(quoted, MOST_PLACES)} ${what}`];
}
