/** What of a text is prose: not its blocks of code, and of JSON the strings in it. Pure. */
import { isDeeper } from "../../../state/nesting.ts";

export type Stretch = readonly [from: number, to: number];

/** The text with some stretches replaced, which are in its order and do not overlap; linear. */
export function replacedAt(text: string, stretches: readonly { from: number; to: number; by: string }[]): string {
  const pieces: string[] = [];
  let behind = 0;
  for (const { from, to, by } of stretches) {
    pieces.push(text.slice(behind, from), by);
    behind = to;
  }
  return [...pieces, text.slice(behind)].join("");
}

/** Blocks of code, from mark to mark. */
export function fencesIn(text: string): Stretch[] {
  return [...text.matchAll(/^[ \t]*(`{3,20}|~{3,20})[^`\n]*\n(?:[^]*?^[ \t]*\1|[^]*)/gm)].map(({ 0: block, index }) => [
    index,
    index + block.length,
  ]);
}

/** The strings in a text that is JSON, in a block of code or not; undefined: it is none. */
export function textsIn(text: string): string[] | undefined {
  const bare = text.replace(/^\s*```(?:json)?[ \t]*\n|\n```\s*$/g, "").trim();
  if (!/^[[{]/.test(bare) || isDeeper(bare)) return undefined;
  return stringsIn([bare]) ?? stringsIn(bare.split("\n"));
}

/** Of a table each line is JSON. */
function stringsIn(jsons: readonly string[]): string[] | undefined {
  const strings: string[] = [];
  try {
    for (const json of jsons)
      JSON.parse(json, (_, value: unknown) => (typeof value === "string" ? void strings.push(value) : value));
    return strings;
  } catch {
    return undefined;
  }
}
