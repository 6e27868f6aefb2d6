/** Finds the JSON in a model's reply: bare, in a code fence, or amid sentences; of several the last, which mends those before it. Pure. */

import { isDeeper, TOO_DEEP } from "../../../state/nesting.ts";
import { describeError } from "../../../state/errors.ts";
import { readLoosely } from "../reply/loose-json.ts";

/** Characters of a line's end that may open a fence. */
const LONGEST_FENCE = 20;
/** What may begin JSON, as models write it: not the bracket of a citation, a link or a remark. */
const BEGINS = /\{|\[(?=\s*(?:["'[{\]\d-]|(?:true|false|null|True|False|None)\b))/;
/** Of those that begin none all the same: behind so many no more are looked at, since each may take a look through the whole text. */
const MOST_UNREADABLE = 20;
const MOST_FENCED = 20;

export type Extracted = { ok: true; value: unknown } | { ok: false; problem: string };

/** `isMeant`: which value is looked for, where a reply may hold several; where none is, the likeliest is taken all the same. */
export function extractJson(reply: string, isMeant: (value: unknown) => boolean = () => true): Extracted {
  const text = reply.trim();
  if (text === "") return { ok: false, problem: "it is empty" };
  const problems: string[] = [];
  let likeliest: { value: unknown } | undefined;
  for (const value of valuesIn(text, problems)) {
    if (isMeant(value)) return { ok: true, value };
    likeliest ??= { value };
  }
  if (likeliest !== undefined) return { ok: true, value: likeliest.value };
  return { ok: false, problem: `it is not JSON: ${(problems.at(-1) ?? "no JSON found").slice(0, 200)}` };
}

/** The likeliest first. `problems` is told what those are not that look like JSON. */
function* valuesIn(text: string, problems: string[]): Generator {
  for (const candidate of [text, ...fenced(text).slice(-MOST_FENCED).toReversed(), widestBraces(text)]) {
    if (candidate === undefined) continue;
    if (isDeeper(candidate)) {
      problems.push(TOO_DEEP);
      continue;
    }
    try {
      const value: unknown = JSON.parse(candidate);
      yield value;
      if (typeof value === "string" && /^\s*[[{]/.test(value)) yield* valuesIn(value.trim(), problems);
    } catch (error) {
      problems.push(describeError(error));
    }
  }
  yield* amidWords(text).toReversed();
}

/** What stands between fences that are of JSON, or of no language. */
function fenced(text: string): string[] {
  const found: string[] = [];
  const lines = text.split("\n");
  let open: { at: number; isJson: boolean } | undefined;
  for (const [at, line] of lines.entries()) {
    if (open === undefined) {
      const language = /```(\w*)$/.exec(line.trimEnd().slice(-LONGEST_FENCE))?.[1];
      if (language !== undefined) open = { at, isJson: language === "" || language.toLowerCase() === "json" };
    } else if (line.trimStart().startsWith("```")) {
      if (open.isJson) found.push(lines.slice(open.at + 1, at).join("\n"));
      open = undefined;
    }
  }
  return found;
}

function widestBraces(text: string): string | undefined {
  const start = text.search(/[[{]/);
  const end = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]"));
  return start >= 0 && end > start ? text.slice(start, end + 1) : undefined;
}

/** Objects and lists that follow on each other, with words between them; as models write them. */
function amidWords(text: string): unknown[] {
  const found: unknown[] = [];
  let unreadable = 0;
  let rest = text;
  while (unreadable < MOST_UNREADABLE) {
    const start = rest.search(BEGINS);
    if (start < 0) break;
    const read = readLoosely(rest.slice(start));
    if (read === undefined) unreadable += 1;
    else found.push(read.value);
    rest = read === undefined ? rest.slice(start + 1) : read.rest;
  }
  return found;
}
