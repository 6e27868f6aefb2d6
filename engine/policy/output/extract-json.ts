/** Finds the JSON in a model's reply: bare, in a code fence, or after a sentence. Pure. */

import { isDeeper, TOO_DEEP } from "../../../state/nesting.ts";
import { describeError } from "../../../state/errors.ts";

const LONGEST_FENCE = "```json".length;

export type Extracted = { ok: true; value: unknown } | { ok: false; problem: string };

export function extractJson(reply: string): Extracted {
  const text = reply.trim();
  if (text === "") return { ok: false, problem: "it is empty" };
  const problems: string[] = [];
  for (const candidate of [text, fenced(text), widestBraces(text)]) {
    if (candidate === undefined) continue;
    if (isDeeper(candidate)) {
      problems.push(TOO_DEEP);
      continue;
    }
    try {
      return { ok: true, value: JSON.parse(candidate) };
    } catch (error) {
      problems.push(describeError(error));
    }
  }
  return { ok: false, problem: `it is not JSON: ${(problems.at(-1) ?? "no JSON found").slice(0, 200)}` };
}

/** Between the first line that opens a fence and the next that closes one. */
function fenced(text: string): string | undefined {
  const lines = text.split("\n");
  const open = lines.findIndex((line) => /```(json)?$/.test(line.trimEnd().slice(-LONGEST_FENCE)));
  const close = open < 0 ? -1 : lines.findIndex((line, index) => index > open && line.trimStart().startsWith("```"));
  return close < 0 ? undefined : lines.slice(open + 1, close).join("\n");
}

function widestBraces(text: string): string | undefined {
  const start = text.search(/[[{]/);
  const end = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]"));
  return start >= 0 && end > start ? text.slice(start, end + 1) : undefined;
}
